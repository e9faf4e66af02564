//! Which weights a model has.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use riddle_core::ModelError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Source;
use crate::hash::size_and_sha256;
use crate::weights::shards;

const SHORT_HASH: usize = 16;

/// The hash of a file, kept so that a start need not read gigabytes again.
#[derive(Serialize, Deserialize, PartialEq)]
struct Stamp {
    length: u64,
    modified_ns: u128,
    sha256: String,
}

/// Hash of the weights and, where there is one, of the configuration: 16 hex digits.
///
/// # Errors
/// A file cannot be read.
pub fn content_hash(
    source: &Source<'_>,
    weights: &str,
    cache: &Path,
) -> Result<String, ModelError> {
    let mut hash = Sha256::new();
    hash.update(source.read("config.json").unwrap_or_default());
    for file in shards(source, weights)? {
        hash.update(stamped_hash(source, &file, cache)?);
    }
    Ok(hex(&hash.finalize())[..SHORT_HASH].to_owned())
}

/// Whether weights in one file were hashed before as they are now, and so may have been used before.
pub fn was_hashed(source: &Source<'_>, weights: &str, cache: &Path) -> bool {
    let place = Place::of(source, weights, cache);
    place.is_ok_and(|place| place.known_hash().is_some())
}

/// A file as it is now, and where its stamp is kept.
struct Place {
    path: PathBuf,
    length: u64,
    modified_ns: Option<u128>,
    stamp_path: PathBuf,
}

impl Place {
    fn of(source: &Source<'_>, file: &str, cache: &Path) -> Result<Self, ModelError> {
        let path = source.path(file);
        let metadata = std::fs::metadata(&path).map_err(|error| source.unreadable(file, &error))?;
        let modified_ns = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map(|age| age.as_nanos());
        let known = path.canonicalize().unwrap_or_else(|_| path.clone());
        let name = hex(&Sha256::digest(known.as_os_str().as_encoded_bytes()));
        Ok(Self {
            path,
            length: metadata.len(),
            modified_ns,
            stamp_path: cache.join(format!("{}.stamp.json", &name[..SHORT_HASH])),
        })
    }

    fn known_hash(&self) -> Option<String> {
        let bytes = std::fs::read(&self.stamp_path).ok()?;
        let stamp: Stamp = serde_json::from_slice(&bytes).ok()?;
        let same = stamp.length == self.length && Some(stamp.modified_ns) == self.modified_ns;
        same.then_some(stamp.sha256)
    }
}

/// A stamp that cannot be read or written only costs time.
fn stamped_hash(source: &Source<'_>, file: &str, cache: &Path) -> Result<String, ModelError> {
    let place = Place::of(source, file, cache)?;
    if let Some(sha256) = place.known_hash() {
        return Ok(sha256);
    }
    let (_, sha256) =
        size_and_sha256(&place.path).map_err(|error| source.unreadable(file, &error))?;
    if let Some(modified_ns) = place.modified_ns {
        let stamp = Stamp {
            length: place.length,
            modified_ns,
            sha256: sha256.clone(),
        };
        let stored = std::fs::create_dir_all(cache)
            .and_then(|()| std::fs::write(&place.stamp_path, serde_json::to_vec(&stamp)?));
        if let Err(error) = stored {
            tracing::debug!(%error, "the hash of the weights could not be kept");
        }
    }
    Ok(sha256)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
