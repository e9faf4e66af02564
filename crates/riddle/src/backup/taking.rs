use std::fs::{File, OpenOptions};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use riddle_core::ContentHash;
use riddle_store::{examine_snapshot, take_snapshot};

use super::originals::{hash_file, remove_partial};
use super::{CONFIGURATION, DATABASE, DataFolder, Manifest, ORIGINALS};

/// Held by whoever makes a backup; while it is, no server removes an original.
const LOCK: &str = riddle_engine::BACKUP_LOCK;

/// Refuses a folder without a database, before anything is made in it.
pub(crate) fn refuse_no_data(data_dir: &Path) -> anyhow::Result<()> {
    ensure!(
        data_dir.join(DATABASE).try_exists()?,
        "{} holds no data to back up; name the data folder with --data-dir",
        data_dir.display()
    );
    Ok(())
}

/// A data folder at one moment: a copy of its database, and originals that stay as long as this lives.
pub(super) struct Taken {
    pub(super) manifest: Manifest,
    /// Every original that the database refers to, with its bytes.
    pub(super) originals: Vec<(ContentHash, u64)>,
    data_dir: PathBuf,
    _lock: File,
}

impl Taken {
    /// Copies the database to `copy`, which must not exist, while others may use it.
    pub(super) async fn take(data: &DataFolder, copy: &Path) -> anyhow::Result<Self> {
        let data_dir = data.dir.as_path();
        let database = data_dir.join(DATABASE);
        let lock = lock(data_dir)?;
        let created_at = data.now();
        take_snapshot(&database, copy)
            .await
            .with_context(|| format!("cannot copy the database to {}", copy.display()))?;
        let contents = examine_snapshot(copy)
            .await
            .context("the copy of the database cannot be used")?;
        let (hash, bytes) = hash_file(copy)?;
        let mut manifest = Manifest::new(created_at, data_dir, &contents, bytes, hash.to_string());
        manifest.configuration = data_dir.join(CONFIGURATION).is_file();
        Ok(Self {
            manifest,
            originals: contents.originals,
            data_dir: data_dir.to_path_buf(),
            _lock: lock,
        })
    }

    pub(super) fn original(&self, hash: ContentHash) -> PathBuf {
        self.data_dir.join(ORIGINALS).join(hash.to_string())
    }

    pub(super) fn configuration(&self) -> Option<PathBuf> {
        self.manifest
            .configuration
            .then(|| self.data_dir.join(CONFIGURATION))
    }
}

/// Removes what interrupted archives left, unless a backup is being made.
pub(super) fn remove_remains(data_dir: &Path) -> anyhow::Result<()> {
    match open_lock(data_dir)?.try_lock() {
        Ok(()) => remove_partial(data_dir),
        Err(_) => Ok(()),
    }
}

fn lock(data_dir: &Path) -> anyhow::Result<File> {
    let file = open_lock(data_dir)?;
    // A removal that has begun is over in a moment.
    match file.lock_shared() {
        Err(error) if error.kind() != std::io::ErrorKind::Unsupported => {
            Err(error).context("cannot lock the data folder for a backup")
        }
        // On a file system without locks, servers remove originals without asking.
        _ => Ok(file),
    }
}

fn open_lock(data_dir: &Path) -> anyhow::Result<File> {
    let path = data_dir.join(LOCK);
    let is_new = !path.exists();
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    if is_new && rustix::process::geteuid().is_root() {
        // The server of another user must be able to open it.
        let owner = std::fs::metadata(data_dir)?;
        std::os::unix::fs::fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(file)
}
