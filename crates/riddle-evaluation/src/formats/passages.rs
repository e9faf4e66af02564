use std::collections::HashMap;

use riddle_core::{ContentHash, Gold};

use super::documents::{DocumentNames, Documents};
use super::error::ImportProblem;
use super::file::Place;
use super::note::NoteKind;
use super::notes::Notes;
use super::set::CorpusDocument;

/// Digits of a hash that a document is named by. Two of a million texts share one by a chance of one in 37 million.
const DIGITS: usize = 16;

/// Documents made of the passages of training data. The same text is one document, whose name depends on it alone.
pub(super) struct Passages<'a> {
    names: HashMap<String, String>,
    documents: Documents<'a>,
}

impl<'a> Passages<'a> {
    pub(super) fn new(field: &'static str) -> Self {
        let documents = Documents::new(DocumentNames {
            name: field,
            title: field,
            text: field,
        });
        Self {
            names: HashMap::new(),
            documents,
        }
    }

    /// The document of a passage.
    pub(super) fn document(
        &mut self,
        place: Place<'a>,
        text: String,
        notes: &mut Notes,
    ) -> Result<String, ImportProblem> {
        if let Some(name) = self.names.get(&text) {
            return Ok(name.clone());
        }
        let hash = ContentHash::of(text.as_bytes()).to_string();
        let name = format!("passage-{}", &hash[..DIGITS]);
        let document = CorpusDocument {
            name: name.clone(),
            title: None,
            text: text.clone(),
        };
        self.documents.add(place, document, notes)?;
        self.names.insert(text, name.clone());
        Ok(name)
    }

    pub(super) fn finish(self) -> Vec<CorpusDocument> {
        self.documents.finish()
    }
}

/// Questions of training data, which may be on several lines.
#[derive(Default)]
pub(super) struct Asked<'a> {
    places: HashMap<String, usize>,
    pub(super) questions: Vec<AskedQuestion<'a>>,
}

/// A question with the grades of its documents.
pub(super) struct AskedQuestion<'a> {
    pub(super) place: Place<'a>,
    pub(super) text: String,
    pub(super) golds: Vec<Gold>,
    documents: HashMap<String, usize>,
}

impl<'a> Asked<'a> {
    /// The question of this text, which is made if it is not there.
    pub(super) fn question(&mut self, place: Place<'a>, text: &str) -> &mut AskedQuestion<'a> {
        let next = self.questions.len();
        let index = *self.places.entry(text.to_owned()).or_insert(next);
        if index == next {
            self.questions.push(AskedQuestion {
                place,
                text: text.to_owned(),
                golds: Vec::new(),
                documents: HashMap::new(),
            });
        }
        &mut self.questions[index]
    }
}

impl AskedQuestion<'_> {
    /// Judges a document. If it is judged already, the higher grade holds.
    pub(super) fn judge(&mut self, document: String, grade: i32, notes: &mut Notes) {
        let next = self.golds.len();
        let index = *self.documents.entry(document.clone()).or_insert(next);
        if index == next {
            self.golds.push(Gold {
                document,
                quote: None,
                grade,
            });
            return;
        }
        let gold = &mut self.golds[index];
        if (gold.grade > 0) != (grade > 0) {
            notes.add(NoteKind::ContradictoryPassages, &document);
        }
        gold.grade = gold.grade.max(grade);
    }
}
