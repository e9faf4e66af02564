//! One file for each command.

mod ask;
mod compare;
mod docs;
mod doctor;
mod ingest;
mod kb;
mod models;
mod rerank;
mod search;
mod serve;

use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Value, json};

use crate::api::segment;
use crate::arguments::{Arguments, Command, LongPassages, Reranking, Retrieval};
use crate::config::Config;
use crate::output;
use crate::session::Session;

/// Does what the command line says.
pub(crate) async fn run(config: Config, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let json = arguments.global.json;
    match arguments.command {
        Command::Serve(arguments) => serve::run(config, arguments).await,
        Command::Ingest(arguments) => ingest::run(&config, &arguments, json).await,
        Command::Search(arguments) => search::run(&config, &arguments, json).await,
        Command::Rerank(arguments) => rerank::run(&config, &arguments, json).await,
        Command::Ask(arguments) => ask::run(&config, &arguments, json).await,
        Command::Compare(arguments) => compare::run(&config, &arguments, json).await,
        Command::Kb(command) => kb::run(&config, &command, json).await,
        Command::Docs(command) => docs::run(&config, &command, json).await,
        Command::Models(command) => models::run(&config, &command, json).await,
        Command::Doctor(arguments) => doctor::run(&config, &arguments, json).await,
        // `main` has served it before any of this is set up.
        Command::ExtractWorker => Ok(ExitCode::SUCCESS),
    }
}

/// What a knowledge base answers to a request.
async fn ask_server(config: &Config, kb: &str, route: &str, body: Value) -> anyhow::Result<Value> {
    let session = Session::open(config).await?;
    let path = format!("/api/v1/knowledge-bases/{}/{route}", segment(kb));
    let response = session.api.post(&path, &body).await;
    session.close().await;
    response
}

/// Shows a result to a program or to a person.
fn show(value: &Value, json: bool, print: impl FnOnce(&Value)) {
    if json {
        output::json(value);
    } else {
        print(value);
    }
}

/// The fields that all retrieval commands share, for the body of a request.
fn retrieval_fields(retrieval: &Retrieval) -> anyhow::Result<serde_json::Map<String, Value>> {
    let mut fields = serde_json::Map::new();
    if let Some(top_k) = retrieval.top_k {
        fields.insert("top_k".to_owned(), json!(top_k));
    }
    if let Some(top_n) = retrieval.top_n {
        fields.insert("top_n".to_owned(), json!(top_n));
    }
    if let Some(filter) = &retrieval.filter {
        let filter: Value = serde_json::from_str(filter)
            .context("--filter must be JSON, such as '{\"team\": \"a\"}'")?;
        fields.insert("filter".to_owned(), filter);
    }
    fields.extend(reranking_fields(&retrieval.reranking));
    Ok(fields)
}

/// How to rerank, under the names that requests and settings have for it.
fn reranking_fields(reranking: &Reranking) -> serde_json::Map<String, Value> {
    let long_passages = reranking.long_passages.map(way_name);
    let fields = [
        ("reranker", json!(reranking.reranker)),
        ("rerank_weight", json!(reranking.rerank_weight)),
        ("rerank_skip_lead", json!(reranking.rerank_skip_lead)),
        ("long_passages", json!(long_passages)),
        ("cutoff_layer", json!(reranking.cutoff_layer)),
        ("rerank_deadline_ms", json!(reranking.rerank_deadline_ms)),
    ];
    let given = fields.into_iter().filter(|(_, value)| !value.is_null());
    given
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The name of a way with long passages in requests and settings.
fn way_name(way: LongPassages) -> &'static str {
    match way {
        LongPassages::Truncate => "truncate",
        LongPassages::MaxSlice => "max_slice",
    }
}

/// The text of a field, or nothing.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The number of a field, or 0.
fn number(value: &Value, pointer: &str) -> f64 {
    value
        .pointer(pointer)
        .and_then(Value::as_f64)
        .unwrap_or_default()
}

/// The elements of a field, or none.
fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// What a search or an answer wants the user to know.
fn print_notices(response: &Value) {
    for notice in list(response, "/notices") {
        output::note(text(notice, "/text"));
    }
}

/// One line on what became of reranking.
fn rerank_line(rerank: &Value) -> String {
    let mut line = format!("rerank {}", text(rerank, "/status"));
    if !text(rerank, "/model").is_empty() {
        line.push_str(&format!(" by {}", text(rerank, "/model")));
    }
    if rerank.pointer("/stand_in").and_then(Value::as_bool) == Some(true) {
        line.push_str(" (stand-in)");
    }
    if text(rerank, "/status") == "applied" {
        line.push_str(&format!(
            ", {:.0} ms for {} pairs",
            number(rerank, "/ms"),
            number(rerank, "/pairs")
        ));
        for (field, what) in [
            ("/unscored_pairs", "left by the deadline"),
            ("/truncated_pairs", "cut"),
        ] {
            let count = number(rerank, field);
            if count > 0.0 {
                line.push_str(&format!(", {count} {what}"));
            }
        }
    }
    if !text(rerank, "/reason").is_empty() {
        line.push_str(&format!(": {}", text(rerank, "/reason")));
    }
    line
}

/// One line with the stages that ran.
fn timings_line(timings: &Value) -> String {
    const STAGES: [&str; 9] = [
        "queue", "embed", "bm25", "dense", "fuse", "rerank", "extract", "prefill", "decode",
    ];
    let mut line = format!("{:.0} ms in all", number(timings, "/total_ms"));
    for stage in STAGES {
        if let Some(ms) = timings.get(format!("{stage}_ms")).and_then(Value::as_f64) {
            line.push_str(&format!(", {stage} {ms:.1}"));
        }
    }
    line
}

/// Where a passage stands, for people.
fn place(hit: &Value) -> String {
    let mut place = text(hit, "/document/name").to_owned();
    if let Some(page) = hit.get("page").and_then(Value::as_u64) {
        place.push_str(&format!(", page {page}"));
    }
    let headings: Vec<&str> = list(hit, "/heading_path")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    if !headings.is_empty() {
        place.push_str(&format!(", {}", headings.join(" › ")));
    }
    place
}
