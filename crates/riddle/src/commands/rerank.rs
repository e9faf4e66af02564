use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::{list, number, rerank_line, show, text, way_name};
use crate::arguments::RerankArguments;
use crate::config::Config;
use crate::output;
use crate::session::Session;

pub(crate) async fn run(
    config: &Config,
    arguments: &RerankArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let texts = texts(arguments)?;
    let body = json!({
        "query": arguments.query,
        "documents": texts,
        "model": arguments.model,
        "top_n": arguments.top_n,
        "raw_scores": arguments.raw,
        "long_passages": arguments.long_passages.map(way_name),
        "cutoff_layer": arguments.cutoff_layer,
        "max_tokens_per_doc": arguments.max_tokens_per_doc,
    });
    let session = Session::open(config).await?;
    let response = session.api.post("/v2/rerank", &body).await;
    session.close().await;
    show(&response?, json, |response| {
        print(response, &texts, arguments.details)
    });
    Ok(ExitCode::SUCCESS)
}

/// The texts of the command line, or the lines of a file.
fn texts(arguments: &RerankArguments) -> anyhow::Result<Vec<String>> {
    let Some(file) = &arguments.file else {
        return Ok(arguments.texts.clone());
    };
    let mut content = String::new();
    if file.as_os_str() == "-" {
        let read = std::io::stdin().read_to_string(&mut content);
        read.context("cannot read the standard input")?;
    } else {
        content = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
    }
    let lines: Vec<String> = content.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        bail!("there is no text to rerank; give one on each line");
    }
    Ok(lines)
}

fn print(response: &Value, texts: &[String], details: bool) {
    for result in list(response, "/results") {
        let index = result.get("index").and_then(Value::as_u64).unwrap_or(0);
        let text = usize::try_from(index)
            .ok()
            .and_then(|index| texts.get(index));
        let details = if details {
            found(result)
        } else {
            String::new()
        };
        output::line(&format!(
            "{:.4}  {details}{index}  {}",
            number(result, "/relevance_score"),
            text.map_or("", String::as_str)
        ));
    }
    output::note(&rerank_line(&response["rerank"]));
    if details {
        let scale = text(response, "/rerank/scale");
        output::note(&format!(
            "in brackets: the raw score ({scale}), the best window"
        ));
    }
}

/// The raw score, and the characters of the window that won where there were several.
fn found(result: &Value) -> String {
    let raw = number(result, "/score_raw");
    if result.get("window").is_none() {
        return format!("[{raw:.4}]  ");
    }
    format!(
        "[{raw:.4}, characters {} to {}, window {} of {}]  ",
        number(result, "/window/span/start"),
        number(result, "/window/span/end"),
        number(result, "/window/index") + 1.0,
        number(result, "/window/count")
    )
}
