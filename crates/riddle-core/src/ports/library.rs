use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

use crate::code_table;
use crate::ports::embedding::{LanguageCoverage, ModelError};
use crate::ports::rerank::RerankKind;

/// What a model is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LibraryRole {
    /// Turns texts into vectors.
    Embedder,
    /// Scores passages against a query.
    Reranker,
    /// Writes answers.
    Chat,
    /// Reads the text in pictures.
    Ocr,
}

/// A model that is known by name, and whether its files are here. What is not known is `None`.
#[derive(Clone, PartialEq, Debug)]
pub struct LibraryEntry {
    /// Catalogue name.
    pub name: String,
    /// What it is for.
    pub role: LibraryRole,
    /// How it scores, of a reranker.
    pub kind: Option<RerankKind>,
    /// Whether all of its files are here.
    pub here: bool,
    /// Where its files lie or would lie.
    pub folder: Option<PathBuf>,
    /// The layers that a layerwise reranker can stop at, lowest and highest, where its files are here.
    pub layers: Option<(u32, u32)>,
    /// Longest input in tokens.
    pub max_tokens: Option<usize>,
    /// Length of a vector, of an embedder.
    pub dimensions: Option<usize>,
    /// Languages it knows.
    pub languages: Option<LanguageCoverage>,
    /// SPDX identifier of the licence of its weights.
    pub licence: Option<String>,
    /// Where it comes from first, in words.
    pub source: Option<String>,
    /// Estimate of the memory it takes when loaded, in bytes.
    pub memory_bytes: Option<u64>,
    /// Whether there are published scores to compare its own with.
    pub verifiable: bool,
}

impl LibraryEntry {
    /// A model of which the name alone is known, and what it is for.
    pub fn absent(name: &str, role: LibraryRole) -> Self {
        Self {
            name: name.to_owned(),
            role,
            kind: None,
            here: false,
            folder: None,
            layers: None,
            max_tokens: None,
            dimensions: None,
            languages: None,
            licence: None,
            source: None,
            memory_bytes: None,
            verifiable: false,
        }
    }
}

/// A model that somebody wants and that has no entry in the catalogue.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AddRequest {
    /// `owner/name` of a repository, `owner/name:Q4_K_M` for one of its GGUF files, or the address of its page.
    pub what: String,
    /// The name that it gets; made of the repository's where `None`.
    pub name: Option<String>,
    /// What it is for, where its files leave a choice.
    pub role: Option<LibraryRole>,
    /// The hub that an id means.
    pub hub: Option<ModelHub>,
    /// A commit, tag or branch.
    pub revision: Option<String>,
    /// Put before questions.
    pub query_prefix: Option<String>,
    /// Put before passages.
    pub passage_prefix: Option<String>,
}

/// Where repositories of models are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModelHub {
    /// Hugging Face, or a mirror of it.
    HuggingFace,
    /// ModelScope, or a mirror of it.
    ModelScope,
}

/// What a model turns out to be before it is fetched.
#[derive(Clone, PartialEq, Debug)]
pub struct FoundModel {
    /// As it would stand in the list of models.
    pub entry: LibraryEntry,
    /// `safetensors`, `onnx` or `gguf`.
    pub format: String,
    /// Such as `bert`.
    pub architecture: String,
    /// Bytes to fetch, as far as they are known.
    pub bytes: u64,
    /// The files to fetch.
    pub files: Vec<String>,
    /// What its files say, a sentence each.
    pub recognised: Vec<String>,
    /// What they do not say and was taken to be so, a sentence each.
    pub assumed: Vec<String>,
    /// Why it cannot be added under this name, and what to do; a sentence.
    pub obstacle: Option<String>,
}

/// How far the fetching of a file is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchProgress {
    /// Path of the file within the model's folder, or the package that is being fetched.
    pub file: String,
    /// Bytes of it that are here, those of an earlier attempt included.
    pub received: u64,
    /// Its length, if known.
    pub total: Option<u64>,
}

