use std::process::ExitCode;

use serde_json::{Value, json};

use super::{list, number, text};
use crate::api::{Api, segment};
use crate::arguments::DocsCommand;
use crate::config::Config;
use crate::output;
use crate::session::Session;

pub(crate) async fn run(
    config: &Config,
    command: &DocsCommand,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let session = Session::open(config).await?;
    let outcome = act(&session.api, command, json).await;
    session.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn act(api: &Api, command: &DocsCommand, json: bool) -> anyhow::Result<()> {
    match command {
        DocsCommand::List { kb, status } => {
            let documents = all_documents(api, kb, status.as_deref()).await?;
            if json {
                output::json(&Value::Array(documents));
            } else {
                documents.iter().for_each(print_line);
            }
        }
        DocsCommand::Show { document } => {
            output::json(
                &api.get(&format!("/api/v1/documents/{}", segment(document)))
                    .await?,
            );
        }
        DocsCommand::Delete { document } => {
            api.delete(&format!("/api/v1/documents/{}", segment(document)))
                .await?;
            output::note("deleted");
        }
        DocsCommand::Retry { document } => {
            let path = format!("/api/v1/documents/{}/retry", segment(document));
            print_line(&api.post(&path, &json!({})).await?);
        }
    }
    Ok(())
}

/// All documents of a knowledge base in a status, page by page.
pub(super) async fn all_documents(
    api: &Api,
    kb: &str,
    status: Option<&str>,
) -> anyhow::Result<Vec<Value>> {
    let mut documents = Vec::new();
    let mut cursor = String::new();
    loop {
        let mut path = format!(
            "/api/v1/knowledge-bases/{}/documents?limit=1000",
            segment(kb)
        );
        if let Some(status) = status {
            path.push_str(&format!("&status={}", segment(status)));
        }
        if !cursor.is_empty() {
            path.push_str(&format!("&cursor={}", segment(&cursor)));
        }
        let page = api.get(&path).await?;
        documents.extend_from_slice(list(&page, "/documents"));
        text(&page, "/next_cursor").clone_into(&mut cursor);
        if cursor.is_empty() {
            return Ok(documents);
        }
    }
}

fn print_line(document: &Value) {
    let failure = text(document, "/failure/message");
    output::line(&format!(
        "{}  {:<9}  {:>5} chunks  {}{}",
        text(document, "/id"),
        text(document, "/status"),
        number(document, "/chunk_count"),
        text(document, "/name"),
        if failure.is_empty() {
            String::new()
        } else {
            format!("\n    {failure}")
        }
    ));
}
