use std::process::ExitCode;

use anyhow::bail;
use riddle_api::{CohereRank, CohereRerankDto, LongPassagesDto};
use serde_json::json;

use super::{rerank_line, show, text_of};
use crate::api::ApiError;
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
        "long_passages": arguments.long_passages.map(LongPassagesDto::from),
        "cutoff_layer": arguments.cutoff_layer,
        "max_tokens_per_doc": arguments.max_tokens_per_doc,
    });
    let session = Session::open(config).await?;
    let response = session.api.post("/v2/rerank", &body).await;
    session.close().await;
    show(response?, json, |response| {
        print(response, &texts, arguments.details)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The texts of the command line, or the lines of a file.
fn texts(arguments: &RerankArguments) -> anyhow::Result<Vec<String>> {
    let Some(file) = &arguments.file else {
        return Ok(arguments.texts.clone());
    };
    let content = text_of(file)?;
    let lines: Vec<String> = content.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        bail!(ApiError::invalid(
            "there is no text to rerank; give one on each line"
        ));
    }
    Ok(lines)
}

fn print(response: &CohereRerankDto, texts: &[String], details: bool) {
    for result in &response.results {
        let found = if details {
            found(result)
        } else {
            String::new()
        };
        output::line(&format!(
            "{:.4}  {found}{}  {}",
            result.relevance_score,
            result.index,
            texts.get(result.index).map_or("", String::as_str)
        ));
    }
    output::note(&rerank_line(&response.rerank));
    if details {
        let scale = response.rerank.scale.as_deref().unwrap_or_default();
        output::note(&format!(
            "in brackets: the raw score ({scale}), the best window"
        ));
    }
}

/// The raw score, and the characters of the window that won where there were several.
fn found(result: &CohereRank) -> String {
    let raw = result.score_raw;
    let Some(window) = &result.window else {
        return format!("[{raw:.4}]  ");
    };
    format!(
        "[{raw:.4}, characters {} to {}, window {} of {}]  ",
        window.span.start,
        window.span.end,
        window.index + 1,
        window.count
    )
}
