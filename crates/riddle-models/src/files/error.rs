use riddle_core::ModelError;

use super::check::FileProblem;
use crate::catalogue::CatalogueError;

/// What can go wrong with the files of a model. No message holds a path of this machine.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    /// The name is unknown or the catalogue cannot be used.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// Files are needed from the network, which offline mode refuses.
    #[error(
        "model `{model}` is not complete on this machine and offline mode refuses the network; switch offline mode off, or bring its files and run `riddle models pull {model} --from FOLDER`"
    )]
    Offline {
        /// Catalogue name.
        model: String,
    },
    /// The pull was cancelled.
    #[error("pulling model `{model}` was cancelled; pull it again to resume where it stopped")]
    Cancelled {
        /// Catalogue name.
        model: String,
    },
    /// Another process works on the model.
    #[error("another process is changing the files of model `{model}`; wait until it is done")]
    Busy {
        /// Catalogue name.
        model: String,
    },
    /// A file is not what it claims to be.
    #[error("model `{model}`, file `{file}`: {trouble}")]
    BadFile {
        /// Catalogue name.
        model: String,
        /// Path within the model's folder.
        file: String,
        /// What is wrong and what to do.
        trouble: FileProblem,
    },
    /// A source did not give a file.
    #[error("model `{model}`, {origin}: {problem}; {remedy}")]
    Source {
        /// Catalogue name.
        model: String,
        /// The source in words.
        origin: String,
        /// What happened.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// No source gave the model.
    #[error("no source gave model `{model}`: {}", reasons.join("; and "))]
    NoSource {
        /// Catalogue name.
        model: String,
        /// Why, source by source.
        reasons: Vec<String>,
    },
    /// The folder of models cannot be read or written.
    #[error(
        "the file `{file}` of model `{model}` cannot be {action}: {source}{}",
        room(source)
    )]
    Io {
        /// Catalogue name.
        model: String,
        /// Path within the model's folder.
        file: String,
        /// `read` or `written`.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What to do about a full disk, as the next part of a sentence.
fn room(error: &std::io::Error) -> &'static str {
    if is_full(error) {
        "; make room on that disk, or name a folder on another one as `models.dir`, and try again"
    } else {
        ""
    }
}

/// Whether the disk, or this user's share of it, is full.
pub(super) fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

impl ModelFileError {
    /// Whether trying another source is pointless.
    pub(super) fn ends_the_pull(&self) -> bool {
        let of_this_machine = matches!(
            self,
            Self::Cancelled { .. } | Self::Busy { .. } | Self::Io { .. } | Self::Catalogue(_)
        );
        of_this_machine || self.leaves_untried()
    }

    /// Whether it says nothing about the file, which was not looked into.
    pub(super) fn leaves_untried(&self) -> bool {
        matches!(self, Self::BadFile { trouble, .. } if trouble.untried)
    }

    pub(super) fn unreadable(model: &str, file: &str, source: std::io::Error) -> Self {
        Self::Io {
            model: model.to_owned(),
            file: file.to_owned(),
            action: "read",
            source,
        }
    }

    pub(super) fn unwritable(model: &str, file: &str, source: std::io::Error) -> Self {
        Self::Io {
            model: model.to_owned(),
            file: file.to_owned(),
            action: "written",
            source,
        }
    }
}

impl From<ModelFileError> for ModelError {
    fn from(error: ModelFileError) -> Self {
        match error {
            ModelFileError::BadFile {
                model,
                file,
                trouble,
            } => Self::BadFile {
                model,
                file,
                problem: trouble.problem,
                remedy: trouble.remedy,
            },
            ModelFileError::Catalogue(CatalogueError::Unknown { ref name, .. }) => {
                Self::Unavailable {
                    model: name.clone(),
                    remedy: error.to_string(),
                }
            }
            ModelFileError::Catalogue(CatalogueError::BadEntry { name, problem }) => {
                Self::Unavailable {
                    model: name,
                    remedy: problem,
                }
            }
            ModelFileError::Offline { ref model }
            | ModelFileError::Cancelled { ref model }
            | ModelFileError::Busy { ref model }
            | ModelFileError::Source { ref model, .. }
            | ModelFileError::NoSource { ref model, .. }
            | ModelFileError::Io { ref model, .. } => Self::Unavailable {
                model: model.clone(),
                remedy: error.to_string(),
            },
            other @ ModelFileError::Catalogue(_) => Self::Unavailable {
                model: "catalogue".to_owned(),
                remedy: other.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn a_full_disk_says_what_to_do() {
        let told = |kind: ErrorKind| ModelFileError::unwritable("m", "f", kind.into()).to_string();
        for full in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
            let message = told(full);
            assert!(message.contains("make room on that disk"), "{message}");
        }
        let message = told(ErrorKind::PermissionDenied);
        assert!(!message.contains("make room"), "{message}");
    }
}
