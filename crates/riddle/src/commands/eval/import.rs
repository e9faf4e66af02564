use std::process::ExitCode;

use anyhow::ensure;
use riddle_api::{CreatedEvaluationSetDto, DocumentListDto};
use serde::Serialize;
use serde_json::Value;

use super::files::{self, SetFile, TooLarge};
use super::wait::{POLL, bar};
use super::{SETS, sets};
use crate::api::{Api, ApiError, segment, typed};
use crate::arguments::EvalImport;
use crate::{exit, output};

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
    refuse_name_of_file(arguments)?;
    let instead = import_apart(&arguments.name);
    let too_large = TooLarge {
        what: "the files",
        instead: &instead,
    };
    let files = files::read_to_send(&arguments.paths, too_large)?;
    let body = NewSet {
        name: &arguments.name,
        description: &arguments.description,
        knowledge_base: arguments.kb.as_deref(),
        format: arguments.format,
        files,
    };
    files::check_body(&body, too_large)?;
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

/// Refuses to make an empty set of a file's name: who gives only that has forgotten the name of the set.
fn refuse_name_of_file(arguments: &EvalImport) -> anyhow::Result<()> {
    let name = &arguments.name;
    ensure!(
        !arguments.paths.is_empty() || !(name.contains('/') || files::has_ending(name)),
        ApiError::invalid(format!(
            "the name of the set comes first and then its files, such as `riddle eval import questions {}`",
            super::shell::quoted(name)
        ))
    );
    Ok(())
}

/// How a set comes in whose files the server does not take at once.
fn import_apart(name: &str) -> String {
    format!(
        "add the documents as files with `riddle ingest KB FOLDER`, then import the questions and judgments alone with \
         `riddle eval import {} … --kb KB`, in which documents are named as `riddle docs list KB` names them",
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
