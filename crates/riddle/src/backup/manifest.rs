use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use riddle_store::{SnapshotContents, newest_schema};
use serde::{Deserialize, Serialize};

/// The way in which backups of this version are laid out.
const FORMAT: u32 = 1;

/// What a backup says about itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    /// The moment whose state it holds, by the clock of the machine.
    pub(crate) created_at: jiff::Timestamp,
    /// The version that made it.
    pub(crate) riddle: String,
    /// The data folder whose state it is. A copy of it elsewhere must not push these backups out.
    pub(crate) data_dir: PathBuf,
    /// What tells its database from all others. A new one in the same place must not push these backups out either.
    pub(crate) database_identity: String,
    /// Last migration of the database.
    pub(crate) schema: i64,
    pub(crate) database_bytes: u64,
    /// Hash of the database file.
    pub(crate) database_sha256: String,
    pub(crate) knowledge_bases: u64,
    pub(crate) documents: u64,
    pub(crate) chats: u64,
    /// Originals that the database refers to, and their bytes together.
    pub(crate) originals: u64,
    pub(crate) original_bytes: u64,
    /// Hashes of originals that were damaged or not there when the backup was made.
    #[serde(default)]
    pub(crate) lost_originals: Vec<String>,
    /// Whether the configuration of the data folder is part of it.
    #[serde(default)]
    pub(crate) configuration: bool,
}

impl Manifest {
    pub(super) fn new(
        created_at: jiff::Timestamp,
        data_dir: &Path,
        contents: &SnapshotContents,
        database_bytes: u64,
        database_sha256: String,
    ) -> Self {
        Self {
            format: FORMAT,
            created_at,
            riddle: env!("CARGO_PKG_VERSION").to_owned(),
            data_dir: data_dir
                .canonicalize()
                .unwrap_or_else(|_| data_dir.to_path_buf()),
            database_identity: contents.identity.clone(),
            schema: contents.schema,
            database_bytes,
            database_sha256,
            knowledge_bases: contents.knowledge_bases,
            documents: contents.documents,
            chats: contents.chats,
            originals: contents.originals.len() as u64,
            original_bytes: contents.originals.iter().map(|(_, bytes)| bytes).sum(),
            lost_originals: Vec::new(),
            configuration: false,
        }
    }

    /// Reads a manifest and refuses those that this version cannot restore.
    pub(super) fn parse(bytes: &[u8], place: &Path) -> anyhow::Result<Self> {
        let no_manifest = || format!("{} is no manifest of a backup", place.display());
        let any: serde_json::Value = serde_json::from_slice(bytes).with_context(no_manifest)?;
        if let Some(format) = any["format"].as_u64() {
            ensure!(
                format == u64::from(FORMAT),
                "the backup has format {format}, and this version reads format {FORMAT}; restore it with the version \
                 that made it, {}",
                any["riddle"]
            );
        }
        let manifest: Self = serde_json::from_value(any).with_context(no_manifest)?;
        let newest = newest_schema();
        ensure!(
            manifest.schema <= newest,
            "the backup has schema {}, and this version knows schemas up to {newest}; restore it with the version that \
             made it, {}, or a newer one",
            manifest.schema,
            manifest.riddle
        );
        Ok(manifest)
    }

    pub(super) fn to_json(&self) -> anyhow::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self).context("cannot write the manifest")?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}
