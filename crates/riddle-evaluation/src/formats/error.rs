use std::fmt;

use thiserror::Error;

use super::format::Format;
use super::limits::MAX_EXPORT_BYTES;

/// How much of a name, an id or a cell is quoted, in characters.
const QUOTED: usize = 100;
/// Longest name of a field or file, and longest message, in characters. Parsers quote what they cannot read.
const NAME: usize = 200;
const MESSAGE: usize = 1_000;

/// Why files are no set: the first faults, at least one.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{}", lines(.problems, *.more))]
pub struct ImportError {
    /// The faults in the order of the files, one to [`super::MAX_PROBLEMS`].
    pub problems: Vec<ImportProblem>,
    /// Whether reading stopped at the last of them, so that there may be more.
    pub more: bool,
}

impl From<ImportProblem> for ImportError {
    fn from(problem: ImportProblem) -> Self {
        Self {
            problems: vec![problem.bounded()],
            more: false,
        }
    }
}

/// A fault of the files. Displayed as `qrels/test.tsv, line 7, score: "high" is not a whole number; …`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportProblem {
    /// Name of the file; `None` if it concerns all of them.
    pub file: Option<String>,
    /// Line of the file, from 1, blank lines counted.
    pub line: Option<u64>,
    /// The column, or the path of the JSON field.
    pub field: Option<String>,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl ImportProblem {
    /// A fault of the files as a whole.
    pub(super) fn of_all(message: impl Into<String>) -> Self {
        Self {
            file: None,
            line: None,
            field: None,
            message: message.into(),
        }
    }

    /// The same with nothing that is longer than people read.
    pub(super) fn bounded(mut self) -> Self {
        for name in [&mut self.file, &mut self.field].into_iter().flatten() {
            shorten(name, NAME);
        }
        shorten(&mut self.message, MESSAGE);
        self
    }
}

/// The beginning of a text, for a message that quotes it.
pub(super) fn beginning(text: &str) -> String {
    // Not the whole text is copied.
    let end = text.char_indices().nth(QUOTED).map(|(end, _)| end);
    end.map_or_else(|| text.to_owned(), |end| format!("{}…", &text[..end]))
}

fn shorten(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
}

impl fmt::Display for ImportProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|line| format!("line {line}"));
        let place = [self.file.clone(), line, self.field.clone()];
        let place: Vec<String> = place.into_iter().flatten().collect();
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        f.write_str(&self.message)
    }
}

fn lines(problems: &[ImportProblem], more: bool) -> String {
    let mut lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    if more {
        lines.push("reading stopped here; there may be more".to_owned());
    }
    lines.join("\n")
}

/// Why a set or a run cannot be written.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ExportError {
    /// It has more than [`MAX_EXPORT_BYTES`] bytes.
    #[error("the set has more than {} MiB, too many to be written at once; delete some of its questions or divide it", MAX_EXPORT_BYTES >> 20)]
    TooLarge,
    /// What a run found has more than [`MAX_EXPORT_BYTES`] bytes.
    #[error(
        "what the run found has more than {} MiB, too many to be written at once; run fewer questions or candidates",
        MAX_EXPORT_BYTES >> 20
    )]
    RunTooLarge,
    /// Sets are only read in this format.
    #[error("sets are not written as {0}; choose jsonl, csv, beir or trec")]
    NotWritten(Format),
    /// Ids of questions or names of documents with characters that the format has no place for.
    #[error(
        "{} cannot carry {} in ids and names of documents, and {count} have them, such as {}; export as jsonl or csv",
        .format.title(),
        if *.format == Format::Trec { "blanks, line breaks or a leading #" } else { "tabs or line breaks" },
        quoted(.examples)
    )]
    Ids {
        /// The format.
        format: Format,
        /// How many there are.
        count: usize,
        /// The first of them, 5 at most.
        examples: Vec<String>,
    },
}

fn quoted(examples: &[String]) -> String {
    let examples: Vec<String> = examples
        .iter()
        .map(|id| format!("{:?}", beginning(id)))
        .collect();
    examples.join(", ")
}
