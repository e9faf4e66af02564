//! Embedders and rerankers of other servers, as the configuration names them.

use std::path::Path;

use riddle_core::{
    LibraryEntry, LibraryRole, LoadedEmbedder, ModelError, RerankKind, RerankerOwner,
};
use riddle_remote::{
    RemoteEmbedder as Embedder, RemoteEmbedderSpec, RemoteReranker as OpenedReranker,
    RemoteRerankerSpec, RemoteServer,
};

use super::api_key::api_key;
use crate::config::{RemoteEmbedder, RemoteModels, RemoteReranker};

pub(super) fn embedder(remote: &RemoteEmbedder) -> Result<LoadedEmbedder, ModelError> {
    Embedder::open(RemoteEmbedderSpec {
        server: server(
            &remote.name,
            &remote.base_url,
            remote.model.as_deref(),
            remote.api_key_file.as_deref(),
        )?,
        max_tokens: remote.max_tokens,
        query_prefix: remote.query_prefix.clone(),
        passage_prefix: remote.passage_prefix.clone(),
        languages: remote.languages(),
    })
}

pub(super) fn own_reranker(
    remote: &RemoteReranker,
    owner: RerankerOwner<'_>,
) -> Result<(), ModelError> {
    let mut reranker = OpenedReranker::open(RemoteRerankerSpec {
        server: server(
            &remote.name,
            &remote.base_url,
            remote.model.as_deref(),
            remote.api_key_file.as_deref(),
        )?,
        api: remote.api,
        max_tokens: remote.max_tokens,
        scale: remote.scale,
        default_weight: remote.default_weight,
    })?;
    owner(&mut reranker);
    Ok(())
}

/// They are there to be chosen, as far as this machine knows.
pub(super) fn entries(models: &RemoteModels) -> Vec<LibraryEntry> {
    let embedders = models.embedders.iter().map(|one| LibraryEntry {
        max_tokens: Some(one.max_tokens),
        languages: Some(one.languages()),
        ..entry(&one.name, LibraryRole::Embedder)
    });
    let rerankers = models.rerankers.iter().map(|one| LibraryEntry {
        kind: Some(RerankKind::CrossEncoder),
        max_tokens: Some(one.max_tokens),
        languages: Some(one.languages()),
        ..entry(&one.name, LibraryRole::Reranker)
    });
    embedders.chain(rerankers).collect()
}

fn entry(name: &str, role: LibraryRole) -> LibraryEntry {
    LibraryEntry {
        here: true,
        source: Some("another server".to_owned()),
        ..LibraryEntry::absent(name, role)
    }
}

fn server(
    name: &str,
    base_url: &str,
    model: Option<&str>,
    api_key_file: Option<&Path>,
) -> Result<RemoteServer, ModelError> {
    Ok(RemoteServer {
        name: name.to_owned(),
        base_url: base_url.to_owned(),
        model: model.unwrap_or(name).to_owned(),
        api_key: api_key(name, api_key_file)?,
    })
}
