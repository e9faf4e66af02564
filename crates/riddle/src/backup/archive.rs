use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Context;

use super::taking::Taken;
use super::{CONFIGURATION, DATABASE, DataFolder, MANIFEST, Manifest, ORIGINALS, Progress};
use crate::backup::originals::{PARTIAL, hash_file};
use crate::backup::taking::remove_remains;

/// Files in an archive: for their owner alone.
const MODE: u32 = 0o600;

/// Writes a whole backup of the data folder, which may be in use, as one tar archive.
pub(crate) async fn write_archive(
    data: &DataFolder,
    output: impl Write,
    progress: Progress<'_>,
) -> anyhow::Result<Manifest> {
    let data_dir = &data.dir;
    // Not the system's folder for temporary files, which is memory in many.
    remove_remains(data_dir)?;
    let staging = tempfile::Builder::new()
        .prefix(PARTIAL)
        .tempdir_in(data_dir)
        .with_context(|| format!("cannot write to {}", data_dir.display()))?;
    data.disk_of(data_dir).check(data.database_bytes())?;
    let copy = staging.path().join(DATABASE);
    let mut taken = Taken::take(data, &copy).await?;
    find_lost(&mut taken);
    let mut archive = tar::Builder::new(output);
    write(&mut archive, &taken, &copy, progress).context("the archive cannot be written")?;
    archive
        .into_inner()
        .and_then(|mut output| output.flush())
        .context("the archive cannot be written")?;
    Ok(taken.manifest)
}

/// The manifest comes first in an archive, so all originals are read once before.
fn find_lost(taken: &mut Taken) {
    for (hash, _) in &taken.originals {
        let sound = hash_file(&taken.original(*hash)).is_ok_and(|(found, _)| found == *hash);
        if !sound {
            taken.manifest.lost_originals.push(hash.to_string());
        }
    }
}

fn write(
    archive: &mut tar::Builder<impl Write>,
    taken: &Taken,
    database: &Path,
    progress: Progress<'_>,
) -> anyhow::Result<()> {
    let manifest = taken.manifest.to_json()?;
    append(
        archive,
        MANIFEST,
        manifest.len() as u64,
        manifest.as_slice(),
    )?;
    append_file(archive, DATABASE, database)?;
    if let Some(configuration) = taken.configuration() {
        // Somebody may be editing it.
        let text = std::fs::read(&configuration)?;
        append(archive, CONFIGURATION, text.len() as u64, text.as_slice())?;
    }
    let all = taken.originals.len() as u64;
    for (done, (hash, _)) in (0..).zip(&taken.originals) {
        progress(done, all);
        let name = hash.to_string();
        if !taken.manifest.lost_originals.contains(&name) {
            append_file(
                archive,
                &format!("{ORIGINALS}/{name}"),
                &taken.original(*hash),
            )?;
        }
    }
    Ok(())
}

fn append_file(
    archive: &mut tar::Builder<impl Write>,
    name: &str,
    path: &Path,
) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let bytes = file.metadata()?.len();
    append(archive, name, bytes, file)
}

fn append(
    archive: &mut tar::Builder<impl Write>,
    name: &str,
    bytes: u64,
    content: impl std::io::Read,
) -> anyhow::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(MODE);
    archive.append_data(&mut header, name, content)?;
    Ok(())
}
