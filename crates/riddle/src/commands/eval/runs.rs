use riddle_api::{EvaluationRunDto, EvaluationRunListDto, RunStatusDto};
use serde_json::{Value, json};

use super::find::find_run;
use super::report::Table;
use super::terminal::aligned;
use super::{RUNS, run_path};
use crate::api::{Api, segment};
use crate::commands;
use crate::output;

const HEAD: [&str; 6] = ["run", "name", "set", "started", "status", "questions"];
/// Characters of an id that tell runs of the same minute apart.
const SHORT_ID: usize = 13;

pub(super) async fn list(
    api: &Api,
    set: Option<&str>,
    limit: u32,
    json: bool,
) -> anyhow::Result<()> {
    let of = set.map_or_else(String::new, |set| format!("&set={}", segment(set)));
    let answer: Value = api.get(&format!("{RUNS}?limit={limit}{of}")).await?;
    commands::show(answer, json, |page: &EvaluationRunListDto| {
        if page.runs.is_empty() {
            output::note("there is no run yet; start one with `riddle eval run SET`");
            return;
        }
        let table = page.runs.iter().fold(Table::new(5, &HEAD), |table, run| {
            table.row([
                run.id.to_string(),
                run.name.clone(),
                run.manifest.set_name.clone(),
                run.created_at.clone(),
                status(run.status).to_owned(),
                format!("{}/{}", run.done, run.total),
            ])
        });
        output::line(&aligned(&table));
        page.runs.iter().for_each(said);
        if page.next_cursor.is_some() {
            output::note("there are older ones; see more with --limit");
        }
    })
}

/// What a run found, and what a person says about it.
fn said(run: &EvaluationRunDto) {
    let id: String = run.id.to_string().chars().take(SHORT_ID).collect();
    if let Some(headline) = &run.headline {
        output::line(&format!("\n{id}  {}", headline.en));
    }
    if !run.note.is_empty() {
        output::line(&format!("{id}  note: {}", run.note));
    }
}

pub(super) async fn note(api: &Api, run: &str, note: &str, json: bool) -> anyhow::Result<()> {
    let id = find_run(api, run).await?;
    let answer = api.patch(&run_path(id), &json!({ "note": note })).await?;
    commands::show(answer, json, |run: &EvaluationRunDto| {
        output::line(&format!("{}  {}  {}", run.id, run.name, run.note));
    })
}

pub(super) async fn control(api: &Api, run: &str, action: &str, json: bool) -> anyhow::Result<()> {
    let id = find_run(api, run).await?;
    let path = format!("{}/control", run_path(id));
    let answer = api.post(&path, &json!({ "action": action })).await?;
    commands::show(answer, json, |run: &EvaluationRunDto| {
        let place = format!("{} of {} questions done", run.done, run.total);
        output::line(&format!(
            "{}  {}  {}, {place}",
            run.id,
            run.name,
            status(run.status)
        ));
    })
}

pub(super) async fn recount(
    api: &Api,
    run: &str,
    judge: Option<&str>,
    json: bool,
) -> anyhow::Result<()> {
    let id = find_run(api, run).await?;
    let mut path = format!("{}/recount", run_path(id));
    if let Some(judge) = judge {
        path.push_str(&format!("?judge={}", segment(judge)));
    }
    let answer = api.post(&path, &json!({})).await?;
    commands::show(answer, json, |run: &EvaluationRunDto| {
        output::line(&format!(
            "{}  {}  recounted; see `riddle eval show {0}`",
            run.id, run.name
        ));
    })
}

pub(super) async fn delete(api: &Api, run: &str) -> anyhow::Result<()> {
    let id = find_run(api, run).await?;
    api.delete(&run_path(id)).await?;
    output::note(&format!("deleted {id}"));
    Ok(())
}

fn status(status: RunStatusDto) -> &'static str {
    match status {
        RunStatusDto::Queued => "queued",
        RunStatusDto::Running => "running",
        RunStatusDto::Paused => "paused",
        RunStatusDto::Finished => "finished",
        RunStatusDto::Cancelled => "cancelled",
        RunStatusDto::Failed => "failed",
    }
}
