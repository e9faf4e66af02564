use std::process::ExitCode;

use riddle_api::{AnswerDto, CompareBody, ComparePassagesDto, ComparisonDto};

use super::{
    ask_server, filter, fusion_body, print_contexts, print_notices, rerank_body, rerank_line, show,
    timings_line,
};
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
        fusion: fusion_body(&retrieval.fusing)?,
        rerank: Some(rerank_body(&retrieval.reranking)),
        chat_model: arguments.chat_model.clone(),
        filter: filter(retrieval)?,
        passages: arguments
            .same_number
            .then_some(ComparePassagesDto::SameNumber),
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
        print_notices(&answer.notices);
        output::line(&format!(
            "{}; prompt {} tokens\n",
            timings_line(&answer.timings),
            answer.usage.prompt_tokens
        ));
    }
    output::line(&rerank_line(&comparison.with_rerank.rerank));
    output::line(&format!(
        "passages: {} without rerank, {} with, {} in both",
        comparison.without_rerank.contexts.len(),
        comparison.with_rerank.contexts.len(),
        comparison.shared_contexts
    ));
    for line in figures(comparison) {
        output::line(&line);
    }
}

/// The times of both, and how many times that with rerank the one without takes. The total depends on how long the
/// answers are, the others do not.
fn figures(comparison: &ComparisonDto) -> Vec<String> {
    let (without, with) = (&comparison.without_rerank, &comparison.with_rerank);
    let line = |name: &str, ratio: f64, of: &dyn Fn(&AnswerDto) -> f64| {
        let (without, with) = (of(without), of(with));
        format!(
            "{name:<16} {without:>9.1} ms without rerank, {with:>9.1} ms with: {ratio:.2} of it"
        )
    };
    let per_token = |answer: &AnswerDto| {
        answer.timings.decode_ms.unwrap_or_default()
            / f64::from(answer.usage.completion_tokens.max(1))
    };
    let first = comparison.summary.first_token_ratio.map(|ratio| {
        line("to first token", ratio, &|answer| {
            answer.timings.first_token_ms.unwrap_or_default()
        })
    });
    let token = comparison
        .token_ratio
        .map(|ratio| line("per token", ratio, &per_token));
    let total = line("total", comparison.summary.total_ratio, &|answer| {
        answer.timings.total_ms
    });
    first.into_iter().chain(token).chain([total]).collect()
}
