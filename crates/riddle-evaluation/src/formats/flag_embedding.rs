use serde::Deserialize;

use super::check::Names;
use super::error::{ImportError, ImportProblem};
use super::file::{InputFile, Place};
use super::grade::Grade;
use super::json;
use super::set::ImportedSet;
use super::training::{self, TrainingLine, TrainingPassage};

const NAMES: Names = Names {
    id: "id",
    question: "query",
    answers: "answers",
    golds: "pos",
};

/// `pos_scores` and `neg_scores`, which lines may have, are outputs of a teacher model and no grades.
#[derive(Deserialize)]
struct Line {
    query: String,
    pos: Vec<String>,
    #[serde(default)]
    neg: Vec<String>,
}

pub(super) fn import(files: &[InputFile]) -> Result<ImportedSet, ImportError> {
    training::import(files, NAMES, parse)
}

fn parse(place: Place<'_>, text: &str) -> Result<TrainingLine, ImportProblem> {
    let line: Line = json::parse(place, text)?;
    if line.pos.is_empty() {
        return Err(place.problem(
            "pos",
            "it is empty; a question needs a passage that is relevant to it",
        ));
    }
    let graded = |field: &'static str, texts: Vec<String>, grade| {
        let passage = move |(index, text)| TrainingPassage {
            field: format!("{field}[{index}]"),
            text,
            grade: Grade(grade),
        };
        texts.into_iter().enumerate().map(passage)
    };
    Ok(TrainingLine {
        query: line.query,
        passages: graded("pos", line.pos, 1)
            .chain(graded("neg", line.neg, 0))
            .collect(),
    })
}
