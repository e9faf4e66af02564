use std::path::PathBuf;

use async_trait::async_trait;
use riddle_core::{FetchControl, LibraryEntry, LibraryError, ModelLibrary, Verification};

/// A catalogue without a model, on a machine without a network.
#[derive(Clone, Copy, Debug)]
pub struct NoLibrary;

#[async_trait]
impl ModelLibrary for NoLibrary {
    fn folder(&self) -> PathBuf {
        PathBuf::from("models")
    }

    fn is_offline(&self) -> bool {
        true
    }

    fn entries(&self) -> Vec<LibraryEntry> {
        Vec::new()
    }

    fn resolve(&self, name: &str) -> Result<String, LibraryError> {
        Err(unknown(name))
    }

    fn can_fetch(&self, name: &str) -> Result<(), LibraryError> {
        Err(unknown(name))
    }

    async fn fetch(&self, name: &str, _control: FetchControl) -> Result<(), LibraryError> {
        Err(unknown(name))
    }

    fn verify(&self, name: &str) -> Result<Verification, LibraryError> {
        Err(unknown(name))
    }
}

fn unknown(name: &str) -> LibraryError {
    LibraryError::Unknown(format!("there is no model `{name}`"))
}