/// How a caller follows and ends a fetch.
pub struct FetchControl {
    /// Hears how far the fetch is. Called often and from any thread, so it must be quick.
    pub progress: Arc<dyn Fn(FetchProgress) + Send + Sync>,
    /// Ends the fetch when it becomes ready. What has come stays, so that a later fetch goes on from there.
    pub cancelled: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// The result of verifying a model on this machine.
#[derive(Clone, PartialEq, Debug)]
pub struct Verification {
    /// Its files.
    pub files: Vec<FileCheck>,
    /// Its published scores; none where none are known, or where its files are not sound.
    pub scores: Vec<ScoreCheck>,
    /// Where it ran; `None` where its files are not sound.
    pub device: Option<String>,
}

/// One file of a model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileCheck {
    /// Path within the model's folder.
    pub path: String,
    /// What is wrong with it and what to do, if anything.
    pub problem: Option<String>,
}

/// A published score and the one that the model gives here.
#[derive(Clone, PartialEq, Debug)]
pub struct ScoreCheck {
    /// What is asked.
    pub query: String,
    /// What may answer it.
    pub passage: String,
    /// The layer of a layerwise reranker; `None` for the last, or where there are none.
    pub layer: Option<u32>,
    /// The published score.
    pub expected: f32,
    /// The model's score.
    pub got: f32,
    /// Whether the two agree within what the precision allows.
    pub agrees: bool,
}

/// What a verification comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VerificationVerdict {
    /// Sound files, and the published scores agree.
    Ok,
    /// A file is not what it should be, or a score differs.
    Different,
    /// Sound files, and the model loads and works; no published scores are known.
    NoGoldenPairs,
}

/// Why something could not be done with a model's files. Messages may be shown to users: they hold no path of this
/// machine.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum LibraryError {
    /// No model has this name; the text says which come close.
    #[error("{0}")]
    Unknown(String),
    /// Files are needed from the network, which offline mode refuses.
    #[error(
        "this server is offline and does not fetch `{model}`; restart it without --offline and with \
         `models.offline` false, or run `riddle models pull {model}` on another machine and copy its folder into the \
         models folder of this one"
    )]
    Offline {
        /// Catalogue name.
        model: String,
    },
    /// A repository would have to be looked into, which offline mode refuses.
    #[error(
        "this server is offline and does not look for `{what}`; restart it without --offline and with `models.offline` \
         false, or bring the files of the model and run `riddle models add FOLDER` on the server's machine"
    )]
    AddOffline {
        /// What was to be added.
        what: String,
    },
    /// The model cannot be run here, or its name is taken; the text says why, and what to do.
    #[error("{0}")]
    Refused(String),
    /// Files of the model are not on this machine.
    #[error("`{model}` is not complete on this machine: {problem}")]
    Absent {
        /// Catalogue name.
        model: String,
        /// Which file is missing and how to fetch it.
        problem: String,
    },
    /// Somebody else is changing the model's files; the text says what to do.
    #[error("{0}")]
    Busy(String),
    /// The fetch was cancelled.
    #[error("fetching `{model}` was cancelled; fetch it again to go on where it stopped")]
    Cancelled {
        /// Catalogue name.
        model: String,
    },
    /// No source gave the model; the text says why, source by source, and what to do.
    #[error("{0}")]
    Source(String),
    /// A file is not what it claims to be; the text says what to do.
    #[error("{0}")]
    BadFile(String),
    /// The models folder cannot be read or written.
    #[error("{0}")]
    Disk(String),
    /// The model cannot be loaded or used.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// The models that are known by name, and their files.
#[async_trait]
pub trait ModelLibrary: Send + Sync {
    /// The folder of their files.
    fn folder(&self) -> PathBuf;

    /// Whether the network is refused.
    fn is_offline(&self) -> bool;

    /// All of them. Blocks shortly.
    fn entries(&self) -> Vec<LibraryEntry>;

    /// The catalogue name of the model with this name or alias.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`].
    fn resolve(&self, name: &str) -> Result<String, LibraryError>;

    /// Tells whether a fetch could succeed, before it is begun. Blocks shortly.
    ///
    /// # Errors
    /// The name is unknown, or every source needs the network and that is refused.
    fn can_fetch(&self, name: &str) -> Result<(), LibraryError>;

