use std::collections::HashMap;

use riddle_core::Gold;

use super::check::{self, Names};
use super::collector::{Collector, imported, unique};
use super::error::{ImportError, ImportProblem};
use super::file::Place;
use super::limits::MAX_GOLDS;
use super::note::NoteKind;
use super::notes::Notes;
use super::problems::Problems;
use super::set::{CorpusDocument, ImportedSet};

/// A line of relevance judgments.
#[derive(Clone, Copy)]
pub(super) struct Judgment<'a> {
    pub(super) question: &'a str,
    pub(super) document: &'a str,
    pub(super) grade: i32,
}

/// Relevance judgments by question.
#[derive(Default)]
pub(super) struct Judgments<'a> {
    questions: HashMap<&'a str, HashMap<&'a str, u64>>,
    lines: Vec<Judgment<'a>>,
}

/// A question of a file that judgments are kept apart from.
pub(super) struct Query<'a> {
    pub(super) place: Place<'a>,
    pub(super) id: String,
    pub(super) text: String,
    pub(super) answers: Vec<String>,
}

impl<'a> Judgments<'a> {
    /// Takes a line. No document may be judged twice for a question.
    pub(super) fn add(
        &mut self,
        place: Place<'a>,
        judgment: Judgment<'a>,
    ) -> Result<(), ImportProblem> {
        check::id(judgment.question).map_err(|message| place.problem("question", message))?;
        check::document_name(judgment.document)
            .map_err(|message| place.problem("document", message))?;
        let documents = self.questions.entry(judgment.question).or_default();
        if let Some(line) = documents.insert(judgment.document, place.line) {
            let message = format!(
                "{:?} is judged for question {:?} in line {line} already; keep one of the lines",
                judgment.document, judgment.question
            );
            return Err(place.problem("document", message));
        }
        if documents.len() > MAX_GOLDS {
            let message = format!(
                "question {:?} has more than {MAX_GOLDS} judgments; remove some",
                judgment.question
            );
            return Err(place.problem_of_line(message));
        }
        self.lines.push(judgment);
        Ok(())
    }
}

/// The set of the questions that are judged.
pub(super) fn join<'a>(
    queries: Vec<Query<'a>>,
    judgments: Judgments<'a>,
    corpus: Option<Vec<CorpusDocument>>,
    names: Names,
    notes: Notes,
) -> Result<ImportedSet, ImportError> {
    let mut problems = Problems::default();
    let mut ids = HashMap::new();
    for query in &queries {
        problems.keep(unique(&mut ids, query.place, names.id, &query.id));
        if problems.is_full() {
            break;
        }
    }
    let mut set = Collector::new(names);
    set.notes = notes;
    let mut golds: HashMap<&str, Vec<Gold>> = HashMap::new();
    for judgment in &judgments.lines {
        if !ids.contains_key(judgment.question) {
            set.notes
                .add(NoteKind::JudgmentsWithoutQuestion, judgment.question);
        }
        golds.entry(judgment.question).or_default().push(Gold {
            document: judgment.document.to_owned(),
            quote: None,
            grade: judgment.grade,
        });
    }
    if problems.is_empty()
        && !queries
            .iter()
            .any(|query| golds.contains_key(query.id.as_str()))
    {
        return Err(nothing_judged(&queries, &judgments).into());
    }
    for query in queries {
        let Some(golds) = golds.remove(query.id.as_str()) else {
            set.notes.add(NoteKind::QuestionsWithoutJudgment, &query.id);
            continue;
        };
        let question = imported(query.id, query.text, query.answers, golds);
        problems.keep(set.add(query.place, question));
        if problems.is_full() {
            break;
        }
    }
    problems.finish()?;
    set.finish(corpus)
}

fn nothing_judged(queries: &[Query<'_>], judgments: &Judgments<'_>) -> ImportProblem {
    let (Some(query), Some(judgment)) = (queries.first(), judgments.lines.first()) else {
        let missing = if queries.is_empty() {
            "questions"
        } else {
            "judgments"
        };
        return ImportProblem::of_all(format!("there are no {missing} in these files"));
    };
    ImportProblem::of_all(format!(
        "no question has a judgment: questions have ids such as {:?}, judgments name ids such as {:?}, and both must \
         be the same character by character",
        query.id, judgment.question
    ))
}
