//! The lists of files as the hubs write them.

use serde::Deserialize;

use super::super::endpoint::HubKind;
use super::{Listed, Repository};
use crate::catalogue::is_sha256;
use crate::recognise::{ListedFile, Snapshot};

/// `/api/models/OWNER/NAME/revision/REVISION?blobs=true` of Hugging Face.
#[derive(Deserialize)]
struct ModelInfo {
    sha: Option<String>,
    #[serde(default)]
    gated: serde_json::Value,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    sha256: Option<String>,
    oid: Option<String>,
    size: Option<u64>,
}

/// `/api/v1/models/OWNER/NAME/repo/files` of ModelScope.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    data: Option<Files>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Files {
    files: Option<Vec<ScopeFile>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScopeFile {
    path: String,
    #[serde(rename = "Type")]
    kind: Option<String>,
    size: Option<u64>,
    sha256: Option<String>,
}

/// What the hub's list says.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(repository: &Repository, bytes: &[u8]) -> Result<Listed, String> {
    let mut listed = match repository.hub {
        HubKind::HuggingFace => hugging_face(repository, bytes)?,
        HubKind::ModelScope => model_scope(repository, bytes)?,
    };
    if listed.snapshot.files.is_empty() {
        return Err("the repository has no files".to_owned());
    }
    listed.snapshot.title.clone_from(&repository.repo);
    Ok(listed)
}

fn hugging_face(repository: &Repository, bytes: &[u8]) -> Result<Listed, String> {
    let info: ModelInfo = parsed(bytes)?;
    let is_commit = |sha: &String| sha.len() == 40 && sha.bytes().all(|b| b.is_ascii_hexdigit());
    let files = info.siblings.into_iter().map(|file| {
        let size = file.lfs.as_ref().and_then(|lfs| lfs.size).or(file.size);
        let hash = file.lfs.and_then(|lfs| lfs.sha256.or(lfs.oid));
        listed_file(file.rfilename, size, hash)
    });
    Ok(Listed {
        snapshot: Snapshot {
            files: files.collect(),
            ..Snapshot::default()
        },
        revision: info
            .sha
            .filter(is_commit)
            .unwrap_or_else(|| repository.revision.clone()),
        gated: info.gated == true || info.gated.is_string(),
    })
}

fn model_scope(repository: &Repository, bytes: &[u8]) -> Result<Listed, String> {
    let answer: Answer = parsed(bytes)?;
    let files = answer.data.and_then(|data| data.files).ok_or_else(|| {
        let message = answer.message.unwrap_or_default();
        format!("the hub gives no list of files ({message})")
    })?;
    let files = files
        .into_iter()
        .filter(|file| file.kind.as_deref() != Some("tree"));
    let files = files.map(|file| listed_file(file.path, file.size, file.sha256));
    Ok(Listed {
        snapshot: Snapshot {
            files: files.collect(),
            ..Snapshot::default()
        },
        revision: repository.revision.clone(),
        gated: false,
    })
}

fn listed_file(path: String, size: Option<u64>, hash: Option<String>) -> ListedFile {
    ListedFile {
        path,
        size,
        sha256: hash
            .map(|hash| hash.to_lowercase())
            .filter(|hash| is_sha256(hash)),
    }
}

fn parsed<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(bytes)
        .map_err(|error| format!("the list of its files cannot be understood: {error}"))
}
