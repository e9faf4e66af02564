use std::process::ExitCode;

use serde_json::{Value, json};

use super::{list, place, print_notices, rerank_line, retrieval_fields, text, timings_line};
use crate::api::{ApiError, segment};
use crate::arguments::AskArguments;
use crate::config::Config;
use crate::output;
use crate::session::Session;

pub(crate) async fn run(
    config: &Config,
    arguments: &AskArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut body = retrieval_fields(&arguments.retrieval)?;
    body.insert("question".to_owned(), json!(arguments.question));
    body.insert("stream".to_owned(), json!(!json));
    if arguments.no_rerank {
        body.insert("rerank".to_owned(), json!(false));
    }
    let body = Value::Object(body);
    let session = Session::open(config).await?;
    let path = format!("/api/v1/knowledge-bases/{}/ask", segment(&arguments.kb));
    let outcome = if json {
        session
            .api
            .post(&path, &body)
            .await
            .map(|answer| output::json(&answer))
    } else {
        session.api.events(&path, &body, on_event).await
    };
    session.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

fn on_event(name: &str, data: Value) -> anyhow::Result<()> {
    match name {
        "token" => output::piece(text(&data, "/text")),
        "done" => finish(&data),
        "error" => {
            output::line("");
            let (code, message) = (
                text(&data, "/code").to_owned(),
                text(&data, "/message").to_owned(),
            );
            return Err(ApiError { code, message }.into());
        }
        _ => {}
    }
    Ok(())
}

fn finish(answer: &Value) {
    output::line("\n");
    for context in list(answer, "/contexts") {
        output::line(&format!(
            "[{}] {}",
            context["number"],
            place(&context["hit"])
        ));
    }
    print_notices(answer);
    output::note(&rerank_line(&answer["rerank"]));
    output::note(&timings_line(&answer["timings"]));
}
