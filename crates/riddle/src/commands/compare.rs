use std::process::ExitCode;

use serde_json::{Value, json};

use super::{
    ask_server, list, number, place, rerank_line, retrieval_fields, show, text, timings_line,
};
use crate::arguments::CompareArguments;
use crate::config::Config;
use crate::output;

pub(crate) async fn run(
    config: &Config,
    arguments: &CompareArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut body = retrieval_fields(&arguments.retrieval)?;
    body.insert("question".to_owned(), json!(arguments.question));
    let response = ask_server(config, &arguments.kb, "compare", Value::Object(body)).await?;
    show(&response, json, print);
    Ok(ExitCode::SUCCESS)
}

fn print(comparison: &Value) {
    for (title, arm) in [
        ("Without rerank", "without_rerank"),
        ("With rerank", "with_rerank"),
    ] {
        let answer = &comparison[arm];
        output::line(&format!("── {title} ──"));
        output::line(text(answer, "/answer"));
        for context in list(answer, "/contexts") {
            output::line(&format!(
                "[{}] {}",
                context["number"],
                place(&context["hit"])
            ));
        }
        output::line(&format!(
            "{}; prompt {} tokens\n",
            timings_line(&answer["timings"]),
            number(answer, "/usage/prompt_tokens")
        ));
    }
    output::line(&rerank_line(&comparison["with_rerank"]["rerank"]));
    output::line(&format!(
        "rerank : no rerank = {:.2} in total time{}; {} of the passages are the same",
        number(comparison, "/total_ratio"),
        comparison["first_token_ratio"]
            .as_f64()
            .map(|r| format!(", {r:.2} to the first token"))
            .unwrap_or_default(),
        number(comparison, "/shared_contexts")
    ));
}
