//! Who besides its owner may read a data folder: nobody, or its group.

use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use rustix::fs::Mode;
use rustix::process::umask;

/// What of a data folder is Riddle's own, by how its name begins. Model files are no secret and may be shared.
const OWN: [&str; 5] = ["riddle.db", "server.", "index", "blobs", "uploads"];
/// Its content is private file by file since ever, and may be millions of files.
const BLOBS: &str = "blobs";
/// The database, without which a folder that is not empty may be somebody else's.
pub(crate) const DATABASE: &str = "riddle.db";
/// Which database of a PostgreSQL server the folder belongs to, in place of one of its own.
pub(crate) const DATABASE_OF_SERVER: &str = "server.database";
const STICKY: u32 = 0o1000;

/// Who may read a data folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Access {
    /// The user who runs the server.
    Owner,
    /// That user, and for reading the group of the folder.
    Group,
}

impl Access {
    /// The permissions that nothing in the folder has.
    fn forbidden(self) -> u32 {
        match self {
            Self::Owner => 0o077,
            Self::Group => 0o027,
        }
    }
}

/// Makes the folder if it is not there. From here on, this process makes files that others cannot read.
pub(super) fn make(data_dir: &Path, access: Access) -> io::Result<()> {
    umask(Mode::from_bits_truncate(access.forbidden()));
    let mode = 0o777 & !access.forbidden();
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(data_dir)
}

/// Takes from others what an earlier version or another program let them read.
pub(super) fn tighten(data_dir: &Path, access: Access) {
    if let Err(error) = try_tighten(data_dir, access) {
        tracing::warn!(
            %error,
            "the data folder cannot be kept from other users of this machine; is it another user's?"
        );
    }
}

fn try_tighten(data_dir: &Path, access: Access) -> io::Result<()> {
    let entries: Vec<_> = std::fs::read_dir(data_dir)?.collect::<Result<_, _>>()?;
    let named = |name: &str| entries.iter().any(|entry| entry.file_name() == name);
    let mode = std::fs::metadata(data_dir)?.permissions().mode();
    // Not a folder for many users such as /tmp, nor one of other files that somebody began to keep data in.
    if mode & STICKY == 0 && (entries.is_empty() || named(DATABASE) || named(DATABASE_OF_SERVER)) {
        restrict(data_dir, mode, access)?;
    }
    for entry in &entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if OWN.iter().any(|own| name.starts_with(own)) {
            restrict_all(&entry.path(), access, name != BLOBS)?;
        }
    }
    Ok(())
}

fn restrict_all(path: &Path, access: Access, content: bool) -> io::Result<()> {
    let metadata = std::fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Ok(());
    }
    restrict(path, metadata.permissions().mode(), access)?;
    if metadata.is_dir() && content {
        for entry in std::fs::read_dir(path)? {
            restrict_all(&entry?.path(), access, content)?;
        }
    }
    Ok(())
}

fn restrict(path: &Path, mode: u32, access: Access) -> io::Result<()> {
    if mode & access.forbidden() == 0 {
        return Ok(());
    }
    let mode = mode & 0o7777 & !access.forbidden();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        let metadata = std::fs::metadata(path).expect("is there");
        metadata.permissions().mode() & 0o7777
    }

    fn open_folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        std::fs::create_dir_all(path.join("index/dense")).expect("folders");
        for name in ["riddle.db", "riddle.db-wal", "index/dense/a", "notes.txt"] {
            std::fs::write(path.join(name), "x").expect("a file");
            set(&path.join(name), 0o644);
        }
        set(&path.join("index"), 0o755);
        set(path, 0o755);
        folder
    }

    fn set(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("is set");
    }

    #[test]
    fn an_open_data_folder_is_closed_and_other_files_are_left_alone() {
        let folder = open_folder();
        tighten(folder.path(), Access::Owner);
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.path().join("index")), 0o700);
        for name in ["riddle.db", "riddle.db-wal", "index/dense/a"] {
            assert_eq!(mode(&folder.path().join(name)), 0o600, "{name}");
        }
        assert_eq!(mode(&folder.path().join("notes.txt")), 0o644);
    }

    #[test]
    fn a_group_that_is_wanted_keeps_reading() {
        let folder = open_folder();
        tighten(folder.path(), Access::Group);
        assert_eq!(mode(folder.path()), 0o750);
        assert_eq!(mode(&folder.path().join("riddle.db")), 0o640);
    }

    #[test]
    fn folders_of_many_users_and_of_other_files_are_left_alone() {
        let folder = open_folder();
        set(folder.path(), 0o1777);
        tighten(folder.path(), Access::Owner);
        assert_eq!(mode(folder.path()), 0o1777);
        assert_eq!(mode(&folder.path().join("riddle.db")), 0o600);

        let folder = open_folder();
        std::fs::remove_file(folder.path().join("riddle.db")).expect("removed");
        tighten(folder.path(), Access::Owner);
        assert_eq!(mode(folder.path()), 0o755);
    }
}
