use riddle_core::EvaluationQuestion;

use super::file::OutputFile;
use super::note::FormatNote;

/// What files hold.
#[derive(Clone, PartialEq, Debug)]
pub struct ImportedSet {
    /// The documents that the set brings along. `None` if it refers to those of an existing knowledge base.
    pub corpus: Option<Vec<CorpusDocument>>,
    /// The questions, with unique ids.
    pub questions: Vec<EvaluationQuestion>,
    /// What was left out or repaired.
    pub notes: Vec<FormatNote>,
}

/// A document of a set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CorpusDocument {
    /// Unique among them, 1 to [`super::MAX_DOCUMENT_NAME_CHARS`] characters; judgments refer to it.
    pub name: String,
    /// Its title, not empty.
    pub title: Option<String>,
    /// Its text, not blank unless there is a title.
    pub text: String,
}

/// A set to be written.
#[derive(Clone, Copy, Debug)]
pub struct ExportedSet<'a> {
    /// The questions to be written.
    pub questions: &'a [EvaluationQuestion],
    /// The documents, for formats that carry them.
    pub corpus: Option<&'a [CorpusDocument]>,
}

/// A written set.
#[derive(Clone, PartialEq, Debug)]
pub struct Export {
    /// The files.
    pub files: Vec<OutputFile>,
    /// What the format could not carry.
    pub notes: Vec<FormatNote>,
}
