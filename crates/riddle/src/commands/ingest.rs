use std::collections::HashSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use self::walk::{Found, Skipped};
use super::docs::all_documents;
use super::{list, number, text};
use crate::api::{Api, ApiError, segment};
use crate::arguments::IngestArguments;
use crate::config::Config;
use crate::session::Session;
use crate::{exit, output};

mod walk;

/// How often the server is asked how far it is.
const POLL: Duration = Duration::from_millis(400);

/// What came of the files.
#[derive(Default)]
struct Tally {
    created: usize,
    replaced: usize,
    unchanged: usize,
    ids: HashSet<String>,
    skipped: Vec<Skipped>,
}

pub(crate) async fn run(
    config: &Config,
    arguments: &IngestArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let metadata = metadata(&arguments.metadata)?;
    let max_bytes = config.limits.max_upload_mib << 20;
    let (files, skipped) = walk::collect(&arguments.paths, arguments.hidden, max_bytes)?;
    let session = Session::open(config).await?;
    let outcome = ingest(&session.api, arguments, &metadata, files, skipped).await;
    session.close().await;
    let (tally, failed, seconds) = outcome?;
    report(&tally, &failed, seconds, json);
    let partial = !failed.is_empty();
    Ok(if partial {
        ExitCode::from(exit::PARTIAL)
    } else {
        ExitCode::SUCCESS
    })
}

async fn ingest(
    api: &Api,
    arguments: &IngestArguments,
    metadata: &Value,
    files: Vec<Found>,
    skipped: Vec<Skipped>,
) -> anyhow::Result<(Tally, Vec<Value>, f64)> {
    let started = Instant::now();
    ensure_knowledge_base(api, &arguments.kb).await?;
    let chunks_before = chunks(api, &arguments.kb).await?;
    let bar = ProgressBar::new(files.len() as u64);
    let style = "{bar:30} {pos}/{len} files  {msg}  {elapsed} elapsed, {eta} left";
    bar.set_style(ProgressStyle::with_template(style)?);
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut tally = Tally {
        skipped,
        ..Tally::default()
    };
    for file in files {
        bar.set_message(format!("sending {}", file.name));
        send(api, &arguments.kb, metadata, file, &mut tally).await?;
        update(api, &arguments.kb, &bar, &tally, chunks_before, started).await?;
    }
    let mut failed = Vec::new();
    if !arguments.no_wait {
        while update(api, &arguments.kb, &bar, &tally, chunks_before, started).await? > 0 {
            tokio::time::sleep(POLL).await;
        }
        failed = all_documents(api, &arguments.kb, Some("failed")).await?;
        failed.retain(|document| tally.ids.contains(text(document, "/id")));
    }
    bar.finish_and_clear();
    Ok((tally, failed, started.elapsed().as_secs_f64()))
}

async fn ensure_knowledge_base(api: &Api, kb: &str) -> anyhow::Result<()> {
    let found = api
        .get(&format!("/api/v1/knowledge-bases/{}", segment(kb)))
        .await;
    match found {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .downcast_ref::<ApiError>()
                .is_some_and(|e| e.code == "knowledge_base_not_found") =>
        {
            api.post("/api/v1/knowledge-bases", &json!({"name": kb}))
                .await
                .map(|_created| ())
        }
        Err(error) => Err(error),
    }
}

async fn send(
    api: &Api,
    kb: &str,
    metadata: &Value,
    file: Found,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let opened = match tokio::fs::File::open(&file.path).await {
        Ok(opened) => opened,
        Err(error) => {
            tally.skipped.push(Skipped {
                name: file.name,
                reason: error.to_string(),
            });
            return Ok(());
        }
    };
    let path = format!("/api/v1/knowledge-bases/{}/documents", segment(kb));
    let response = api.upload(&path, &file.name, opened, metadata).await;
    let response = response.with_context(|| format!("while sending {}", file.name))?;
    for document in list(&response, "/documents") {
        match text(document, "/outcome") {
            "created" => tally.created += 1,
            "replaced" => tally.replaced += 1,
            _ => tally.unchanged += 1,
        }
        tally.ids.insert(text(document, "/id").to_owned());
    }
    for error in list(&response, "/errors") {
        tally.skipped.push(Skipped {
            name: file.name.clone(),
            reason: text(error, "/message").to_owned(),
        });
    }
    Ok(())
}

/// Moves the bar to where the server is. Returns how many documents of the server are not done.
async fn update(
    api: &Api,
    kb: &str,
    bar: &ProgressBar,
    tally: &Tally,
    chunks_before: f64,
    started: Instant,
) -> anyhow::Result<u64> {
    let health = api.get("/api/v1/health").await?;
    let pending = number(&health, "/queue/pending_documents") as u64;
    let lag = number(&health, "/queue/outbox_lag") as u64;
    let chunks = chunks(api, kb).await? - chunks_before;
    bar.set_position((tally.ids.len() as u64).saturating_sub(pending));
    bar.set_message(format!(
        "{:.0} chunks/s",
        chunks.max(0.0) / started.elapsed().as_secs_f64().max(0.001)
    ));
    Ok(pending + lag)
}

async fn chunks(api: &Api, kb: &str) -> anyhow::Result<f64> {
    Ok(number(
        &api.get(&format!("/api/v1/knowledge-bases/{}", segment(kb)))
            .await?,
        "/chunks",
    ))
}

fn metadata(pairs: &[String]) -> anyhow::Result<Value> {
    let mut metadata = serde_json::Map::new();
    for pair in pairs {
        let (key, value) = pair
            .split_once('=')
            .with_context(|| format!("`{pair}` is not KEY=VALUE"))?;
        metadata.insert(key.to_owned(), json!(value));
    }
    Ok(Value::Object(metadata))
}

fn report(tally: &Tally, failed: &[Value], seconds: f64, json: bool) {
    if json {
        output::json(&json!({
            "created": tally.created,
            "replaced": tally.replaced,
            "unchanged": tally.unchanged,
            "skipped": tally.skipped.iter().map(|s| json!({"name": s.name, "reason": s.reason})).collect::<Vec<_>>(),
            "failed": failed,
            "seconds": seconds,
        }));
        return;
    }
    output::line(&format!(
        "{} new, {} replaced, {} unchanged, {} skipped, {} failed in {seconds:.1} s",
        tally.created,
        tally.replaced,
        tally.unchanged,
        tally.skipped.len(),
        failed.len()
    ));
    for skipped in &tally.skipped {
        output::line(&format!("skipped {}: {}", skipped.name, skipped.reason));
    }
    for document in failed {
        output::line(&format!(
            "failed {}: {} ({})",
            text(document, "/name"),
            text(document, "/failure/message"),
            text(document, "/failure/code")
        ));
    }
}
