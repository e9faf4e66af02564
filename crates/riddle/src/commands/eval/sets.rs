use riddle_api::{
    CollectedQuestionsDto, EvaluationQuestionDto, EvaluationQuestionListDto, EvaluationSetDto,
    EvaluationSetListDto, JudgmentDto, TestLookListDto,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::looks;
use super::report::Table;
use super::terminal::aligned;
use super::{SETS, set_path};
use crate::api::{Api, typed};
use crate::commands;
use crate::output;

/// Questions that are read at once.
const PAGE: u32 = 1_000;

const HEAD: [&str; 8] = [
    "set",
    "knowledge base",
    "questions",
    "dev",
    "test",
    "confirmed",
    "rejected",
    "looks at test",
];

pub(super) async fn list(api: &Api, json: bool) -> anyhow::Result<()> {
    commands::show(api.get(SETS).await?, json, |all: &EvaluationSetListDto| {
        if all.sets.is_empty() {
            output::note("there is no evaluation set; make one with `riddle eval import`");
            return;
        }
        let table = all.sets.iter().fold(Table::new(2, &HEAD), |table, set| {
            let counts = [
                set.questions,
                set.dev,
                set.test,
                set.confirmed,
                set.rejected,
            ];
            let names = [set.name.clone(), set.knowledge_base.name.clone()];
            let numbers = counts.iter().map(u64::to_string);
            table.row(
                names
                    .into_iter()
                    .chain(numbers)
                    .chain([set.test_looks.to_string()]),
            )
        });
        output::line(&aligned(&table));
    })
}

/// A page of questions as the server sent them.
#[derive(Deserialize)]
struct SentQuestions {
    questions: Vec<Value>,
}

/// The looks at a set as the server sent them.
#[derive(Deserialize)]
struct SentLooks {
    looks: Vec<Value>,
}

pub(super) async fn show(api: &Api, set: &str, questions: u32, json: bool) -> anyhow::Result<()> {
    let path = set_path(set);
    let answer: Value = api.get(&path).await?;
    let page: Option<Value> = if questions == 0 {
        None
    } else {
        let limit = questions.min(PAGE);
        Some(api.get(&format!("{path}/questions?limit={limit}")).await?)
    };
    let looks: Value = api.get(&format!("{path}/looks")).await?;
    if json {
        let page: Option<SentQuestions> = page.map(typed).transpose()?;
        let questions = page.map(|page| page.questions);
        let sent: SentLooks = typed(looks)?;
        output::json(&json!({"set": answer, "questions": questions, "looks": sent.looks}));
        return Ok(());
    }
    let set: EvaluationSetDto = typed(answer)?;
    print_line(&set);
    if !set.description.is_empty() {
        output::line(&set.description);
    }
    let looks: TestLookListDto = typed(looks)?;
    looks::print(&looks, set.test_looks);
    if let Some(page) = page {
        let page: EvaluationQuestionListDto = typed(page)?;
        page.questions.iter().for_each(print_question);
    }
    Ok(())
}

pub(super) async fn collect(api: &Api, set: &str, json: bool) -> anyhow::Result<()> {
    let path = format!("{}/questions/collect", set_path(set));
    let answer = api.post(&path, &json!({})).await?;
    commands::show(answer, json, |collected: &CollectedQuestionsDto| {
        output::line(&format!(
            "{} questions added, {} of them with what their answer cites; {} were there already",
            collected.added, collected.judged, collected.known
        ));
        if collected.added > 0 {
            output::note(&format!("look at them with `riddle eval review {set}`"));
        }
    })
}

pub(super) async fn delete(api: &Api, set: &str) -> anyhow::Result<()> {
    api.delete(&set_path(set)).await?;
    output::note("deleted");
    Ok(())
}

/// All questions of a set, in its order.
pub(super) async fn all_questions(
    api: &Api,
    set: &str,
) -> anyhow::Result<Vec<EvaluationQuestionDto>> {
    let mut questions = Vec::new();
    let mut from = Some(0);
    while let Some(place) = from {
        let path = format!("{}/questions?from={place}&limit={PAGE}", set_path(set));
        let page: EvaluationQuestionListDto = api.get(&path).await?;
        questions.extend(page.questions);
        from = page.next;
    }
    Ok(questions)
}

pub(super) fn print_line(set: &EvaluationSetDto) {
    let lost = match set.lost {
        None | Some(0) => String::new(),
        Some(lost) => {
            format!("; {lost} judged passages were not in the knowledge base in the last run")
        }
    };
    output::line(&format!(
        "{}  {}  {} questions of `{}`: {} dev, {} test; {} confirmed, {} rejected; {} looks at the test half{lost}",
        set.id,
        set.name,
        set.questions,
        set.knowledge_base.name,
        set.dev,
        set.test,
        set.confirmed,
        set.rejected,
        set.test_looks
    ));
}

fn print_question(question: &EvaluationQuestionDto) {
    output::line(&format!("\n{}  {}", question.id, question.text));
    print_judgments(question);
}

/// What is judged of a question, a line each.
pub(super) fn print_judgments(question: &EvaluationQuestionDto) {
    if question.unanswerable {
        output::line("    the documents do not answer it");
    }
    for answer in &question.answers {
        output::line(&format!("    answer: {answer}"));
    }
    for judgment in &question.relevant {
        output::line(&format!("    {}", judged(judgment)));
    }
}

fn judged(judgment: &JudgmentDto) -> String {
    let JudgmentDto {
        document,
        quote,
        grade,
        ..
    } = judgment;
    match quote {
        Some(quote) => format!("{document} (grade {grade}): “{quote}”"),
        None => format!("{document} (grade {grade}), the whole document"),
    }
}
