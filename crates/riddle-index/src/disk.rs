use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Replaces a small file. After a crash it has either the old content or the new.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_parent(path)
}

/// Moves a folder to `<name>.broken-<n>` with the first free n, so that somebody can still look at it.
pub(crate) fn set_aside(path: &Path) -> io::Result<()> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    for n in 1_u32.. {
        let target = path.with_file_name(format!("{name}.broken-{n}"));
        if !target.exists() {
            fs::rename(path, &target)?;
            return sync_parent(path);
        }
    }
    Ok(())
}

pub(crate) fn is_set_aside(name: &str) -> bool {
    name.contains(".broken-")
}

/// Makes the creation or renaming of a file or folder durable.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
