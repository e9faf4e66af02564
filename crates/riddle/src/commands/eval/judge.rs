use std::collections::HashSet;

use riddle_api::{EvaluationRunDto, PassageToJudgeDto, PassagesToJudgeDto};
use serde_json::{Value, json};

use super::find::find_run;
use super::lines::{line, may_ask};
use super::{run_path, set_path};
use crate::api::{Api, segment};
use crate::output;

const KEYS: &str = "0 not relevant, 1 a little, 2 relevant, 3 answers it, s skip, q quit: ";
/// Most passages that the server gives at a time.
const MOST: usize = 200;
/// Passages that are asked for besides those that were skipped.
const AT_ONCE: usize = 20;

/// What a person says about a passage.
enum Choice {
    Grade(i32),
    Skip,
    Quit,
}

pub(super) async fn run(api: &Api, run: &str, whole: bool, json: bool) -> anyhow::Result<()> {
    let id = find_run(api, run).await?;
    let run: EvaluationRunDto = api.get(&run_path(id)).await?;
    let set = set_path(&run.manifest.set.to_string());
    let mut skipped = HashSet::new();
    let mut judged = 0_u32;
    'all: loop {
        let limit = (AT_ONCE + skipped.len()).min(MOST);
        let order = if whole { "question" } else { "difference" };
        let path = format!("{}/to-judge?limit={limit}&order={order}", run_path(id));
        let open: PassagesToJudgeDto = api.get(&path).await?;
        let mut fresh = open
            .passages
            .into_iter()
            .filter(|one| !skipped.contains(&key(one)))
            .peekable();
        if fresh.peek().is_none() {
            output::note("nothing is left to judge among the first ten of any arm");
            break;
        }
        for one in fresh.collect::<Vec<_>>() {
            if !may_ask()? {
                break 'all;
            }
            if !json {
                show(&one);
            }
            match choose()? {
                Choice::Quit => break 'all,
                Choice::Skip => {
                    skipped.insert(key(&one));
                }
                Choice::Grade(grade) => {
                    let path = format!("{set}/questions/{}/judgments", segment(&one.question));
                    let mut judgment = one.judgment;
                    judgment.grade = grade;
                    let _: Value = api.post(&path, &judgment).await?;
                    judged += 1;
                }
            }
        }
    }
    if json {
        output::json(&json!({"judged": judged, "skipped": skipped.len()}));
    } else {
        output::line(&format!("{judged} judged, {} skipped", skipped.len()));
    }
    if judged > 0 {
        output::note(&format!(
            "`riddle eval recount {id}` counts the run anew with them"
        ));
    }
    Ok(())
}

fn key(one: &PassageToJudgeDto) -> (String, String, Option<u32>) {
    let judgment = &one.judgment;
    (
        one.question.clone(),
        judgment.document.clone(),
        judgment.start,
    )
}

fn show(one: &PassageToJudgeDto) {
    output::line(&format!(
        "\n{}\n\n{}\n{}\n",
        one.text, one.judgment.document, one.passage
    ));
}

/// Asks until there is an answer; the end of the input is one.
fn choose() -> anyhow::Result<Choice> {
    while may_ask()? {
        output::note(KEYS);
        let Some(line) = line()? else {
            break;
        };
        match line.trim().to_lowercase().as_str() {
            "s" | "skip" => return Ok(Choice::Skip),
            "q" | "quit" => return Ok(Choice::Quit),
            grade => {
                if let Some(grade) = grade.parse().ok().filter(|grade| (0..=3).contains(grade)) {
                    return Ok(Choice::Grade(grade));
                }
            }
        }
    }
    Ok(Choice::Quit)
}
