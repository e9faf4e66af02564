//! What a health report says is missing.

use std::fmt;

use riddle_core::{Timestamp, code_table, rfc3339};

/// What is missing, and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HealthNotice {
    /// The disk has no room for anything new.
    DiskFull {
        /// How much is free, and what to do.
        problem: String,
    },
    /// The database cannot be written.
    WritesRefused {
        /// What it says, with what to do.
        problem: String,
    },
    /// A write to the database does not end.
    WritesSlow {
        /// Since when, in seconds.
        seconds: u64,
    },
    /// Documents and changes wait for something that fails, and is tried again.
    DocumentsHeldUp {
        /// What it says, with what to do.
        problem: String,
    },
    /// The server that the vectors are on gives nothing.
    VectorsAway {
        /// What it did, or did not, with what to do.
        problem: String,
    },
    /// The last audit found originals that are damaged or missing.
    DamagedOriginals {
        /// How many documents.
        documents: u64,
    },
    /// The last scheduled backup could not be made.
    BackupFailed {
        /// Why, with what to do.
        problem: String,
    },
    /// The server of an embedder does not answer.
    EmbedderAway {
        /// The name that it has here.
        model: String,
        /// When it was first asked in vain.
        since: Timestamp,
        /// What its server did last, or did not, with what to do.
        problem: String,
        /// Documents that wait for it.
        documents: u64,
    },
    /// No embedder is installed, so search is by words alone.
    NoEmbedder,
    /// No cross-encoder is installed, so the embedder is the fallback.
    RerankerFallback {
        /// Catalogue name of the embedder.
        model: String,
    },
    /// There is neither a reranker nor an embedder that can stand in for one.
    NoReranker,
    /// No language model is installed, so answers are quoted.
    NoLanguageModel,
    /// The language model is being loaded.
    LanguageModelLoading,
    /// The language model cannot be loaded.
    LanguageModelFailed {
        /// What it says, with what to do.
        problem: String,
    },
}

code_table!(HealthNotice {
    HealthNotice::DiskFull { .. } => "disk_full",
    HealthNotice::WritesRefused { .. } => "writes_refused",
    HealthNotice::WritesSlow { .. } => "writes_slow",
    HealthNotice::DocumentsHeldUp { .. } => "documents_held_up",
    HealthNotice::VectorsAway { .. } => "vectors_away",
    HealthNotice::DamagedOriginals { .. } => "damaged_originals",
    HealthNotice::BackupFailed { .. } => "backup_failed",
    HealthNotice::EmbedderAway { .. } => "embedder_away",
    HealthNotice::NoEmbedder => "no_embedder_installed",
    HealthNotice::RerankerFallback { .. } => "reranker_stand_in",
    HealthNotice::NoReranker => "no_reranker_installed",
    HealthNotice::NoLanguageModel => "no_language_model_installed",
    HealthNotice::LanguageModelLoading => "language_model_loading",
    HealthNotice::LanguageModelFailed { .. } => "language_model_failed",
});

impl HealthNotice {
    /// The values in the sentence, for its translations.
    pub fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::RerankerFallback { model } => vec![("model", model.clone())],
            Self::EmbedderAway {
                model,
                since,
                problem,
                documents,
            } => vec![
                ("model", model.clone()),
                ("since", rfc3339(*since)),
                ("problem", problem.clone()),
                ("documents", documents.to_string()),
            ],
            Self::DamagedOriginals { documents } => vec![("documents", documents.to_string())],
            Self::WritesSlow { seconds } => vec![("seconds", seconds.to_string())],
            Self::DiskFull { problem }
            | Self::WritesRefused { problem }
            | Self::BackupFailed { problem }
            | Self::DocumentsHeldUp { problem }
            | Self::VectorsAway { problem }
            | Self::LanguageModelFailed { problem } => vec![("problem", problem.clone())],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for HealthNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEmbedder => f.write_str(
                "no embedding model is installed, so search is by words alone; run `riddle models pull all-minilm-l6-v2`",
            ),
            Self::RerankerFallback { model } => write!(
                f,
                "no cross-encoder is installed; late interaction over `{model}` stands in for it; run `riddle models \
                 pull ms-marco-minilm-l6-v2`"
            ),
            Self::NoReranker => f.write_str("no reranker is installed"),
            Self::NoLanguageModel => f.write_str(
                "no language model that answers well is installed, so answers are quoted sentences; run `riddle models pull qwen3-0.6b`",
            ),
            Self::LanguageModelLoading => f.write_str("the language model is still being loaded"),
            Self::DiskFull { problem } | Self::LanguageModelFailed { problem } => f.write_str(problem),
            Self::WritesRefused { problem } => {
                write!(f, "nothing can be stored, searches go on: {problem}")
            }
            Self::WritesSlow { seconds } => write!(
                f,
                "nothing has been stored for {seconds} seconds, searches go on; see whether the disk of the data \
                 folder is in order"
            ),
            Self::EmbedderAway {
                model,
                since,
                problem,
                documents,
            } => write!(
                f,
                "embedder `{model}` has given nothing since {}, so searches go by words alone (documents that wait: \
                 {documents}); it is asked again by itself: {problem}",
                rfc3339(*since)
            ),
            Self::BackupFailed { problem } => write!(f, "no backup can be made: {problem}"),
            Self::DocumentsHeldUp { problem } => write!(
                f,
                "documents and changes wait, searches go on, and it is tried again by itself: {problem}"
            ),
            Self::VectorsAway { problem } => write!(
                f,
                "searches go by words alone, and documents and changes wait: {problem}"
            ),
            Self::DamagedOriginals { documents } => write!(
                f,
                "the originals of {documents} documents are damaged or missing; `riddle doctor --originals` names them"
            ),
        }
    }
}
