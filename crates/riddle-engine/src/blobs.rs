use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use riddle_core::ContentHash;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::sync::RwLock;

/// Bytes of an original that are read at a time.
const READ_BYTES: usize = 1 << 20;

/// Whether an original is what was uploaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BlobState {
    Sound,
    /// It has other bytes.
    Damaged,
    /// It is not there.
    Missing,
}

/// The originals of all documents, each under the hash of its bytes, so that no name of a user is ever a path.
pub(crate) struct BlobStore {
    blobs: PathBuf,
    uploads: PathBuf,
    /// Shared while a blob gets its name and its document row, exclusive while unreferenced blobs are removed:
    /// otherwise a removal could take the blob that an upload of the same bytes has just found.
    pub(crate) removal: RwLock<()>,
    /// [`BACKUP_LOCK`].
    backup_lock: PathBuf,
}

/// File of the data folder that is locked, shared, while a backup is made, so that no original is removed meanwhile.
pub const BACKUP_LOCK: &str = "backup.lock";

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
            backup_lock: data_dir.join(BACKUP_LOCK),
        })
    }

    /// The right to remove originals for as long as the file is kept; none while a backup is being made.
    pub(crate) fn may_remove(&self) -> io::Result<Option<File>> {
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.backup_lock)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            // A file system without locks, where no backup holds any either.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Some(lock))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
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

    pub(crate) fn path(&self, hash: ContentHash) -> PathBuf {
        self.blobs.join(hash.to_string())
    }

    /// Reads a blob and compares its hash with its name.
    pub(crate) fn state(&self, hash: ContentHash) -> io::Result<BlobState> {
        let mut file = match File::open(self.path(hash)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BlobState::Missing),
            Err(error) => return Err(error),
        };
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => hasher.update(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A sector that cannot be read, or a folder in the place of the file.
                Err(_unreadable) => return Ok(BlobState::Damaged),
            }
        }
        let sound = ContentHash(hasher.finalize().into()) == hash;
        Ok(if sound {
            BlobState::Sound
        } else {
            BlobState::Damaged
        })
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
