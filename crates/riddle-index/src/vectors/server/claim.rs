use std::path::{Path, PathBuf};
use std::{fs, io};

use riddle_core::IndexError;
use serde::{Deserialize, Serialize};

use crate::disk::write_atomically;
use crate::error::{VECTORS, vector_error};

const FILE: &str = "vectors-server.json";

/// Which edition of the collections on the server belongs to these indexes, and how far it was last known to be. It
/// stands in while the server is away. Indexes that were removed take it along, and their collections belong to nobody
/// then.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(super) struct Claim {
    /// 0 for none.
    pub(super) edition: u64,
    pub(super) position: u64,
}

/// The file of the claim.
pub(super) struct ClaimFile {
    path: PathBuf,
}

impl ClaimFile {
    pub(super) fn in_folder(dir: &Path) -> Self {
        Self {
            path: dir.join(FILE),
        }
    }

    /// The claim; none where the file is missing or unreadable.
    pub(super) fn read(&self) -> Claim {
        let read = match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Claim::default(),
            Err(error) => Err(error),
        };
        read.unwrap_or_else(|error| {
            tracing::warn!(store = VECTORS, %error, "the claim on the server's vectors is unreadable");
            Claim::default()
        })
    }

    /// Durable when it returns.
    pub(super) fn write(&self, claim: Claim) -> Result<(), IndexError> {
        let bytes = serde_json::to_vec(&claim).map_err(vector_error)?;
        write_atomically(&self.path, &bytes).map_err(vector_error)
    }

    /// Gives the collections up.
    pub(super) fn remove(&self) -> Result<(), IndexError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(vector_error(error)),
            _ => Ok(()),
        }
    }
}
