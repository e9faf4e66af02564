use std::process::ExitCode;

use riddle_api::{AnswerDto, AskBody};
use serde::Deserialize;
use serde_json::Value;

use super::{
    filter, fusion_body, print_contexts, print_notices, rerank_body, rerank_line, timings_line,
};
use crate::api::{segment, sent_error, typed};
use crate::arguments::AskArguments;
use crate::config::Config;
use crate::output;
use crate::session::Session;

/// More text of an answer.
#[derive(Deserialize)]
struct Token {
    text: String,
}

pub(crate) async fn run(
    config: &Config,
    arguments: &AskArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let retrieval = &arguments.retrieval;
    let mut rerank = rerank_body(&retrieval.reranking);
    rerank.enabled = arguments.no_rerank.then_some(false);
    let body = AskBody {
        question: arguments.question.clone(),
        top_k: retrieval.top_k,
        top_n: retrieval.top_n,
        fusion: fusion_body(&retrieval.fusing)?,
        rerank: Some(rerank),
        chat_model: arguments.chat_model.clone(),
        filter: filter(retrieval)?,
        stream: !json,
        ..AskBody::default()
    };
    let session = Session::open(config).await?;
    let path = format!("/api/v1/knowledge-bases/{}/ask", segment(&arguments.kb));
    let outcome = if json {
        let answer = session.api.post(&path, &body).await;
        answer.map(|answer: Value| output::json(&answer))
    } else {
        session.api.events(&path, &body, on_event).await
    };
    session.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

fn on_event(name: &str, data: Value) -> anyhow::Result<()> {
    match name {
        "token" => output::piece(&typed::<Token>(data)?.text),
        "done" => finish(&typed(data)?),
        "error" => {
            output::line("");
            return Err(sent_error(data));
        }
        _ => {}
    }
    Ok(())
}

fn finish(answer: &AnswerDto) {
    output::line("\n");
    print_contexts(&answer.contexts);
    print_notices(&answer.notices);
    output::note(&rerank_line(&answer.rerank));
    output::note(&timings_line(&answer.timings));
}
