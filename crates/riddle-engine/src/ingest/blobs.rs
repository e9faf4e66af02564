use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use riddle_core::ContentHash;
use tempfile::NamedTempFile;
use tokio::sync::RwLock;

/// The originals of all documents, each under the hash of its bytes, so that no name of a user is ever a path.
pub(crate) struct BlobStore {
    blobs: PathBuf,
    uploads: PathBuf,
    /// Shared while a blob gets its name and its document row, exclusive while unreferenced blobs are removed:
    /// otherwise a removal could take the blob that an upload of the same bytes has just found.
    pub(crate) removal: RwLock<()>,
}

impl BlobStore {
    /// Opens the folders below `data_dir`, making them if absent, and clears uploads that were never finished.
    pub(crate) fn open(data_dir: &Path) -> io::Result<Self> {
        let blobs = data_dir.join("blobs");
        let uploads = data_dir.join("uploads");
        std::fs::create_dir_all(&blobs)?;
        if uploads.try_exists()? {
            std::fs::remove_dir_all(&uploads)?;
        }
        std::fs::create_dir_all(&uploads)?;
        Ok(Self {
            blobs,
            uploads,
            removal: RwLock::new(()),
        })
    }

    /// A temporary file on the same file system as the blobs, removed when dropped.
    pub(crate) fn begin(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(&self.uploads)
    }

    /// Makes the file durable under `hash`; its bytes must already be synced.
    pub(crate) fn keep(&self, file: NamedTempFile, hash: ContentHash) -> io::Result<()> {
        file.persist(self.path(hash)).map_err(|error| error.error)?;
        File::open(&self.blobs)?.sync_all()
    }

    /// Where the bytes of this hash lie.
    pub(crate) fn path(&self, hash: ContentHash) -> PathBuf {
        self.blobs.join(hash.to_string())
    }

    /// Removes a blob; one that is gone already is no error.
    pub(crate) fn remove(&self, hash: ContentHash) -> io::Result<()> {
        match std::fs::remove_file(self.path(hash)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The hashes of all blobs.
    pub(crate) fn list(&self) -> io::Result<Vec<ContentHash>> {
        let mut hashes = Vec::new();
        for entry in std::fs::read_dir(&self.blobs)? {
            if let Some(Ok(hash)) = entry?.file_name().to_str().map(str::parse) {
                hashes.push(hash);
            }
        }
        Ok(hashes)
    }
}
