use std::process::ExitCode;

use serde_json::{Value, json};

use super::{
    ask_server, list, number, place, print_notices, rerank_line, retrieval_fields, show, text,
    timings_line,
};
use crate::arguments::{Mode, SearchArguments};
use crate::config::Config;
use crate::output;

pub(crate) async fn run(
    config: &Config,
    arguments: &SearchArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut body = retrieval_fields(&arguments.retrieval)?;
    body.insert("query".to_owned(), json!(arguments.query));
    if let Some(mode) = arguments.mode {
        let mode = match mode {
            Mode::Hybrid => "hybrid",
            Mode::Bm25 => "bm25",
            Mode::Dense => "dense",
        };
        body.insert("mode".to_owned(), json!(mode));
    }
    if arguments.no_rerank {
        body.insert("rerank".to_owned(), json!(false));
    }
    let response = ask_server(config, &arguments.kb, "search", Value::Object(body)).await?;
    show(&response, json, print);
    Ok(ExitCode::SUCCESS)
}

fn print(response: &Value) {
    for hit in list(response, "/hits") {
        output::line(&format!(
            "{}. {}  [{:.3}]",
            number(hit, "/rank"),
            place(hit),
            number(hit, "/score")
        ));
        output::line(&format!(
            "   {}\n",
            text(hit, "/text").replace('\n', "\n   ")
        ));
    }
    if list(response, "/hits").is_empty() {
        output::line("nothing found");
    }
    print_notices(response);
    output::note(&rerank_line(&response["rerank"]));
    output::note(&timings_line(&response["timings"]));
}
