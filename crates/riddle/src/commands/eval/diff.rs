use riddle_api::{EvaluationRunDto, MovedQuestionDto, RunDiffDto};
use riddle_evaluation::TUNED_ARM;
use serde_json::Value;
use uuid::Uuid;

use super::arm::find_arm;
use super::figures::signed;
use super::find::find_run;
use super::gate::diff_path;
use super::report::{Section, earlier_run};
use super::{run_path, terminal};
use crate::api::{Api, typed};
use crate::output;

/// Most questions that are shown of those that have moved.
const SHOWN: usize = 10;

/// Shows how the second run differs from the first one, each in the arm that is given.
pub(super) async fn run(
    api: &Api,
    runs: (&str, &str),
    arms: (Option<&str>, Option<&str>),
    json: bool,
) -> anyhow::Result<()> {
    let (before, run) = (find_run(api, runs.0).await?, find_run(api, runs.1).await?);
    let before_arm = arm(api, before, arms.0).await?;
    let arm = arm(api, run, arms.1).await?;
    let path = diff_path(run, before, (before_arm.as_deref(), arm.as_deref()));
    let answer: Value = api.get(&path).await?;
    if json {
        output::json(&answer);
        return Ok(());
    }
    let before: EvaluationRunDto = api.get(&run_path(before)).await?;
    let found = (before, typed::<RunDiffDto>(answer)?);
    let mut sections = vec![earlier_run::section(&found)];
    let (_, diff) = &found;
    sections.extend(moved("Worse", &diff.worse));
    sections.extend(moved("Better", &diff.better));
    terminal::print(&sections);
    Ok(())
}

/// The whole name of an arm of a run.
async fn arm(api: &Api, run: Uuid, given: Option<&str>) -> anyhow::Result<Option<String>> {
    let Some(given) = given else {
        return Ok(None);
    };
    let run: EvaluationRunDto = api.get(&run_path(run)).await?;
    let own = run.manifest.arms.iter().map(|arm| arm.name.as_str());
    // It is in the report alone, and the server knows whether there is one.
    let names: Vec<&str> = own.chain([TUNED_ARM]).collect();
    let place = find_arm(&names, given)?;
    Ok(names.get(place).map(|name| (*name).to_owned()))
}

fn moved(title: &str, questions: &[MovedQuestionDto]) -> Option<Section> {
    let shown = questions.iter().take(SHOWN);
    let lines: Vec<String> = shown
        .map(|question| format!("{}  nDCG@10 {}", question.id, signed(question.difference)))
        .collect();
    (!lines.is_empty()).then(|| Section {
        title: format!("{title}: {} of {}", lines.len(), questions.len()),
        table: None,
        lines,
    })
}
