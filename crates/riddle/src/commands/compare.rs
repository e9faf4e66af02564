use std::process::ExitCode;

use riddle_api::{CompareBody, ComparisonDto};

use super::{ask_server, filter, print_contexts, rerank_body, rerank_line, show, timings_line};
use crate::arguments::CompareArguments;
use crate::config::Config;
use crate::output;

pub(crate) async fn run(
    config: &Config,
    arguments: &CompareArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let retrieval = &arguments.retrieval;
    let body = CompareBody {
        question: arguments.question.clone(),
        top_k: retrieval.top_k,
        top_n: retrieval.top_n,
        rerank: Some(rerank_body(&retrieval.reranking)),
        filter: filter(retrieval)?,
        ..CompareBody::default()
    };
    let response = ask_server(config, &arguments.kb, "compare", &body).await?;
    show(response, json, print)?;
    Ok(ExitCode::SUCCESS)
}

fn print(comparison: &ComparisonDto) {
    for (title, answer) in [
        ("Without rerank", &comparison.without_rerank),
        ("With rerank", &comparison.with_rerank),
    ] {
        output::line(&format!("── {title} ──"));
        output::line(&answer.answer);
        print_contexts(&answer.contexts);
        output::line(&format!(
            "{}; prompt {} tokens\n",
            timings_line(&answer.timings),
            answer.usage.prompt_tokens
        ));
    }
    output::line(&rerank_line(&comparison.with_rerank.rerank));
    let first_token = comparison.summary.first_token_ratio;
    let first_token = first_token.map(|ratio| format!(", {ratio:.2} to the first token"));
    output::line(&format!(
        "rerank : no rerank = {:.2} in total time{}; {} of the passages are the same",
        comparison.summary.total_ratio,
        first_token.unwrap_or_default(),
        comparison.shared_contexts
    ));
}
