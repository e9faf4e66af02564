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
    golds: "hits",
};

#[derive(Deserialize)]
struct Line {
    query: String,
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    content: String,
    label: Grade,
}

pub(super) fn import(files: &[InputFile]) -> Result<ImportedSet, ImportError> {
    training::import(files, NAMES, parse)
}

fn parse(place: Place<'_>, text: &str) -> Result<TrainingLine, ImportProblem> {
    let line: Line = json::parse(place, text)?;
    if line.hits.is_empty() {
        return Err(place.problem("hits", "it is empty; a question needs passages with labels"));
    }
    let passage = |(index, hit): (usize, Hit)| TrainingPassage {
        field: format!("hits[{index}].content"),
        text: hit.content,
        grade: hit.label,
    };
    Ok(TrainingLine {
        query: line.query,
        passages: line.hits.into_iter().enumerate().map(passage).collect(),
    })
}
