use std::collections::HashSet;
use std::ops::ControlFlow;

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
    let mut judging = Judging {
        api,
        set,
        skipped: HashSet::new(),
        judged: 0,
        shows: !json,
    };
    let order = if whole { "question" } else { "difference" };
    judging.judge_all(&run_path(id), order).await?;
    let Judging {
        judged, skipped, ..
    } = judging;
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

/// What a person has judged so far.
struct Judging<'a> {
    api: &'a Api,
    /// Address of the set whose questions the passages are judged for.
    set: String,
    skipped: HashSet<Key>,
    judged: u32,
    /// Whether passages are shown, for which JSON leaves no room.
    shows: bool,
}

impl Judging<'_> {
    /// Goes on until nothing is left to judge, or the person has had enough.
    async fn judge_all(&mut self, run: &str, order: &str) -> anyhow::Result<()> {
        loop {
            let limit = (AT_ONCE + self.skipped.len()).min(MOST);
            let path = format!("{run}/to-judge?limit={limit}&order={order}");
            let open: PassagesToJudgeDto = self.api.get(&path).await?;
            let mut fresh = open.passages;
            fresh.retain(|one| !self.skipped.contains(&key(one)));
            if fresh.is_empty() {
                output::note("nothing is left to judge among the first ten of any arm");
                return Ok(());
            }
            for one in fresh {
                if self.judge(one).await?.is_break() {
                    return Ok(());
                }
            }
        }
    }

    async fn judge(&mut self, one: PassageToJudgeDto) -> anyhow::Result<ControlFlow<()>> {
        if !may_ask()? {
            return Ok(ControlFlow::Break(()));
        }
        if self.shows {
            show(&one);
        }
        match choose()? {
            Choice::Quit => return Ok(ControlFlow::Break(())),
            Choice::Skip => {
                self.skipped.insert(key(&one));
            }
            Choice::Grade(grade) => {
                let question = segment(&one.question);
                let path = format!("{}/questions/{question}/judgments", self.set);
                let mut judgment = one.judgment;
                judgment.grade = grade;
                let _: Value = self.api.post(&path, &judgment).await?;
                self.judged += 1;
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Question, document and place of a passage.
type Key = (String, String, Option<u32>);

fn key(one: &PassageToJudgeDto) -> Key {
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
