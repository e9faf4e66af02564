use std::process::ExitCode;

use anyhow::bail;
use riddle_api::{DocumentDto, DocumentListDto, FolderDto};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::{Api, ApiError, segment};
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
            output::json(&api.get::<Value>(&path_of(document)?).await?);
        }
        DocsCommand::Delete { document } => {
            api.delete(&path_of(document)?).await?;
            output::note("deleted");
        }
        DocsCommand::Retry {
            document,
            all,
            status,
            discard_edits,
        } => match (document, all) {
            (Some(document), _) => {
                let queued = retry(api, document, *discard_edits).await?;
                match json {
                    true => output::json(&queued),
                    false => print_line(&queued),
                }
            }
            (None, Some(kb)) => {
                let outcome = retry_all(api, kb, status.as_deref(), *discard_edits).await?;
                match json {
                    true => output::json(&outcome),
                    false => outcome.note(),
                }
            }
            (None, None) => {}
        },
    }
    Ok(())
}

async fn retry(api: &Api, document: &str, discard_edits: bool) -> anyhow::Result<DocumentDto> {
    let path = path_of(document)?;
    let path = format!("{path}/retry?discard_edits={discard_edits}");
    api.post(&path, &json!({})).await
}

/// The address of a document by its id as it was typed.
fn path_of(document: &str) -> anyhow::Result<String> {
    let Ok(id) = document.parse::<Uuid>() else {
        bail!(ApiError::invalid(format!(
            "`{document}` is no id of a document; `riddle docs list KB` shows them"
        )));
    };
    Ok(format!("/api/v1/documents/{id}"))
}

/// What became of the documents that were to be processed anew.
#[derive(Default, Serialize)]
struct RetryOutcome {
    queued: Vec<Uuid>,
    left: Vec<LeftDocument>,
}

/// A document that stays as it is.
#[derive(Serialize)]
struct LeftDocument {
    id: Uuid,
    name: String,
    reason: String,
}

impl RetryOutcome {
    fn note(&self) {
        for left in &self.left {
            output::note(&format!("{}: {}", left.name, left.reason));
        }
        let (queued, left) = (self.queued.len(), self.left.len());
        output::note(&format!("{queued} queued, {left} left as they are"));
    }
}

/// Queues what can be processed anew.
async fn retry_all(
    api: &Api,
    kb: &str,
    status: Option<&str>,
    discard_edits: bool,
) -> anyhow::Result<RetryOutcome> {
    let wanted = status.unwrap_or("ready,failed");
    let mut outcome = RetryOutcome::default();
    for DocumentDto { id, name, .. } in all_documents(api, kb, Some(wanted)).await? {
        match retry(api, &id.to_string(), discard_edits).await {
            Ok(_) => outcome.queued.push(id),
            Err(error) => {
                let reason = error.to_string();
                outcome.left.push(LeftDocument { id, name, reason });
            }
        }
    }
    Ok(outcome)
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
