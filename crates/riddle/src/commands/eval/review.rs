use riddle_api::{EvaluationQuestionDto, QuestionReviewDto};
use serde_json::{Value, json};

use super::lines::{line, may_ask};
use super::set_path;
use super::sets::{all_questions, print_judgments};
use crate::api::{Api, segment};
use crate::output;

const KEYS: &str = "y keep, n throw away, e edit, s skip, q quit: ";

/// What a person says about a question.
enum Choice {
    Keep,
    ThrowAway,
    Edit,
    Skip,
    Quit,
}

/// What has been said so far.
#[derive(Default)]
struct Tally {
    kept: u32,
    thrown_away: u32,
    edited: u32,
}

pub(super) async fn run(api: &Api, set: &str, json: bool) -> anyhow::Result<()> {
    let mut questions = all_questions(api, set).await?;
    questions.retain(|question| question.review == QuestionReviewDto::Unreviewed);
    let all = questions.len();
    let mut tally = Tally::default();
    for (seen, question) in questions.iter().enumerate() {
        if !may_ask()? {
            break;
        }
        output::note(&format!("\n{} of {all}", seen + 1));
        if !json {
            output::line(&question.text);
            print_judgments(question);
        }
        if !ask(api, set, question, &mut tally).await? {
            break;
        }
    }
    let Tally {
        kept,
        thrown_away,
        edited,
    } = tally;
    let left = all as u64 - u64::from(kept) - u64::from(thrown_away) - u64::from(edited);
    if json {
        output::json(&json!({
            "kept": kept, "thrown_away": thrown_away, "edited": edited, "left": left
        }));
    } else {
        output::line(&format!(
            "{kept} kept, {edited} edited and kept, {thrown_away} thrown away; {left} left to review"
        ));
    }
    Ok(())
}

/// Asks about a question until it is settled. `false` ends the review.
async fn ask(
    api: &Api,
    set: &str,
    question: &EvaluationQuestionDto,
    tally: &mut Tally,
) -> anyhow::Result<bool> {
    while may_ask()? {
        output::note(KEYS);
        let Some(line) = line()? else {
            break;
        };
        let (change, count) = match choice(&line) {
            None => continue,
            Some(Choice::Quit) => return Ok(false),
            Some(Choice::Skip) => return Ok(true),
            Some(Choice::Keep) => (json!({"review": "confirmed"}), &mut tally.kept),
            Some(Choice::ThrowAway) => (json!({"review": "rejected"}), &mut tally.thrown_away),
            Some(Choice::Edit) => {
                output::note("the question in your words (an empty line leaves it as it is):");
                let Some(text) = line_with_text()? else {
                    continue;
                };
                (
                    json!({"text": text, "review": "confirmed"}),
                    &mut tally.edited,
                )
            }
        };
        let path = format!("{}/questions/{}", set_path(set), segment(&question.id));
        match api.patch::<Value>(&path, &change).await {
            Ok(_) => {
                *count += 1;
                return Ok(true);
            }
            Err(error) if is_about_the_text(&error) => output::error(&format!("{error:#}")),
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Whether another text may be taken.
fn is_about_the_text(error: &anyhow::Error) -> bool {
    let api = error.downcast_ref::<crate::api::ApiError>();
    api.is_some_and(|api| api.code == "invalid_request")
}

fn choice(line: &str) -> Option<Choice> {
    match line.trim().to_lowercase().as_str() {
        "y" | "yes" => Some(Choice::Keep),
        "n" | "no" => Some(Choice::ThrowAway),
        "e" | "edit" => Some(Choice::Edit),
        "s" | "skip" => Some(Choice::Skip),
        "q" | "quit" => Some(Choice::Quit),
        _ => None,
    }
}

fn line_with_text() -> anyhow::Result<Option<String>> {
    let line = line()?.map(|line| line.trim().to_owned());
    Ok(line.filter(|line| !line.is_empty()))
}
