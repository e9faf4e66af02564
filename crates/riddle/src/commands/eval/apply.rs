use riddle_api::{AppliedArmDto, EvaluationReportDto, KnowledgeBaseDto};
use serde_json::{Value, json};

use super::arm::find_arm;
use super::find::find_run;
use super::gate::names;
use super::run_path;
use crate::api::{Api, typed};
use crate::output;

pub(super) async fn run(api: &Api, run: &str, arm: &str, json: bool) -> anyhow::Result<()> {
    // Not `latest`, which may be another run by the time that somebody goes back.
    let run = find_run(api, run).await?;
    let path = run_path(run);
    let report: EvaluationReportDto = api.get(&format!("{path}/report")).await?;
    let names = names(&report);
    let arm = names
        .get(find_arm(&names, arm)?)
        .copied()
        .unwrap_or_default();
    let answer: Value = api
        .post(&format!("{path}/apply"), &json!({ "arm": arm }))
        .await?;
    if json {
        output::json(&answer);
        return Ok(());
    }
    let applied: AppliedArmDto = typed(answer)?;
    let name = &applied.knowledge_base.name;
    output::line(&format!("`{name}` searches as “{arm}” now"));
    let now = serde_json::to_string_pretty(&applied.knowledge_base.retrieval)?;
    output::line(&format!("retrieval {now}"));
    output::line(&format!(
        "before {}",
        serde_json::to_string_pretty(&applied.before)?
    ));
    output::line(&format!("To go back:\n  riddle eval undo {run}"));
    Ok(())
}

/// Gives the knowledge base of a run the settings that it had before it took over the last arm.
pub(super) async fn undo(api: &Api, run: &str, json: bool) -> anyhow::Result<()> {
    let path = run_path(find_run(api, run).await?);
    let answer: Value = api.post(&format!("{path}/undo"), &json!({})).await?;
    if json {
        output::json(&answer);
        return Ok(());
    }
    let now: KnowledgeBaseDto = typed(answer)?;
    output::line(&format!("`{}` searches as before", now.name));
    let now = serde_json::to_string_pretty(&now.retrieval)?;
    output::line(&format!("retrieval {now}"));
    Ok(())
}
