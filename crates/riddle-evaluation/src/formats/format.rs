use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::error::{ImportError, ImportProblem};
use super::file::InputFile;

mod guess;

/// A format of files that sets come in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A folder of BEIR: `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`.
    Beir,
    /// Topics and relevance judgments of TREC.
    Trec,
    /// SQuAD and what follows it: CMRC 2018, DRCD, XQuAD.
    Squad,
    /// Riddle's own: a question with answers and judgments on each line.
    Jsonl,
    /// Training data of FlagEmbedding: `{query, pos, neg}` on each line.
    FlagEmbedding,
    /// Training data of RAG-Retrieval: `{query, hits: [{content, label}]}` on each line.
    RagRetrieval,
    /// A table with a judgment on each row.
    Csv,
}

/// A name that no format has.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error(
    "there is no format {0:?}; choose beir, trec, squad, jsonl, flag_embedding, rag_retrieval or csv"
)]
pub struct UnknownFormat(pub String);

impl Format {
    /// All formats.
    pub const ALL: [Self; 7] = [
        Self::Beir,
        Self::Trec,
        Self::Squad,
        Self::Jsonl,
        Self::FlagEmbedding,
        Self::RagRetrieval,
        Self::Csv,
    ];

    /// The name that options and requests have for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Beir => "beir",
            Self::Trec => "trec",
            Self::Squad => "squad",
            Self::Jsonl => "jsonl",
            Self::FlagEmbedding => "flag_embedding",
            Self::RagRetrieval => "rag_retrieval",
            Self::Csv => "csv",
        }
    }

    /// The name that people have for it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Beir => "BEIR",
            Self::Trec => "TREC",
            Self::Squad => "SQuAD",
            Self::Jsonl => "JSONL",
            Self::FlagEmbedding => "FlagEmbedding",
            Self::RagRetrieval => "RAG-Retrieval",
            Self::Csv => "CSV",
        }
    }

    /// Whether sets are written in it, too.
    pub fn is_written(self) -> bool {
        matches!(self, Self::Beir | Self::Trec | Self::Jsonl | Self::Csv)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    /// Takes a hyphen for the underscore, and capitals.
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let name = text.to_ascii_lowercase().replace('-', "_");
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// The format that files have, by their names and what is in them.
///
/// # Errors
///
/// If it cannot be told, or if the files fit none.
pub fn detect(files: &[InputFile]) -> Result<Format, ImportError> {
    if files.is_empty() {
        return Err(ImportProblem::of_all("no files were given; name a file or a folder").into());
    }
    guess::guess(files).ok_or_else(|| {
        let known = Format::ALL.map(Format::name).join(", ");
        let message = format!("the format of these files cannot be told; name one of {known}");
        ImportProblem::of_all(message).into()
    })
}
