use std::process::ExitCode;

use indicatif::ProgressBar;
use riddle_api::{
    EvaluationQuestionDto, LeftOutCountDto, LeftOutDto, MakeEvaluationQuestions, QuestionMakerDto,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::sets::print_judgments;
use super::wait::{bar, unless_interrupted};
use super::{set_path, shell};
use crate::api::{Api, sent_error, typed};
use crate::arguments::Maker;
use crate::{exit, output};

/// The data of `made`.
#[derive(Deserialize)]
struct Made {
    question: EvaluationQuestionDto,
}

/// The same, with the question as the server sent it.
#[derive(Deserialize)]
struct Sent {
    question: Value,
}

/// The data of `done`.
#[derive(Deserialize)]
struct Done {
    made: u32,
    left_out: Vec<LeftOutCountDto>,
}

/// What has come so far.
struct Making {
    bar: ProgressBar,
    json: bool,
    questions: Vec<Value>,
    done: Option<Done>,
}

pub(super) async fn run(
    api: &Api,
    set: &str,
    count: u32,
    maker: Option<Maker>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let body = MakeEvaluationQuestions {
        count,
        maker: maker.map(|maker| match maker {
            Maker::Model => QuestionMakerDto::Model,
            Maker::Headings => QuestionMakerDto::Headings,
        }),
    };
    let mut making = Making {
        bar: bar(
            u64::from(count),
            "{bar:30} {pos}/{len} questions  {elapsed} elapsed",
        )?,
        json,
        questions: Vec::new(),
        done: None,
    };
    let path = format!("{}/questions/make", set_path(set));
    let events = api.events(&path, &body, |name, data| making.on_event(name, data));
    let ended = unless_interrupted(events).await;
    making.bar.finish_and_clear();
    let Some(ended) = ended else {
        output::note("interrupted; the questions that were made are kept");
        tell_to_review(set);
        return Ok(exit::interrupted());
    };
    ended?;
    let Some(done) = making.done else {
        anyhow::bail!("the server ended the answer early; the questions that were made are kept");
    };
    if json {
        output::json(&json!({
            "questions": making.questions, "made": done.made, "left_out": done.left_out
        }));
    } else {
        output::line(&summary(&done));
    }
    if done.made > 0 {
        tell_to_review(set);
    }
    Ok(ExitCode::SUCCESS)
}

impl Making {
    fn on_event(&mut self, name: &str, data: Value) -> anyhow::Result<()> {
        match name {
            "made" => {
                self.bar.inc(1);
                if self.json {
                    let Sent { question } = typed(data)?;
                    self.questions.push(question);
                } else {
                    let Made { question } = typed(data)?;
                    self.bar.suspend(|| {
                        output::line(&question.text);
                        print_judgments(&question);
                    });
                }
            }
            "done" => self.done = Some(typed(data)?),
            "error" => return Err(sent_error(data)),
            _ => {}
        }
        Ok(())
    }
}

fn tell_to_review(set: &str) {
    output::note(&format!(
        "nobody has looked at them yet: `riddle eval review {}` shows them one by one",
        shell::quoted(set)
    ));
}

fn summary(done: &Done) -> String {
    let mut line = format!("{} questions made", done.made);
    let reasons: Vec<String> = done
        .left_out
        .iter()
        .map(|left_out| format!("{} {}", left_out.count, reason(left_out.reason)))
        .collect();
    if !reasons.is_empty() {
        line.push_str(&format!(
            "; passages that gave none: {}",
            reasons.join(", ")
        ));
    }
    line
}

fn reason(reason: LeftOutDto) -> &'static str {
    match reason {
        LeftOutDto::NoQuestion => "without a question",
        LeftOutDto::Dangling => "with one that points at a text that its reader does not see",
        LeftOutDto::Duplicate => "with one that the set has already",
        LeftOutDto::Copied => "with one that repeats the passage",
        LeftOutDto::NotFound => "that a search for it does not find",
        LeftOutDto::KnownAnyway => "with one that the model answers without it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_why_passages_gave_none() {
        let left_out = |reason, count| LeftOutCountDto { reason, count };
        let mut done = Done {
            made: 3,
            left_out: Vec::new(),
        };
        assert_eq!(summary(&done), "3 questions made");
        done.left_out = vec![
            left_out(LeftOutDto::Dangling, 2),
            left_out(LeftOutDto::NotFound, 1),
        ];
        assert_eq!(
            summary(&done),
            "3 questions made; passages that gave none: 2 with one that points at a text that its reader does not \
             see, 1 that a search for it does not find"
        );
    }
}
