use std::process::ExitCode;

use anyhow::ensure;
use riddle_api::{AnswerDto, AskBody};
use serde::Deserialize;
use serde_json::Value;

use super::{
    filter, fusion_body, print_contexts, print_notices, rerank_body, rerank_line, timings_line,
};
use crate::api::{Api, segment, sent_error, typed};
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
        answered(&session.api, &path, &body).await
    };
    session.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Prints an answer as it comes.
async fn answered(api: &Api, path: &str, body: &AskBody) -> anyhow::Result<()> {
    let mut is_whole = false;
    let print = |name: &str, data: Value| {
        match name {
            "token" => output::piece(&typed::<Token>(data)?.text),
            "done" => {
                finish(&typed(data)?);
                is_whole = true;
            }
            "error" => {
                output::line("");
                return Err(sent_error(data));
            }
            _ => {}
        }
        Ok(())
    };
    api.events(path, body, print).await?;
    ensure!(is_whole, "the server ended the answer early; ask again");
    Ok(())
}

fn finish(answer: &AnswerDto) {
    output::line("\n");
    print_contexts(&answer.contexts);
    print_notices(&answer.notices);
    output::note(&rerank_line(&answer.rerank));
    output::note(&timings_line(&answer.timings));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::tests::answering;

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_no_success() {
        for events in ["", "event: token\ndata: {\"text\": \"Tea\"}\n\n"] {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
            let api = answering(format!("{head}{events}").into_bytes());
            let outcome = answered(&api, "/ask", &AskBody::default()).await;
            let problem = outcome.expect_err("no end has come").to_string();
            assert!(problem.contains("ended the answer early"), "{problem}");
        }
    }
}
