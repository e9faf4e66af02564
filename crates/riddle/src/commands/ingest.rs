use std::collections::HashSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use riddle_api::{AcceptedListDto, DocumentDto, DocumentListDto, HealthDto, KnowledgeBaseDto};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use self::walk::{FoundFile, SkippedEntry};
use super::docs::all_documents;
use crate::api::{Api, ApiError, Upload, segment};
use crate::arguments::IngestArguments;
use crate::config::Config;
use crate::session::Session;
use crate::{exit, output};

pub(super) mod open;
pub(super) mod walk;

/// How often the server is asked how far it is.
const POLL: Duration = Duration::from_millis(400);

/// What came of the files.
#[derive(Default)]
struct Tally {
    created: usize,
    replaced: usize,
    unchanged: usize,
    ids: HashSet<Uuid>,
    skipped: Vec<SkippedEntry>,
    /// Those of the skipped that were found and could not be sent.
    refused: usize,
}

impl Tally {
    fn refuse(&mut self, name: String, reason: String) {
        self.refused += 1;
        self.skipped.push(SkippedEntry { name, reason });
    }
}

/// What became of the documents.
#[derive(Default)]
struct Done {
    failed: Vec<DocumentDto>,
    /// Those with warnings.
    warned: Vec<DocumentDto>,
}

/// The same for programs.
#[derive(Serialize)]
struct Report<'a> {
    created: usize,
    replaced: usize,
    unchanged: usize,
    skipped: Vec<Value>,
    failed: &'a [DocumentDto],
    /// Documents that searches find, with something to know about them.
    warned: Vec<Value>,
    seconds: f64,
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
    let (tally, done, seconds) = outcome?;
    report(&tally, &done, seconds, json);
    let partial = !done.failed.is_empty() || tally.refused > 0;
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
    files: Vec<FoundFile>,
    skipped: Vec<SkippedEntry>,
) -> anyhow::Result<(Tally, Done, f64)> {
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
    let mut done = Done::default();
    if !arguments.no_wait {
        while update(api, &arguments.kb, &bar, &tally, chunks_before, started).await? > 0 {
            if let Some(page) = page_in_work(api, &arguments.kb).await? {
                bar.set_message(page);
            }
            tokio::time::sleep(POLL).await;
        }
        done = done_of(api, &arguments.kb, &tally).await?;
    }
    bar.finish_and_clear();
    Ok((tally, done, started.elapsed().as_secs_f64()))
}

async fn done_of(api: &Api, kb: &str, tally: &Tally) -> anyhow::Result<Done> {
    let mut done = Done {
        failed: all_documents(api, kb, Some("failed")).await?,
        warned: all_documents(api, kb, Some("ready")).await?,
    };
    let is_of_these = |document: &DocumentDto| tally.ids.contains(&document.id);
    done.failed.retain(is_of_these);
    done.warned
        .retain(|document| is_of_these(document) && !document.warnings.is_empty());
    Ok(done)
}

async fn ensure_knowledge_base(api: &Api, kb: &str) -> anyhow::Result<()> {
    let path = format!("/api/v1/knowledge-bases/{}", segment(kb));
    let found = api.get::<Value>(&path).await;
    match found {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .downcast_ref::<ApiError>()
                .is_some_and(|e| e.code == "knowledge_base_not_found") =>
        {
            api.post("/api/v1/knowledge-bases", &json!({"name": kb}))
                .await
                .map(|_created: Value| ())
        }
        Err(error) => Err(error),
    }
}

