use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use riddle_core::ContentHash;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 20;
/// How files begin that are not whole yet. A run that is killed leaves them, and the next one removes them.
pub(super) const PARTIAL: &str = ".partial-";

/// Which side of a copy failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    #[error("it cannot be read")]
    Read(#[source] io::Error),
    #[error("it cannot be written")]
    Write(#[from] io::Error),
}

/// Copies all that `from` gives and returns the hash and the length of it.
pub(super) fn copy_hashed(
    from: &mut impl Read,
    to: &mut impl Write,
) -> Result<(ContentHash, u64), CopyError> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut bytes = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(&buffer[..read]);
                to.write_all(&buffer[..read])?;
                bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(CopyError::Read(error)),
        }
    }
    Ok((ContentHash(hasher.finalize().into()), bytes))
}

/// The hash and the length of a file.
pub(super) fn hash_file(path: &Path) -> Result<(ContentHash, u64), CopyError> {
    let mut file = File::open(path).map_err(CopyError::Read)?;
    copy_hashed(&mut file, &mut io::sink())
}

/// A folder of originals, each named by its hash.
pub(super) struct Originals {
    folder: PathBuf,
}

impl Originals {
    /// Opens the folder, making it if absent, and removes what an earlier run left half done.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(Self { folder })
    }

    pub(super) fn path(&self, hash: ContentHash) -> PathBuf {
        self.folder.join(hash.to_string())
    }

    /// Whether an original of this length is here; its content is not read.
    pub(super) fn holds(&self, hash: ContentHash, bytes: u64) -> bool {
        std::fs::metadata(self.path(hash))
            .is_ok_and(|metadata| metadata.is_file() && metadata.len() == bytes)
    }

    /// Writes an original durably. Returns whether its bytes were those of the hash; if not, nothing is kept.
    pub(super) fn add(&self, hash: ContentHash, from: &mut impl Read) -> Result<bool, CopyError> {
        let mut file = tempfile::Builder::new()
            .prefix(PARTIAL)
            .tempfile_in(&self.folder)?;
        let (found, _) = copy_hashed(from, &mut file)?;
        if found != hash {
            return Ok(false);
        }
        keep(file, &self.path(hash))?;
        Ok(true)
    }

    /// Makes the names of all originals durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync_folder(&self.folder)
    }

    /// Removes the originals that nobody wants any more, and returns how many there were.
    pub(super) fn retain(&self, wanted: impl Fn(ContentHash) -> bool) -> io::Result<u64> {
        let mut removed = 0;
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let hash = entry.file_name().to_str().map(str::parse::<ContentHash>);
            // What is not named by a hash is not ours.
            if let Some(Ok(hash)) = hash
                && !wanted(hash)
            {
                std::fs::remove_file(entry.path())?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// Gives a temporary file its name once its bytes are durable.
pub(super) fn keep(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes what runs that were killed have left.
pub(super) fn remove_partial(dir: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            std::fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}
