//! One process at a time owns a data folder; the others find it and talk to it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

const LOCK: &str = "server.lock";
const ADDRESS: &str = "server.json";

/// Where the owner of a data folder listens.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// Address of its API.
    pub(crate) address: SocketAddr,
    /// Its process.
    pub(crate) pid: u32,
}

/// The right to open the stores of a data folder; given up when dropped, by the kernel if need be.
pub(crate) struct Ownership {
    _lock: File,
    address_file: PathBuf,
}

/// Takes the folder, or says who has it.
pub(crate) fn own(data_dir: &Path) -> anyhow::Result<Result<Ownership, Option<Owner>>> {
    std::fs::create_dir_all(data_dir)
        .with_context(|| format!("cannot make the data folder {}", data_dir.display()))?;
    let path = data_dir.join(LOCK);
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
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            // A killed owner leaves its address behind.
            let _ = std::fs::remove_file(&address_file);
            Ok(Ok(Ownership {
                _lock: lock,
                address_file,
            }))
        }
        Err(error) if error == rustix::io::Errno::WOULDBLOCK => Ok(Err(read_owner(&address_file))),
        Err(error) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

impl Ownership {
    /// Tells other processes where to find this one.
    pub(crate) fn announce(&self, address: SocketAddr) -> anyhow::Result<()> {
        let owner = Owner {
            address,
            pid: std::process::id(),
        };
        let temporary = self.address_file.with_extension("tmp");
        let mut file = File::create(&temporary)?;
        file.write_all(serde_json::to_string(&owner)?.as_bytes())?;
        std::fs::rename(&temporary, &self.address_file)
            .context("cannot write the address file of the data folder")
    }
}

impl Drop for Ownership {
    fn drop(&mut self) {
        // Left behind, it is ignored: nobody holds the lock.
        let _ = std::fs::remove_file(&self.address_file);
    }
}

fn read_owner(address_file: &Path) -> Option<Owner> {
    serde_json::from_slice(&std::fs::read(address_file).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_whom_others_find() {
        let folder = tempfile::tempdir().expect("a folder");
        let Ok(ownership) = own(folder.path()).expect("works") else {
            panic!("a new folder is free");
        };
        let address: SocketAddr = "127.0.0.1:7878".parse().expect("an address");
        ownership.announce(address).expect("is written");
        let other = own(folder.path())
            .expect("works")
            .err()
            .expect("is taken")
            .expect("is announced");
        assert_eq!(other.address, address);
        drop(ownership);
        assert!(own(folder.path()).expect("works").is_ok());
    }
}
