use std::io::Read;
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::{list, number, show, text};
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
    });
    let session = Session::open(config).await?;
    let response = session.api.post("/v2/rerank", &body).await;
    session.close().await;
    show(&response?, json, |response| print(response, &texts));
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

fn print(response: &Value, texts: &[String]) {
    for result in list(response, "/results") {
        let index = result.get("index").and_then(Value::as_u64).unwrap_or(0);
        let text = usize::try_from(index)
            .ok()
            .and_then(|index| texts.get(index));
        output::line(&format!(
            "{:.4}  {index}  {}",
            number(result, "/relevance_score"),
            text.map_or("", String::as_str)
        ));
    }
    let stand_in = match response.get("stand_in").and_then(Value::as_bool) {
        Some(true) => " (stand-in: no cross-encoder is installed)",
        _ => "",
    };
    output::note(&format!("scored by {}{stand_in}", text(response, "/model")));
}