async fn send(
    api: &Api,
    kb: &str,
    metadata: &Value,
    file: FoundFile,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let (root, below) = (file.root, file.below);
    let opened = tokio::task::spawn_blocking(move || open::open(&root, &below)).await?;
    let (opened, bytes) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            tally.refuse(file.name, error.to_string());
            return Ok(());
        }
    };
    let path = format!("/api/v1/knowledge-bases/{}/documents", segment(kb));
    let sent = Upload {
        name: &file.name,
        file: opened.into(),
        bytes,
        metadata,
    };
    let response: AcceptedListDto = match api.upload(&path, sent).await {
        Ok(response) => response,
        Err(error) if is_about_the_file(api, &error).await => {
            tally.refuse(file.name, error.to_string());
            return Ok(());
        }
        Err(error) => return Err(error).with_context(|| format!("while sending {}", file.name)),
    };
    for document in response.documents {
        match document.outcome.as_str() {
            "created" => tally.created += 1,
            "replaced" => tally.replaced += 1,
            _ => tally.unchanged += 1,
        }
        tally.ids.insert(document.id);
    }
    for error in response.errors {
        tally.refuse(file.name.clone(), error.message);
    }
    Ok(())
}

/// Whether others may be sent all the same: the server refuses this one, or it changed while it was read.
async fn is_about_the_file(api: &Api, error: &anyhow::Error) -> bool {
    let code = error.downcast_ref::<ApiError>().map(|e| e.code.as_str());
    match code {
        Some("invalid_request" | "invalid_multipart" | "too_large" | "request_timeout") => true,
        Some("unreachable") => api.get::<Value>("/api/v1/health").await.is_ok(),
        _ => false,
    }
}

/// Moves the bar to where the server is. Returns how many documents of the server are not done.
async fn update(
    api: &Api,
    kb: &str,
    bar: &ProgressBar,
    tally: &Tally,
    chunks_before: u64,
    started: Instant,
) -> anyhow::Result<u64> {
    let health: HealthDto = api.get("/api/v1/health").await?;
    let details = health
        .details
        .context("the server tells its state to clients with its key alone")?;
    let pending = details.queue.pending_documents;
    let made = chunks(api, kb).await?.saturating_sub(chunks_before);
    bar.set_position((tally.ids.len() as u64).saturating_sub(pending));
    bar.set_message(format!(
        "{:.0} chunks/s",
        made as f64 / started.elapsed().as_secs_f64().max(0.001)
    ));
    Ok(pending + details.queue.outbox_lag)
}

/// The page that is read now as a picture, which takes so long that nothing else moves.
async fn page_in_work(api: &Api, kb: &str) -> anyhow::Result<Option<String>> {
    let path = format!(
        "/api/v1/knowledge-bases/{}/documents?status=parsing",
        segment(kb)
    );
    let parsing: DocumentListDto = api.get(&path).await?;
    Ok(parsing.documents.iter().find_map(reading))
}

fn reading(document: &DocumentDto) -> Option<String> {
    let pages = document.pages_read?;
    let page = (pages.read + 1).min(pages.total);
    Some(format!(
        "reading page {page} of {} of {}",
        pages.total, document.name
    ))
}

async fn chunks(api: &Api, kb: &str) -> anyhow::Result<u64> {
    let path = format!("/api/v1/knowledge-bases/{}", segment(kb));
    let knowledge_base: KnowledgeBaseDto = api.get(&path).await?;
    Ok(knowledge_base.chunks)
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

fn report(tally: &Tally, Done { failed, warned }: &Done, seconds: f64, json: bool) {
    if json {
        let skipped = tally.skipped.iter();
        output::json(&Report {
            created: tally.created,
            replaced: tally.replaced,
            unchanged: tally.unchanged,
            skipped: skipped
                .map(|skipped| json!({"name": skipped.name, "reason": skipped.reason}))
                .collect(),
            failed,
            warned: warned
                .iter()
                .map(|document| json!({"id": document.id, "name": document.name, "warnings": document.warnings}))
                .collect(),
            seconds,
        });
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
    for document in warned {
        for warning in &document.warnings {
            output::line(&format!(
                "warning {}: {} ({})",
                document.name, warning.message, warning.code
            ));
        }
    }
    for document in failed {
        if let Some(failure) = &document.failure {
            output::line(&format!(
                "failed {}: {} ({})",
                document.name, failure.message, failure.code
            ));
        }
    }
}
