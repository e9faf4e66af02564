use std::collections::{HashMap, HashSet};

use riddle_core::{EvaluationQuestion, Gold, QuestionHalf, QuestionOrigin, QuestionReview};

use super::check::{self, Names};
use super::error::{ImportError, ImportProblem};
use super::file::Place;
use super::limits::MAX_QUESTIONS;
use super::note::NoteKind;
use super::notes::Notes;
use super::set::{CorpusDocument, ImportedSet};

/// Gathers the questions of a set.
pub(super) struct Collector<'a> {
    names: Names,
    questions: Vec<EvaluationQuestion>,
    ids: HashMap<String, Place<'a>>,
    pub(super) notes: Notes,
}

impl<'a> Collector<'a> {
    pub(super) fn new(names: Names) -> Self {
        Self {
            names,
            questions: Vec::new(),
            ids: HashMap::new(),
            notes: Notes::default(),
        }
    }

    /// Takes a question. One with an empty id gets a number in the end.
    pub(super) fn add(
        &mut self,
        place: Place<'a>,
        question: EvaluationQuestion,
    ) -> Result<(), ImportProblem> {
        if self.questions.len() == MAX_QUESTIONS {
            let message = format!("a set has {MAX_QUESTIONS} questions at most; divide it");
            return Err(place.problem_of_line(message));
        }
        let at = |fault: check::Fault| place.problem(fault.field, fault.message);
        check::question(&question, self.names).map_err(at)?;
        if !question.id.is_empty() {
            check::id(&question.id).map_err(|message| place.problem(self.names.id, message))?;
            unique(&mut self.ids, place, self.names.id, &question.id)?;
        }
        self.questions.push(question);
        Ok(())
    }

    /// The set, or an error if there is no question.
    pub(super) fn finish(
        mut self,
        corpus: Option<Vec<CorpusDocument>>,
    ) -> Result<ImportedSet, ImportError> {
        if self.questions.is_empty() {
            return Err(ImportProblem::of_all("there is no question in these files").into());
        }
        self.number();
        for question in self
            .questions
            .iter()
            .filter(|question| question.golds.is_empty() && !question.unanswerable)
        {
            self.notes.add(NoteKind::QuestionsToJudge, &question.id);
        }
        if let Some(corpus) = &corpus {
            let names: HashSet<&str> = corpus
                .iter()
                .map(|document| document.name.as_str())
                .collect();
            let golds = self.questions.iter().flat_map(|question| &question.golds);
            for gold in golds.filter(|gold| !names.contains(gold.document.as_str())) {
                self.notes
                    .add(NoteKind::DocumentsNotInCorpus, &gold.document);
            }
        }
        Ok(ImportedSet {
            corpus,
            questions: self.questions,
            notes: self.notes.list(),
        })
    }

    /// Gives questions without an id their position as one, or the next number that no other has.
    fn number(&mut self) {
        let mut last = 0;
        for (question, position) in self.questions.iter_mut().zip(1_u64..) {
            if question.id.is_empty() {
                last = position.max(last + 1);
                while self.ids.contains_key(&last.to_string()) {
                    last += 1;
                }
                question.id = last.to_string();
            }
        }
    }
}

/// Notes where an id is, or says where else it is already.
pub(super) fn unique<'a>(
    ids: &mut HashMap<String, Place<'a>>,
    place: Place<'a>,
    field: &str,
    id: &str,
) -> Result<(), ImportProblem> {
    match ids.insert(id.to_owned(), place) {
        None => Ok(()),
        Some(first) => {
            let message = format!(
                "{id:?} is there twice, first in line {} of {}; ids must differ",
                first.line, first.file
            );
            Err(place.problem(field, message))
        }
    }
}

/// A question of a file that says nothing of origin, review and half.
pub(super) fn imported(
    id: String,
    text: String,
    answers: Vec<String>,
    golds: Vec<Gold>,
) -> EvaluationQuestion {
    EvaluationQuestion {
        id,
        text,
        answers,
        golds,
        unanswerable: false,
        origin: QuestionOrigin::Imported,
        review: QuestionReview::Unreviewed,
        half: QuestionHalf::Dev,
        model_grades: Vec::new(),
    }
}
