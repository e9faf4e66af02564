use std::collections::HashMap;

use super::check;
use super::collector::unique;
use super::error::ImportProblem;
use super::file::Place;
use super::limits::{MAX_DOCUMENT_TEXT_CHARS, MAX_DOCUMENTS, MAX_TITLE_CHARS};
use super::note::NoteKind;
use super::notes::Notes;
use super::set::CorpusDocument;

/// How a format calls the fields of a document.
#[derive(Clone, Copy)]
pub(super) struct DocumentNames {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
}

/// Gathers the documents of a set.
pub(super) struct Documents<'a> {
    names: DocumentNames,
    documents: Vec<CorpusDocument>,
    places: HashMap<String, Place<'a>>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(names: DocumentNames) -> Self {
        Self {
            names,
            documents: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Takes a document, unless there is nothing in it.
    pub(super) fn add(
        &mut self,
        place: Place<'a>,
        document: CorpusDocument,
        notes: &mut Notes,
    ) -> Result<(), ImportProblem> {
        let at = |field: &'static str| move |message: String| place.problem(field, message);
        check::document_name(&document.name).map_err(at(self.names.name))?;
        unique(&mut self.places, place, self.names.name, &document.name)?;
        if let Some(title) = &document.title {
            check::long(title, MAX_TITLE_CHARS).map_err(at(self.names.title))?;
        }
        check::long(&document.text, MAX_DOCUMENT_TEXT_CHARS).map_err(at(self.names.text))?;
        if document.title.is_none() && document.text.trim().is_empty() {
            notes.add(NoteKind::EmptyDocuments, &document.name);
            return Ok(());
        }
        if self.documents.len() == MAX_DOCUMENTS {
            let message = format!("a set brings {MAX_DOCUMENTS} documents at most; divide it");
            return Err(place.problem_of_line(message));
        }
        self.documents.push(document);
        Ok(())
    }

    pub(super) fn finish(self) -> Vec<CorpusDocument> {
        self.documents
    }
}

/// A title that says something.
pub(super) fn title(title: Option<String>) -> Option<String> {
    title.filter(|title| !title.trim().is_empty())
}
