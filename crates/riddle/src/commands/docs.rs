use std::process::ExitCode;

use riddle_api::{DocumentDto, DocumentListDto, FolderDto};
use serde::Serialize;
use serde_json::{Value, json};

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
        DocsCommand::List { kb, status, folder } => {
            let listed = listed(api, kb, status.as_deref(), folder.as_deref()).await?;
            match (json, folder) {
                (true, None) => output::json(&listed.documents),
                (true, Some(_)) => output::json(&listed),
                (false, _) => {
                    listed.folders.iter().for_each(print_folder);
                    listed.documents.iter().for_each(print_line);
                }
            }
        }
        DocsCommand::Show { document } => {
            let path = format!("/api/v1/documents/{}", segment(document));
            output::json(&api.get::<Value>(&path).await?);
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

/// What a knowledge base or a folder of it holds.
#[derive(Default, Serialize)]
struct Listed {
    folders: Vec<FolderDto>,
    documents: Vec<DocumentDto>,
}

/// All documents of a knowledge base in a status.
pub(super) async fn all_documents(
    api: &Api,
    kb: &str,
    status: Option<&str>,
) -> anyhow::Result<Vec<DocumentDto>> {
    Ok(listed(api, kb, status, None).await?.documents)
}

/// All documents in a status, page by page; with a folder, those that lie in it and the folders there.
async fn listed(
    api: &Api,
    kb: &str,
    status: Option<&str>,
    folder: Option<&str>,
) -> anyhow::Result<Listed> {
    let mut listed = Listed::default();
    let mut cursor: Option<String> = None;
    loop {
        let mut path = format!(
            "/api/v1/knowledge-bases/{}/documents?limit=1000",
            segment(kb)
        );
        if let Some(status) = status {
            path.push_str(&format!("&status={}", segment(status)));
        }
        if let Some(folder) = folder {
            path.push_str(&format!("&folder={}", segment(folder)));
        }
        if let Some(cursor) = &cursor {
            path.push_str(&format!("&cursor={}", segment(cursor)));
        }
        let page: DocumentListDto = api.get(&path).await?;
        listed.folders.extend(page.folders);
        listed.documents.extend(page.documents);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(listed);
        }
    }
}

fn print_folder(folder: &FolderDto) {
    let documents = match folder.documents {
        1 => "1 document".to_owned(),
        many => format!("{many} documents"),
    };
    output::line(&format!("{}/  {documents}", folder.name));
}

fn print_line(document: &DocumentDto) {
    let failure = document.failure.as_ref();
    let failure = failure.map(|failure| format!("\n    {}", failure.message));
    let warnings: String = document
        .warnings
        .iter()
        .map(|warning| format!("\n    warning: {}", warning.message))
        .collect();
    output::line(&format!(
        "{}  {:<9}  {:>5} chunks  {}{}{warnings}",
        document.id,
        document.status,
        document.chunk_count,
        document.name,
        failure.unwrap_or_default()
    ));
}
