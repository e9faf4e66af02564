use std::process::ExitCode;

use anyhow::Context;
use riddle_api::{EvaluationRunDto, ExpectedPowerDto, QuestionScopeDto};
use serde_json::{Map, Value, json};

use super::files::{self, TooLarge};
use super::find::find_run;
use super::gate::Found;
use super::wait::wait_for_report;
use super::{RUNS, quality, set_path, show};
use crate::api::{Api, ApiError, typed};
use crate::arguments::EvalRun;
use crate::session::Session;
use crate::{exit, output};

/// What is said of runs of other systems that the server would not take.
const TOO_LARGE: TooLarge<'_> = TooLarge {
    what: "the files of --trec-run",
    instead: "keep fewer documents of each question",
};

pub(super) async fn run(
    session: &Session,
    arguments: &EvalRun,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let api = &session.api;
    let body = body(arguments)?;
    let mut gate = arguments.gate.clone();
    // Before the new run is the latest.
    if let Some(before) = &mut gate.against {
        *before = find_run(api, before).await?.to_string();
    }
    let power = expected_power(api, arguments).await;
    let answer: Value = api.post(RUNS, &body).await?;
    let run: EvaluationRunDto = typed(answer.clone())?;
    output::note(&format!(
        "run {}: {} questions in {} arms",
        run.id,
        run.total,
        run.manifest.arms.len()
    ));
    if let Some(power) = power.as_ref().and_then(quality::power) {
        output::note(&power);
    }
    if arguments.no_wait {
        print_started(&run, &answer, json);
        tell_how_it_goes_on(session);
        return Ok(ExitCode::SUCCESS);
    }
    if !wait_for_report(api, run.id).await? {
        output::note(&format!(
            "the run goes on; `riddle eval show {0}` shows what it finds, `riddle eval cancel {0}` ends it",
            run.id
        ));
        tell_how_it_goes_on(session);
        return Ok(exit::interrupted());
    }
    let found = Found::load(api, run.id, &gate).await;
    let found = found.with_context(|| format!("the run {} is finished", run.id))?;
    show::print(&found, json);
    show::check(&found, &gate)?;
    Ok(ExitCode::SUCCESS)
}

/// What the run can be expected to see. It is a note: whatever is wrong is said by the run itself.
async fn expected_power(api: &Api, arguments: &EvalRun) -> Option<ExpectedPowerDto> {
    let scope = if arguments.dev { "dev" } else { "all" };
    let limit = arguments.limit.map(|limit| format!("&limit={limit}"));
    let limit = limit.unwrap_or_default();
    let path = format!(
        "{}/power?questions={scope}{limit}",
        set_path(&arguments.set)
    );
    api.get(&path).await.ok()
}

fn body(arguments: &EvalRun) -> anyhow::Result<Value> {
    let scope = if arguments.dev {
        QuestionScopeDto::Dev
    } else {
        QuestionScopeDto::All
    };
    let arms = arguments.arms.iter().map(|arm| read(arm));
    let arms: Vec<Value> = arms.collect::<Result<_, ApiError>>()?;
    let files = files::read_to_send(&arguments.trec_runs, TOO_LARGE)?;
    let trec_runs: Vec<Value> = files.iter().map(|file| json!({ "file": file })).collect();
    let body = json!({
        "set": arguments.set,
        "name": arguments.name,
        "arms": arms,
        "questions": scope,
        "limit": arguments.limit,
        "answers": arguments.answers,
        "other_knowledge_bases": arguments.with_kbs,
        "trec_runs": trec_runs,
    });
    if !files.is_empty() {
        files::check_body(&body, TOO_LARGE)?;
    }
    Ok(body)
}

fn read(arm: &str) -> Result<Value, ApiError> {
    let read: Result<Map<String, Value>, _> = serde_json::from_str(arm);
    read.map(Value::Object).map_err(|error| {
        ApiError::invalid(format!(
            "--arm must be a JSON object, such as '{{\"name\": \"rerank 50\", \"mode\": \"hybrid\", \"top_k\": 50, \
             \"top_n\": 3, \"rerank\": {{}}}}': {error}"
        ))
    })
}

fn print_started(run: &EvaluationRunDto, answer: &Value, json: bool) {
    if json {
        output::json(answer);
    } else {
        output::line(&run.id.to_string());
    }
}

fn tell_how_it_goes_on(session: &Session) {
    if session.is_own() {
        output::note(
            "no server runs on the data folder: the run goes on while one does, such as `riddle serve`",
        );
    }
}
