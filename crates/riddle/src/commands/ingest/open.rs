use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{CWD, Mode, OFlags, openat};

/// Opens a file as it was found: between then and now, nothing on the way to it below `root` may have become a symbolic
/// link, and it must be a regular file. Returns its size in bytes besides.
pub(in crate::commands) fn open(root: &Path, below: &Path) -> io::Result<(File, u64)> {
    let common = OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let folder = OFlags::RDONLY | OFlags::DIRECTORY;
    let mut at: OwnedFd = openat(CWD, root, folder | OFlags::CLOEXEC, Mode::empty())?;
    let mut names = names(below)?;
    let leaf = names.pop().ok_or(io::ErrorKind::InvalidInput)?;
    for name in names {
        at = openat(&at, name, folder | common, Mode::empty())?;
    }
    // Without blocking, as a pipe would wait for its writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK;
    let file = File::from(openat(&at, leaf, flags | common, Mode::empty())?);
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    Ok((file, metadata.len()))
}

fn names(below: &Path) -> io::Result<Vec<&OsStr>> {
    let names = below.components().map(|component| match component {
        Component::Normal(name) => Ok(name),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_has_become_a_link_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("docs");
        std::fs::create_dir_all(root.join("sub")).expect("folders");
        std::fs::create_dir(folder.path().join("private")).expect("a folder");
        std::fs::write(folder.path().join("private/key"), "secret").expect("a file");
        std::fs::write(root.join("sub/a"), "text").expect("a file");
        let (_file, bytes) = open(&root, Path::new("sub/a")).expect("a regular file");
        assert_eq!(bytes, 4);

        symlink(folder.path().join("private/key"), root.join("leaf")).expect("a link");
        symlink(folder.path().join("private"), root.join("way")).expect("a link");
        for below in ["leaf", "way/key", "../private/key", "sub", "none"] {
            assert!(open(&root, Path::new(below)).is_err(), "{below}");
        }
        // The folder that was named may itself be reached by a link.
        symlink(&root, folder.path().join("named")).expect("a link");
        assert!(open(&folder.path().join("named"), Path::new("sub/a")).is_ok());
    }
}
