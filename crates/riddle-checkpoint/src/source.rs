use std::path::{Path, PathBuf};

use riddle_core::ModelError;

/// A model in a folder, as far as messages about its files go.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// Catalogue name of the model.
    pub model: &'a str,
    folder: &'a Path,
}

impl<'a> Source<'a> {
    /// A model with files in `folder`.
    pub fn new(model: &'a str, folder: &'a Path) -> Self {
        Self { model, folder }
    }

    pub fn folder(&self) -> &'a Path {
        self.folder
    }

    /// Path of a file, which need not exist.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// The content of a file.
    ///
    /// # Errors
    /// It is missing or cannot be read.
    pub fn read(&self, file: &str) -> Result<Vec<u8>, ModelError> {
        std::fs::read(self.path(file)).map_err(|error| self.unreadable(file, &error))
    }

    /// What to say of a file that could not be opened or read.
    pub fn unreadable(&self, file: &str, error: &std::io::Error) -> ModelError {
        if error.kind() == std::io::ErrorKind::NotFound {
            self.bad(file, "is missing", &self.pull_again())
        } else {
            self.bad(
                file,
                &format!("cannot be read: {error}"),
                "check its permissions",
            )
        }
    }

    /// What to say of a file that is to be fetched again.
    pub fn damaged(&self, file: &str, problem: &str) -> ModelError {
        self.bad(file, problem, &self.pull_again())
    }

    /// What to say of a file with a problem, and of what to do.
    pub fn bad(&self, file: &str, problem: &str, remedy: &str) -> ModelError {
        ModelError::BadFile {
            model: self.model.to_owned(),
            file: file.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    fn pull_again(&self) -> String {
        format!(
            "pull the model again with `riddle models pull {}`",
            self.model
        )
    }
}