    /// Brings the model's files to this machine. Files that are here are kept, files that are here in part are resumed.
    ///
    /// # Errors
    /// It was cancelled, no source gives the model, a file is not what it should be, or the disk fails.
    async fn fetch(&self, name: &str, control: FetchControl) -> Result<(), LibraryError>;

    /// Tells what a model is that the catalogue does not have, by its small files alone.
    ///
    /// # Errors
    /// The network is refused, the hub does not give it, or it cannot be run here.
    async fn look(&self, request: &AddRequest) -> Result<FoundModel, LibraryError>;

    /// Brings such a model to this machine and uses it once. From then on it is one of [`Self::entries`].
    ///
    /// # Errors
    /// As [`Self::look`] and [`Self::fetch`], or it cannot be run.
    async fn add(&self, request: &AddRequest, control: FetchControl) -> Result<(), LibraryError>;

    /// Looks into every file, loads the model and compares its scores with the published ones. Blocks for as long as
    /// that takes.
    ///
    /// # Errors
    /// The name is unknown, a file is absent or in use, or the model cannot be loaded.
    fn verify(&self, name: &str) -> Result<Verification, LibraryError>;
}

impl LibraryError {
    /// The same kind of error in other words, where it has words of its own.
    #[must_use]
    pub fn saying(self, text: String) -> Self {
        match self {
            Self::Unknown(_) => Self::Unknown(text),
            Self::Refused(_) => Self::Refused(text),
            Self::Busy(_) => Self::Busy(text),
            Self::Source(_) => Self::Source(text),
            Self::BadFile(_) => Self::BadFile(text),
            Self::Disk(_) => Self::Disk(text),
            other => other,
        }
    }
}

impl LibraryRole {
    /// The name used in the catalogue and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embedder => "embedder",
            Self::Reranker => "reranker",
            Self::Chat => "chat",
            Self::Ocr => "ocr",
        }
    }
}

impl Verification {
    /// What it comes to.
    pub fn verdict(&self) -> VerificationVerdict {
        let sound = self.files.iter().all(|file| file.problem.is_none());
        if !sound || self.scores.iter().any(|score| !score.agrees) {
            VerificationVerdict::Different
        } else if self.scores.is_empty() {
            VerificationVerdict::NoGoldenPairs
        } else {
            VerificationVerdict::Ok
        }
    }
}

impl VerificationVerdict {
    /// The name used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Different => "different",
            Self::NoGoldenPairs => "no_golden_pairs",
        }
    }
}

code_table!(LibraryError {
    LibraryError::Unknown(_) => "model_not_found",
    LibraryError::Offline { .. } | LibraryError::AddOffline { .. } => "offline",
    LibraryError::Refused(_) => "model_refused",
    LibraryError::Absent { .. } => "model_absent",
    LibraryError::Busy(_) => "model_busy",
    LibraryError::Cancelled { .. } => "cancelled",
    LibraryError::Source(_) => "download_failed",
    LibraryError::BadFile(_) => "bad_file",
    LibraryError::Disk(_) => "disk_failed",
    LibraryError::Model(_) => "model_failed",
});

#[cfg(test)]
mod tests {
    use super::*;

    fn verification(problem: Option<&str>, agrees: Option<bool>) -> Verification {
        let score = |agrees| ScoreCheck {
            query: "a question".to_owned(),
            passage: "an answer".to_owned(),
            layer: None,
            expected: 1.0,
            got: 1.0,
            agrees,
        };
        Verification {
            files: vec![FileCheck {
                path: "config.json".to_owned(),
                problem: problem.map(str::to_owned),
            }],
            scores: agrees.map(score).into_iter().collect(),
            device: None,
        }
    }

    #[test]
    fn a_verdict_needs_sound_files_and_published_scores() {
        let cases = [
            (None, Some(true), VerificationVerdict::Ok),
            (None, Some(false), VerificationVerdict::Different),
            (None, None, VerificationVerdict::NoGoldenPairs),
            (Some("is empty"), None, VerificationVerdict::Different),
        ];
        for (problem, agrees, verdict) in cases {
            assert_eq!(verification(problem, agrees).verdict(), verdict);
        }
    }
}
