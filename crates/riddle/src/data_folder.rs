//! One process at a time owns a data folder; the others find it and talk to it.

mod private;
mod whole;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use riddle_store::SqlStore;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

pub(crate) use private::{Access, DATABASE, DATABASE_OF_SERVER};
pub(crate) use whole::{name_whole, remove_whole, write_whole};

use crate::config::Secret;

/// Locked by the owner of a data folder.
pub(crate) const SERVER_LOCK: &str = "server.lock";
const ADDRESS: &str = "server.json";

/// Where the owner of a data folder listens.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// Address of its API.
    pub(crate) address: SocketAddr,
    /// Its process.
    pub(crate) pid: u32,
    /// The key of a server that a command has started for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
}

/// The right to open the stores of a data folder; given up when dropped, by the kernel if need be.
pub(crate) struct Ownership {
    _lock: File,
    _folder: Option<File>,
    address_file: PathBuf,
}

/// Bytes that this user may still write to the disk of a folder.
pub(crate) fn free_bytes(folder: &Path) -> Result<u64, Errno> {
    let space = rustix::fs::statvfs(folder)?;
    Ok(space.f_bavail.saturating_mul(space.f_frsize))
}

/// Takes the folder, or says who has it. A folder of a newer version is left as it is, but for the lock file.
pub(crate) async fn own(
    data_dir: &Path,
    access: Access,
) -> anyhow::Result<Result<Ownership, Option<Owner>>> {
    private::make(data_dir, access)
        .with_context(|| format!("cannot make the data folder {}", data_dir.display()))?;
    let path = data_dir.join(SERVER_LOCK);
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let lock = lock.with_context(|| {
        format!(
            "cannot open {}; is the data folder writable?",
            path.display()
        )
    })?;
    let address_file = data_dir.join(ADDRESS);
    let Some(lock) = lock_file(lock).with_context(|| format!("cannot lock {}", path.display()))?
    else {
        return Ok(Err(read_owner(&address_file)));
    };
    // The file may have been deleted while its owner runs; the folder cannot.
    let Ok(folder) = lock_folder(data_dir) else {
        return Ok(Err(read_owner(&address_file)));
    };
    SqlStore::refuse_newer(&data_dir.join(DATABASE))
        .await
        .context("cannot use this data folder")?;
    // A killed owner leaves its address behind.
    let _ = std::fs::remove_file(&address_file);
    private::tighten(data_dir, access);
    Ok(Ok(Ownership {
        _lock: lock,
        _folder: folder,
        address_file,
    }))
}

impl Ownership {
    /// Tells other processes of this user where to find this one, and its key if it is not one that they are given.
    pub(crate) fn announce(&self, address: SocketAddr, key: Option<&Secret>) -> anyhow::Result<()> {
        let owner = Owner {
            address,
            pid: std::process::id(),
            key: key.map(|key| key.0.clone()),
        };
        let temporary = self.address_file.with_extension("tmp");
        // Left by a process that was killed in the midst of this.
        let _ = std::fs::remove_file(&temporary);
        let mode = if key.is_some() { 0o600 } else { 0o640 };
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&temporary);
        let written = file
            .and_then(|mut file| file.write_all(serde_json::to_string(&owner)?.as_bytes()))
            .and_then(|()| std::fs::rename(&temporary, &self.address_file));
        written.context("cannot write the address file of the data folder")
    }
}

impl Drop for Ownership {
    fn drop(&mut self) {
        // Left behind, it is ignored: nobody holds the lock.
        let _ = std::fs::remove_file(&self.address_file);
    }
}

/// The file, locked, or none if another process has locked it.
fn lock_file(file: File) -> Result<Option<File>, Errno> {
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Another process has locked the folder.
struct Taken;

/// The folder, locked; not where the file system locks no folders, as some on other machines do not.
fn lock_folder(data_dir: &Path) -> Result<Option<File>, Taken> {
    let Ok(folder) = File::open(data_dir) else {
        return Ok(None);
    };
    match lock_file(folder) {
        Ok(Some(folder)) => Ok(Some(folder)),
        Ok(None) => Err(Taken),
        Err(_) => Ok(None),
    }
}

fn read_owner(address_file: &Path) -> Option<Owner> {
    serde_json::from_slice(&std::fs::read(address_file).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn try_own(folder: &Path) -> Result<Ownership, Option<Owner>> {
        own(folder, Access::Owner).await.expect("works")
    }

    async fn announced(folder: &Path) -> Ownership {
        let Ok(ownership) = try_own(folder).await else {
            panic!("a new folder is free");
        };
        let address: SocketAddr = "127.0.0.1:7878".parse().expect("an address");
        let key = Secret("a key".to_owned());
        ownership.announce(address, Some(&key)).expect("is written");
        ownership
    }

    async fn owner(folder: &Path) -> Owner {
        let other = try_own(folder).await.err().expect("is taken");
        other.expect("is announced")
    }

    #[tokio::test]
    async fn a_folder_has_one_owner_whom_others_find() {
        let folder = tempfile::tempdir().expect("a folder");
        let ownership = announced(folder.path()).await;
        let found = owner(folder.path()).await;
        assert_eq!(found.address.port(), 7878);
        assert_eq!(found.key.as_deref(), Some("a key"));
        drop(ownership);
        assert!(try_own(folder.path()).await.is_ok());
    }

    #[tokio::test]
    async fn a_deleted_lock_file_takes_nothing_from_the_owner() {
        let folder = tempfile::tempdir().expect("a folder");
        let ownership = announced(folder.path()).await;
        std::fs::remove_file(folder.path().join(SERVER_LOCK)).expect("removed");
        assert_eq!(owner(folder.path()).await.address.port(), 7878);
        assert!(folder.path().join(ADDRESS).exists());
        drop(ownership);
        assert!(try_own(folder.path()).await.is_ok());
    }

    #[tokio::test]
    async fn the_key_is_for_the_user_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let _ownership = announced(folder.path()).await;
        let file = std::fs::metadata(folder.path().join(ADDRESS)).expect("is there");
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}
