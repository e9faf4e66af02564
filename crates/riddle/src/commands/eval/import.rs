use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use riddle_api::{CreatedEvaluationSetDto, DocumentListDto};
use serde::Serialize;
use serde_json::Value;

use super::files::{self, SetFile};
use super::wait::{POLL, bar};
use super::{SETS, sets};
use crate::api::{Api, ApiError, segment, typed};
use crate::arguments::EvalImport;
use crate::{exit, output};

/// Bytes of a body that the server takes.
pub(super) const MAX_BODY_BYTES: u64 = 32 << 20;

/// The set to make, as the server takes it.
#[derive(Serialize)]
struct NewSet<'a> {
    name: &'a str,
    description: &'a str,
    knowledge_base: Option<&'a str>,
    format: Option<riddle_evaluation::formats::Format>,
    files: Vec<SetFile>,
}

pub(super) async fn run(api: &Api, arguments: &EvalImport, json: bool) -> anyhow::Result<ExitCode> {
    let (files, bytes) = files_of(&arguments.paths)?;
    check_size(bytes, &arguments.name)?;
    let body = NewSet {
        name: &arguments.name,
        description: &arguments.description,
        knowledge_base: arguments.kb.as_deref(),
        format: arguments.format,
        files,
    };
    check_size(serde_json::to_vec(&body)?.len() as u64, &arguments.name)?;
    let answer: Value = api.post(SETS, &body).await?;
    let created: CreatedEvaluationSetDto = typed(answer.clone())?;
    for warning in &created.warnings {
        output::note(warning);
    }
    let knowledge_base = &created.set.knowledge_base;
    let failed = if arguments.no_wait {
        0
    } else {
        wait_for_documents(api, &knowledge_base.id.to_string()).await?
    };
    if json {
        output::json(&answer);
    } else {
        sets::print_line(&created.set);
    }
    if failed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    output::note(&format!(
        "{failed} documents of the knowledge base failed; `riddle docs list {} --status failed` says why",
        super::shell::quoted(&knowledge_base.name)
    ));
    Ok(ExitCode::from(exit::PARTIAL))
}

/// The files and their bytes.
fn files_of(paths: &[PathBuf]) -> anyhow::Result<(Vec<SetFile>, u64)> {
    if paths.is_empty() {
        return Ok((Vec::new(), 0));
    }
    files::read(paths, MAX_BODY_BYTES)
}

fn check_size(bytes: u64, name: &str) -> anyhow::Result<()> {
    ensure!(
        bytes <= MAX_BODY_BYTES,
        ApiError {
            code: "payload_too_large".to_owned(),
            message: too_large(bytes, name),
        }
    );
    Ok(())
}

fn too_large(bytes: u64, name: &str) -> String {
    format!(
        "the files come to {}, and the server takes {} at once; add the documents as files with `riddle ingest KB \
         FOLDER`, then import the questions and judgments alone with `riddle eval import {} … --kb KB`, in which \
         documents are named as `riddle docs list KB` names them",
        indicatif::HumanBytes(bytes),
        indicatif::HumanBytes(MAX_BODY_BYTES),
        super::shell::quoted(name)
    )
}

/// Waits until every document of a knowledge base is ready or has failed. Returns how many have failed.
async fn wait_for_documents(api: &Api, kb: &str) -> anyhow::Result<u64> {
    let bar = bar(
        0,
        "{bar:30} {pos}/{len} documents  {elapsed} elapsed, {eta} left",
    )?;
    let mut said = false;
    loop {
        // In this order, so that none is counted as done before it was counted at all.
        let ready = count(api, kb, Some("ready")).await?;
        let failed = count(api, kb, Some("failed")).await?;
        let all = count(api, kb, None).await?;
        bar.set_length(all);
        bar.set_position(ready + failed);
        if ready + failed >= all {
            bar.finish_and_clear();
            return Ok(failed);
        }
        if !said {
            let left = all - ready - failed;
            bar.suspend(|| output::note(&format!("waiting for {left} documents to be processed")));
            said = true;
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn count(api: &Api, kb: &str, status: Option<&str>) -> anyhow::Result<u64> {
    let mut path = format!("/api/v1/knowledge-bases/{}/documents?limit=1", segment(kb));
    if let Some(status) = status {
        path.push_str(&format!("&status={status}"));
    }
    let page: DocumentListDto = api.get(&path).await?;
    Ok(page.total)
}
