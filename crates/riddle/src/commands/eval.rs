//! `riddle eval`: evaluation sets and runs, and what runs found.

mod agreement;
mod apply;
mod arm;
mod condition;
mod csv;
mod diff;
#[cfg(test)]
mod example;
mod export;
pub(super) mod figures;
mod files;
mod find;
mod gate;
mod import;
mod judge;
mod judge_by_model;
mod junit;
mod lines;
mod live;
mod looks;
mod make;
mod markdown;
mod quality;
mod report;
mod review;
mod runs;
mod sets;
mod shell;
mod show;
mod start;
mod terminal;
mod wait;

use std::process::ExitCode;

use anyhow::bail;
use uuid::Uuid;

pub(crate) use self::condition::Condition;
use super::unconfirmed;
use crate::api::segment;
use crate::arguments::EvalCommand;
use crate::config::Config;
use crate::session::Session;

const SETS: &str = "/api/v1/evaluations/sets";
const RUNS: &str = "/api/v1/evaluations/runs";

pub(crate) async fn run(
    config: &Config,
    command: &EvalCommand,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match command {
        EvalCommand::DeleteSet { set, yes: false } => {
            bail!(unconfirmed(&format!(
                "the set `{set}` with all its questions"
            )))
        }
        EvalCommand::Delete { run, yes: false } => {
            bail!(unconfirmed(&format!(
                "the run `{run}` with all its results"
            )))
        }
        EvalCommand::Live {
            delete: true,
            yes: false,
        } => bail!(unconfirmed("all that live comparisons have kept")),
        _ => {}
    }
    let session = Session::open(config).await?;
    let outcome = act(&session, command, json).await;
    session.close().await;
    outcome
}

async fn act(session: &Session, command: &EvalCommand, json: bool) -> anyhow::Result<ExitCode> {
    let api = &session.api;
    match command {
        EvalCommand::Import(arguments) => return import::run(api, arguments, json).await,
        EvalCommand::Run(arguments) => return start::run(session, arguments, json).await,
        EvalCommand::Make { set, count, maker } => {
            return make::run(api, set, *count, *maker, json).await;
        }
        EvalCommand::Sets => sets::list(api, json).await?,
        EvalCommand::ShowSet { set, questions } => sets::show(api, set, *questions, json).await?,
        EvalCommand::Collect { set } => sets::collect(api, set, json).await?,
        EvalCommand::Quality { set } => quality::show(api, set, json).await?,
        EvalCommand::Export(arguments) => export::run(api, arguments, json).await?,
        EvalCommand::ExportRun(arguments) => export::run_as_trec(api, arguments, json).await?,
        EvalCommand::DeleteSet { set, .. } => sets::delete(api, set).await?,
        EvalCommand::Review { set } => review::run(api, set, json).await?,
        EvalCommand::Judge {
            run,
            model: Some(model),
            count,
            ..
        } => return judge_by_model::run(api, run, (model.as_str(), *count), json).await,
        EvalCommand::Judge { run, whole, .. } => judge::run(api, run, *whole, json).await?,
        EvalCommand::Recount { run, judge } => {
            runs::recount(api, run, judge.as_deref(), json).await?;
        }
        EvalCommand::Runs { set, limit } => runs::list(api, set.as_deref(), *limit, json).await?,
        EvalCommand::Show(arguments) => show::run(api, arguments, json).await?,
        EvalCommand::Diff {
            run,
            before,
            of,
            before_of,
        } => {
            let arms = (before_of.as_deref(), of.as_deref());
            diff::run(api, (before, run), arms, json).await?;
        }
        EvalCommand::Apply { run, arm } => apply::run(api, run, arm, json).await?,
        EvalCommand::Undo { run } => apply::undo(api, run, json).await?,
        EvalCommand::Note { run, note } => runs::note(api, run, note, json).await?,
        EvalCommand::Live { delete: true, .. } => live::delete(api).await?,
        EvalCommand::Live { delete: false, .. } => live::show(api, json).await?,
        EvalCommand::Pause { run } => runs::control(api, run, "pause", json).await?,
        EvalCommand::Resume { run } => runs::control(api, run, "resume", json).await?,
        EvalCommand::Cancel { run } => runs::control(api, run, "cancel", json).await?,
        EvalCommand::Delete { run, .. } => runs::delete(api, run).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn set_path(set: &str) -> String {
    format!("{SETS}/{}", segment(set))
}

fn run_path(run: Uuid) -> String {
    format!("{RUNS}/{run}")
}
