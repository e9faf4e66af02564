//! One file for each command.

mod ask;
mod backup;
mod compare;
mod docs;
mod doctor;
pub(crate) mod eval;
mod ingest;
mod kb;
mod migrate;
mod models;
mod rerank;
mod search;
mod serve;

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use riddle_api::{
    ContextDto, FusionDto, HitDto, LongPassagesDto, NoticeDto, RerankBody, RerankDto, TimingsDto,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::{ApiError, segment, typed};
use crate::arguments::{
    Arguments, Command, Fusing, FusionMethod, LongPassages, Reranking, Retrieval,
};
use crate::config::Config;
use crate::output;
use crate::session::Session;

/// Does what the command line says.
pub(crate) async fn run(config: Config, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let json = arguments.global.json;
    match arguments.command {
        Command::Serve(arguments) => Box::pin(serve::run(config, arguments)).await,
        Command::Ingest(arguments) => ingest::run(&config, &arguments, json).await,
        Command::Search(arguments) => search::run(&config, &arguments, json).await,
        Command::Rerank(arguments) => rerank::run(&config, &arguments, json).await,
        Command::Ask(arguments) => ask::run(&config, &arguments, json).await,
        Command::Compare(arguments) => compare::run(&config, &arguments, json).await,
        Command::Eval(command) => eval::run(&config, &command, json).await,
        Command::Kb(command) => kb::run(&config, &command, json).await,
        Command::Docs(command) => docs::run(&config, &command, json).await,
        Command::Models(command) => models::run(&config, &command, json).await,
        Command::Backup(arguments) => backup::back_up(&config, &arguments, json).await,
        Command::Restore(arguments) => backup::restore(&config, &arguments, json).await,
        Command::Migrate(command) => Box::pin(migrate::run(&config, &command, json)).await,
        Command::Doctor(arguments) => doctor::run(&config, &arguments, json).await,
        // `main` has served them before any of this is set up.
        Command::ExtractWorker { .. } | Command::ReadPictures(_) | Command::OpenModelFile(_) => {
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What a knowledge base answers to a request.
async fn ask_server(
    config: &Config,
    kb: &str,
    route: &str,
    body: &impl Serialize,
) -> anyhow::Result<Value> {
    let session = Session::open(config).await?;
    let path = format!("/api/v1/knowledge-bases/{}/{route}", segment(kb));
    let response = session.api.post(&path, body).await;
    session.close().await;
    response
}

/// Shows an answer to a program as the server gave it, or to a person.
fn show<T: DeserializeOwned>(
    answer: Value,
    json: bool,
    print: impl FnOnce(&T),
) -> anyhow::Result<()> {
    if json {
        output::json(&answer);
    } else {
        print(&typed(answer)?);
    }
    Ok(())
}

/// What is said instead of deleting what nobody has confirmed.
fn unconfirmed(what: &str) -> ApiError {
    ApiError::invalid(format!("this deletes {what}; say so with --yes"))
}

/// The text of a file, or of the standard input for `-`.
fn text_of(file: &Path) -> anyhow::Result<String> {
    if file.as_os_str() != "-" {
        let text = std::fs::read_to_string(file);
        return text.with_context(|| format!("cannot read {}", file.display()));
    }
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.context("cannot read the standard input")?;
    Ok(text)
}

/// The conditions on metadata of a retrieval command.
fn filter(retrieval: &Retrieval) -> anyhow::Result<Option<Value>> {
    let filter = retrieval.filter.as_deref().map(serde_json::from_str);
    filter.transpose().map_err(|error| {
        let message = format!("--filter must be JSON, such as '{{\"team\": \"a\"}}': {error}");
        ApiError::invalid(message).into()
    })
}

/// How to fuse, as requests and settings have it.
fn fusion_body(fusing: &Fusing) -> anyhow::Result<Option<FusionDto>> {
    Ok(match (fusing.fusion, fusing.dense_weight) {
        (None, None) => None,
        (Some(FusionMethod::Weighted), None) => Some(FusionDto::default()),
        (None | Some(FusionMethod::Weighted), Some(dense_weight)) => {
            Some(FusionDto::Weighted { dense_weight })
        }
        (Some(FusionMethod::ReciprocalRank), None) => Some(FusionDto::ReciprocalRank {}),
        (Some(FusionMethod::ReciprocalRank), Some(_)) => {
            bail!(ApiError::invalid(
                "ranks are fused without a weight; leave --dense-weight or --fusion out"
            ))
        }
    })
}

/// How to rerank, as requests and settings have it.
fn rerank_body(reranking: &Reranking) -> RerankBody {
    RerankBody {
        enabled: None,
        model: reranking.reranker.clone().map(Into::into),
        weight: reranking.rerank_weight.clone().map(Into::into),
        skip_lead: reranking.rerank_skip_lead.clone().map(Into::into),
        long_passages: reranking.long_passages.map(Into::into),
        cutoff_layer: reranking.cutoff_layer.clone().map(Into::into),
        deadline_ms: reranking.rerank_deadline_ms.clone().map(Into::into),
    }
}

impl From<LongPassages> for LongPassagesDto {
    fn from(way: LongPassages) -> Self {
        match way {
            LongPassages::Truncate => Self::Truncate,
            LongPassages::MaxSlice => Self::MaxSlice,
        }
    }
}

/// What a search or an answer wants the user to know.
fn print_notices(notices: &[NoticeDto]) {
    for notice in notices {
        output::note(&notice.text);
    }
}

/// The passages of an answer, by the numbers of its citations.
fn print_contexts(contexts: &[ContextDto]) {
    for context in contexts {
        output::line(&format!("[{}] {}", context.number, place(&context.hit)));
    }
}

/// One line on what became of reranking.
fn rerank_line(rerank: &RerankDto) -> String {
    let mut line = format!("rerank {}", rerank.status);
    if let Some(model) = &rerank.model {
        line.push_str(&format!(" by {model}"));
    }
    if rerank.stand_in {
        line.push_str(" (fallback)");
    }
    if rerank.status == "applied" {
        line.push_str(&format!(", {:.0} ms for {} pairs", rerank.ms, rerank.pairs));
        for (count, what) in [
            (rerank.unscored_pairs, "left by the deadline"),
            (rerank.truncated_pairs, "cut"),
        ] {
            if count > 0 {
                line.push_str(&format!(", {count} {what}"));
            }
        }
    }
    if let Some(reason) = &rerank.reason {
        line.push_str(&format!(": {reason}"));
    }
    line
}

/// One line with the stages that ran.
fn timings_line(timings: &TimingsDto) -> String {
    let stages = [
        ("queue", Some(timings.queue_ms)),
        ("embed", timings.embed_ms),
        ("bm25", timings.bm25_ms),
        ("dense", timings.dense_ms),
        ("fuse", Some(timings.fuse_ms)),
        ("rerank", timings.rerank_ms),
        ("extract", timings.extract_ms),
        ("prefill", timings.prefill_ms),
        ("decode", timings.decode_ms),
    ];
    let mut line = format!("{:.0} ms in all", timings.total_ms);
    for (stage, ms) in stages {
        if let Some(ms) = ms {
            line.push_str(&format!(", {stage} {ms:.1}"));
        }
    }
    line
}

/// Where a passage stands, for people.
fn place(hit: &HitDto) -> String {
    let mut place = hit.document.name.clone();
    if let Some(page) = hit.page {
        place.push_str(&format!(", page {page}"));
    }
    if !hit.heading_path.is_empty() {
        place.push_str(&format!(", {}", hit.heading_path.join(" › ")));
    }
    place
}
