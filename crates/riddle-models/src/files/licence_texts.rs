//! The licence texts that a wheel brings for what it holds.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zip::ZipArchive;

/// Names under which packages have them. They are looked up, so that no name in the wheel ever becomes a path.
const NAMES: [&str; 8] = [
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "LICENCE",
    "COPYING",
    "NOTICE",
    "NOTICE.txt",
    "NOTICE.md",
];
/// Longer than any licence.
const LONGEST: u64 = 1 << 20;

/// Copies them into the folder of a model, beside its files. What cannot be copied is told in the log: the model works
/// without.
pub(super) fn keep(wheel: &Path, package: &str, version: &str, folder: &Path) {
    let archive = File::open(wheel)
        .map_err(zip::result::ZipError::from)
        .and_then(ZipArchive::new);
    let mut archive = match archive {
        Ok(archive) => archive,
        Err(error) => return tracing::warn!(%error, "a package cannot be searched for licences"),
    };
    let metadata = format!("{}-{version}.dist-info", package.replace(['-', '.'], "_"));
    for name in NAMES {
        let places = [
            format!("{metadata}/licenses/{name}"),
            format!("{metadata}/{name}"),
        ];
        let text = places.iter().find_map(|place| read(&mut archive, place));
        let target = folder.join(name);
        if let Some(text) = text
            && !target.exists()
            && let Err(error) = std::fs::write(&target, text)
        {
            tracing::warn!(%error, name, "a licence text cannot be kept");
        }
    }
}

fn read(archive: &mut ZipArchive<File>, place: &str) -> Option<Vec<u8>> {
    let member = archive.by_name(place).ok().filter(|m| m.is_file())?;
    let mut text = Vec::new();
    member.take(LONGEST).read_to_end(&mut text).ok()?;
    Some(text)
}
