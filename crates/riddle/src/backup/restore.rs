use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use riddle_core::ContentHash;
use riddle_store::{SnapshotContents, examine_snapshot};
use serde::Serialize;
use tokio::runtime::Handle;

use super::originals::{Originals, copy_hashed, keep, sync_folder};
use super::source::{ArchiveParts, FolderParts, Parts};
use super::{CONFIGURATION, DATABASE, Manifest, ORIGINALS, Progress, Source};
use crate::disk::Disk;

/// In a data folder while a backup is being restored to it.
pub(super) const UNFINISHED: &str = "restore.unfinished";
/// Names of lost originals in an error.
const NAMED: usize = 3;

/// What was restored, or would be.
#[derive(Serialize)]
pub(crate) struct Restored {
    pub(crate) manifest: Manifest,
    /// Whether the configuration of the backup was put into the data folder; one that is there already stays.
    pub(crate) configuration: bool,
    /// Hashes of originals that are damaged or not there, when the backup was made or since.
    pub(crate) lost_originals: Vec<String>,
}

/// Refuses a data folder to which a backup was restored in part.
pub(crate) fn refuse_unfinished(data_dir: &Path) -> anyhow::Result<()> {
    ensure!(
        !data_dir.join(UNFINISHED).try_exists()?,
        "restoring a backup to {} was cut off; run `riddle restore` again, which begins anew, or remove the folder",
        data_dir.display()
    );
    Ok(())
}

/// Puts a backup into a data folder that holds no data. The caller owns the folder. Until all is there and checked, a
/// server refuses it.
pub(crate) async fn restore(
    source: Source,
    data_dir: &Path,
    allow_lost: bool,
    progress: Progress<'_>,
) -> anyhow::Result<Restored> {
    refuse_data(data_dir)?;
    let landing = Landing {
        folder: data_dir.to_path_buf(),
        keep: true,
        allow_lost,
    };
    let restored = read(source, &landing, progress)?;
    let marker = data_dir.join(UNFINISHED);
    remove_indexes(data_dir)?;
    std::fs::rename(landing.database(), data_dir.join(DATABASE))
        .context("cannot name the database")?;
    sync_folder(data_dir)?;
    std::fs::remove_file(&marker)?;
    sync_folder(data_dir)?;
    Ok(restored)
}

/// Reads a backup whole and compares everything with its hash, and keeps nothing of it.
pub(crate) async fn check(
    source: Source,
    allow_lost: bool,
    progress: Progress<'_>,
) -> anyhow::Result<Restored> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let landing = Landing {
        folder: folder.path().to_path_buf(),
        keep: false,
        allow_lost,
    };
    read(source, &landing, progress)
}

/// What an earlier restore left may be replaced, data never.
fn refuse_data(data_dir: &Path) -> anyhow::Result<()> {
    let unfinished = data_dir.join(UNFINISHED).try_exists()?;
    let has_originals = std::fs::read_dir(data_dir.join(ORIGINALS))
        .is_ok_and(|mut entries| entries.next().is_some());
    let mut has_database = false;
    for ending in ["", "-wal", "-shm", "-journal"] {
        has_database |= data_dir.join(format!("{DATABASE}{ending}")).try_exists()?;
    }
    // No server has begun on what a restore that was cut off left.
    ensure!(
        unfinished || !(has_database || has_originals),
        "{} holds data already, which a restore never replaces; move it away, or name an empty folder with --data-dir",
        data_dir.display()
    );
    Ok(())
}

/// What is left of indexes of other data would be taken for those of this.
fn remove_indexes(data_dir: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(data_dir.join("index")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).context("cannot remove old indexes from the data folder")
        }
        _ => Ok(()),
    }
}

/// Where the parts of a backup go.
struct Landing {
    folder: PathBuf,
    /// Whether originals are kept, or only compared with their hashes.
    keep: bool,
    allow_lost: bool,
}

impl Landing {
    fn database(&self) -> PathBuf {
        self.folder.join("riddle.db.restoring")
    }
}

fn read(source: Source, landing: &Landing, progress: Progress<'_>) -> anyhow::Result<Restored> {
    match source {
        Source::Folder { dir, name } => {
            read_parts(&mut FolderParts { dir, name }, landing, progress)
        }
        Source::Archive(reader) => {
            let mut archive = tar::Archive::new(reader);
            read_parts(&mut ArchiveParts::new(&mut archive)?, landing, progress)
        }
    }
}

