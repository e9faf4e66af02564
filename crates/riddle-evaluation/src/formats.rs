//! The files that sets of questions come from and go to. Texts come in and go out; reading and writing of files is the
//! caller's.

mod beir;
mod check;
mod collector;
mod csv_table;
mod documents;
mod error;
mod file;
mod flag_embedding;
mod format;
mod grade;
mod json;
mod jsonl;
mod judgments;
mod limits;
mod note;
mod notes;
mod passages;
mod problems;
mod rag_retrieval;
mod run_export;
mod select;
mod set;
mod size;
mod spans;
mod squad;
mod training;
mod trec;
mod trec_names;
mod trec_run;
mod written_judgments;

pub use error::{ExportError, ImportError, ImportProblem};
pub use file::{InputFile, OutputFile};
pub use format::{Format, UnknownFormat, detect};
pub use limits::{
    MAX_ANSWER_CHARS, MAX_ANSWERS, MAX_DOCUMENT_NAME_CHARS, MAX_DOCUMENT_TEXT_CHARS, MAX_DOCUMENTS,
    MAX_EXPORT_BYTES, MAX_FILLED_BYTES, MAX_GOLDS, MAX_GRADE, MAX_ID_CHARS, MAX_PROBLEMS,
    MAX_QUESTION_CHARS, MAX_QUESTIONS, MAX_QUOTE_CHARS, MAX_RUN_DOCUMENTS, MAX_TITLE_CHARS,
    MIN_GRADE,
};
pub use note::{FormatNote, NoteKind};
pub use run_export::RunExport;
pub use set::{CorpusDocument, Export, ExportedSet, ImportedSet};
pub use spans::QuoteFiller;
pub use trec_names::plain_name;
pub use trec_run::{RunRow, TrecRun, parse_trec_run, read_trec_run, trec_qrels, trec_run};

/// Reads a set from the files of a folder, or from a single file.
///
/// # Errors
///
/// Up to [`MAX_PROBLEMS`] faults, each with file, line and field. Nothing of a faulty set is returned.
pub fn import(format: Format, files: &[InputFile]) -> Result<ImportedSet, ImportError> {
    match format {
        Format::Beir => beir::import(files),
        Format::Trec => trec::import(files),
        Format::Squad => squad::import(files),
        Format::Jsonl => jsonl::import(files),
        Format::FlagEmbedding => flag_embedding::import(files),
        Format::RagRetrieval => rag_retrieval::import(files),
        Format::Csv => csv_table::import(files),
    }
}

/// Writes a set: as `jsonl` everything but the documents, as `csv` all but origin, review, half and places of quotes,
/// as `beir` and `trec` which documents are relevant. The notes say what was left out.
///
/// # Errors
///
/// If sets are not written in this format, if it cannot carry an id, or if the set has more than [`MAX_EXPORT_BYTES`].
pub fn export(format: Format, set: &ExportedSet<'_>) -> Result<Export, ExportError> {
    size::check(set)?;
    match format {
        Format::Jsonl => Ok(jsonl::export(set)),
        Format::Csv => csv_table::export(set),
        Format::Beir => beir::export(set),
        Format::Trec => trec::export(set),
        Format::Squad | Format::FlagEmbedding | Format::RagRetrieval => {
            Err(ExportError::NotWritten(format))
        }
    }
}
