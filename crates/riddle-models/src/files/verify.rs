use super::check::{FileProblem, check, missing};
use super::error::ModelFileError;
use super::install::wrong_hash;
use super::manifest::{Manifest, ManifestFile, Trust};
use super::pull::note;
use super::store::ModelStore;
use crate::catalogue::{CatalogueEntry, CatalogueFile};
use riddle_checkpoint::size_and_sha256;

/// What looking into all files of a model gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// Catalogue name.
    pub model: String,
    /// Its files; optional ones that are absent are left out.
    pub files: Vec<VerifiedFile>,
}

/// What looking into one file gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedFile {
    /// Path within the model's folder.
    pub path: String,
    /// Length in bytes; 0 where it is missing.
    pub size: u64,
    /// SHA-256 as it is now; empty where it is missing.
    pub sha256: String,
    /// Why the expected hash is believed; `None` where it is missing.
    pub trust: Option<Trust>,
    /// What is wrong with it, if anything.
    pub trouble: Option<FileProblem>,
}

impl VerifiedFile {
    /// Whether it is not there at all.
    pub fn is_missing(&self) -> bool {
        self.trust.is_none()
    }
}

impl VerifyReport {
    /// Whether all is well.
    pub fn is_ok(&self) -> bool {
        self.files.iter().all(|file| file.trouble.is_none())
    }
}

impl ModelStore {
    /// Hashes every file of a model again, compares with the catalogue and the manifest, and looks into it. A sound
    /// file that was put there by hand is recorded. Blocks for as long as reading the files takes.
    ///
    /// # Errors
    /// The name is unknown, another process works on the model, or a file cannot be read.
    pub fn verify(&self, name: &str) -> Result<VerifyReport, ModelFileError> {
        let entry = self.variant_here(name)?;
        let mut report = VerifyReport {
            model: entry.name.clone(),
            files: Vec::new(),
        };
        if !self.folder(entry).is_dir() {
            let required = entry.files.iter().filter(|file| !file.optional);
            report
                .files
                .extend(required.map(|file| absent(entry, file)));
            return Ok(report);
        }
        let lock = self.lock(entry)?;
        let manifest = Manifest::read(lock.folder(), &entry.name);
        for file in &entry.files {
            let on_disk = lock.folder().join(&file.path);
            if !on_disk.is_file() {
                if !file.optional || manifest.file(&file.path).is_some() {
                    report.files.push(absent(entry, file));
                }
                continue;
            }
            let (size, sha256) = size_and_sha256(&on_disk)
                .map_err(|error| ModelFileError::unreadable(&entry.name, &file.path, error))?;
            let recorded = manifest.file(&file.path);
            let trouble = check(self.opening(), entry, &file.path, &on_disk)
                .err()
                .or_else(|| contradiction(entry, file, recorded, &sha256));
            let trust = match (&file.sha256, recorded) {
                (Some(_), _) => Trust::Catalogue,
                (None, Some(known)) => known.trust,
                (None, None) => Trust::FirstUse,
            };
            let verified = VerifiedFile {
                path: file.path.clone(),
                size,
                sha256,
                trust: Some(trust),
                trouble,
            };
            if verified.trouble.is_none() && recorded.is_none() {
                let found = ManifestFile::found(file, size, verified.sha256.clone());
                note(entry, lock.folder(), found)?;
            }
            report.files.push(verified);
        }
        Ok(report)
    }
}

fn contradiction(
    entry: &CatalogueEntry,
    file: &CatalogueFile,
    recorded: Option<&ManifestFile>,
    sha256: &str,
) -> Option<FileProblem> {
    let (who, expected) = match (&file.sha256, recorded) {
        (Some(known), _) => ("the catalogue", known),
        (None, Some(known)) => ("the manifest", &known.sha256),
        (None, None) => return None,
    };
    (expected != sha256).then(|| wrong_hash(entry, who, expected, sha256))
}

fn absent(entry: &CatalogueEntry, file: &CatalogueFile) -> VerifiedFile {
    VerifiedFile {
        path: file.path.clone(),
        size: 0,
        sha256: String::new(),
        trust: None,
        trouble: Some(missing(entry, &file.path)),
    }
}