fn read_parts(
    parts: &mut impl Parts,
    landing: &Landing,
    progress: Progress<'_>,
) -> anyhow::Result<Restored> {
    let manifest = parts.manifest()?;
    if landing.keep {
        let marker = landing.folder.join(UNFINISHED);
        std::fs::write(&marker, "")
            .with_context(|| format!("cannot write to {}", landing.folder.display()))?;
    }
    let originals = if landing.keep {
        manifest.original_bytes
    } else {
        0
    };
    let bytes = manifest.database_bytes.saturating_add(originals);
    // What is kept free is for the work of a server, and of this data there is none yet.
    Disk::whole(&landing.folder).check(bytes)?;
    let contents = read_database(parts, &manifest, landing)?;
    let configuration = parts.configuration()?;
    let path = landing.folder.join(CONFIGURATION);
    let configuration = configuration.filter(|_| landing.keep && !path.exists());
    let lost_originals = read_originals(parts, &manifest, &contents, landing, progress)?;
    if let Some(text) = &configuration {
        std::fs::write(&path, text).context("cannot write the configuration")?;
    }
    Ok(Restored {
        manifest,
        configuration: configuration.is_some(),
        lost_originals,
    })
}

fn read_database(
    parts: &mut impl Parts,
    manifest: &Manifest,
    landing: &Landing,
) -> anyhow::Result<SnapshotContents> {
    let path = landing.database();
    parts.database(&mut |from| {
        let mut file = tempfile::NamedTempFile::new_in(&landing.folder)?;
        // One byte more shows that it is too long.
        let mut from = from.take(manifest.database_bytes.saturating_add(1));
        let (hash, bytes) =
            copy_hashed(&mut from, &mut file).context("the database cannot be copied")?;
        ensure!(
            bytes == manifest.database_bytes && hash.to_string() == manifest.database_sha256,
            "the database of the backup is damaged or not whole; take another backup"
        );
        Ok(keep(file, &path)?)
    })?;
    let examined =
        tokio::task::block_in_place(|| Handle::current().block_on(examine_snapshot(&path)));
    examined.context("the database of the backup cannot be used; take another backup")
}

/// Returns those that are lost.
fn read_originals(
    parts: &mut impl Parts,
    manifest: &Manifest,
    contents: &SnapshotContents,
    landing: &Landing,
    progress: Progress<'_>,
) -> anyhow::Result<Vec<String>> {
    let kept = Originals::open(landing.folder.join(ORIGINALS))?;
    let wanted = contents.originals.as_slice();
    let mut lost: BTreeSet<ContentHash> = wanted.iter().map(|(hash, _)| *hash).collect();
    let mut done = 0;
    parts.originals(wanted, &mut |hash, from| {
        progress(done, wanted.len() as u64);
        done += 1;
        if lands(&kept, landing, hash, from)? {
            lost.remove(&hash);
        }
        Ok(())
    })?;
    kept.sync()?;
    let lost: Vec<String> = lost.iter().map(ToString::to_string).collect();
    let new = lost
        .iter()
        .filter(|hash| !manifest.lost_originals.contains(hash));
    let new: Vec<&str> = new.map(String::as_str).collect();
    ensure!(
        new.is_empty() || landing.allow_lost,
        "the backup has lost {} of its {} originals, such as {}; take another backup, after removing the \
         damaged files from its `blobs` if it is a folder; or go on without them with --allow-lost: their documents are found and read as before, but cannot be downloaded or processed anew",
        new.len(),
        wanted.len(),
        new[..new.len().min(NAMED)].join(", ")
    );
    Ok(lost)
}

/// Whether an original is what its hash says.
fn lands(
    kept: &Originals,
    landing: &Landing,
    hash: ContentHash,
    mut from: &mut dyn Read,
) -> anyhow::Result<bool> {
    if landing.keep {
        return kept
            .add(hash, &mut from)
            .with_context(|| format!("cannot copy the original {hash}"));
    }
    let (found, _) = copy_hashed(&mut from, &mut io::sink())
        .with_context(|| format!("cannot read the original {hash}"))?;
    Ok(found == hash)
}
