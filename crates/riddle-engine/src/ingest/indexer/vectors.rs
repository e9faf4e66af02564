//! The vectors of the chunks that are brought into the indexes.

use std::sync::Arc;

use riddle_core::{ChunkId, ChunkRecord, ContentHash, ModelError};

use crate::error::EngineError;
use crate::ingest::Ingest;
use crate::ingest::embed::embed_what_can_be;
use crate::models::EmbedderHandle;

/// A text that is to have a vector.
pub(super) struct Wanted {
    /// Its place among the rows.
    pub(super) place: usize,
    pub(super) chunk: ChunkId,
    hash: ContentHash,
    text: String,
}

impl Wanted {
    pub(super) fn of(place: usize, record: &ChunkRecord) -> Self {
        Self {
            place,
            chunk: record.id,
            hash: record.chunk.text_hash(),
            text: record.chunk.indexed_text(),
        }
    }
}

/// What there is of the vectors of some texts.
pub(super) struct Vectors {
    /// In the order of the texts.
    pub(super) vectors: Vec<Option<Vec<f32>>>,
    /// Whether those that are missing can be made when the server of the embedder answers again.
    pub(super) awaits_server: bool,
}

/// Vectors from the cache. Missing ones are computed by the embedder whose knowledge base has this fingerprint; without
/// it they are `None`, and so are those of texts that it fails on. Neither deletions nor other knowledge bases wait for
/// a server that does not answer.
pub(super) async fn vectors_of(
    ingest: &Arc<Ingest>,
    fingerprint: &str,
    texts: &[Wanted],
) -> Result<Vectors, EngineError> {
    let hashes: Vec<ContentHash> = texts.iter().map(|text| text.hash).collect();
    let store = &ingest.shared.store;
    let mut vectors = store.cached_embeddings(fingerprint, &hashes).await?;
    let mut missing: Vec<usize> = (0..vectors.len()).collect();
    missing.retain(|place| vectors[*place].is_none());
    let entries = missing.iter().map(|place| &texts[*place]);
    let entries = entries.map(|text| (text.hash, text.text.clone())).collect();
    let made = match missing.is_empty() {
        true => Ok(Vec::new()),
        false => make(ingest, fingerprint, entries).await,
    };
    let awaits_server = match made {
        Ok(made) => {
            for (place, vector) in missing.into_iter().zip(made) {
                vectors[place] = vector;
            }
            false
        }
        Err(EngineError::Model(ModelError::Away { model, message })) => {
            let waiting = missing.len();
            tracing::debug!(
                model,
                error = message,
                waiting,
                "chunks are indexed without vectors for now"
            );
            true
        }
        Err(error) => return Err(error),
    };
    Ok(Vectors {
        vectors,
        awaits_server,
    })
}

/// Makes vectors, as far as there is an embedder for them and it can.
async fn make(
    ingest: &Arc<Ingest>,
    fingerprint: &str,
    entries: Vec<(ContentHash, String)>,
) -> Result<Vec<Option<Vec<f32>>>, EngineError> {
    let Some(embedder) = reader(ingest, fingerprint).await? else {
        return Ok(vec![None; entries.len()]);
    };
    // A call could take half a minute to fail. Who looks after those that are away tells when it is worth one.
    if let Some(away) = ingest.shared.models.away().error_of(&embedder.info.name) {
        return Err(away.into());
    }
    embed_what_can_be(ingest, &embedder, &entries).await
}

/// The embedder that reads vectors of this fingerprint. Where a knowledge base's embedder has other files by now there
/// is none: all its vectors come anew with the change of embedders. Nor is there one where its files are not here,
/// because deletions and other knowledge bases do not wait for a person who brings them.
async fn reader(ingest: &Ingest, fingerprint: &str) -> Result<Option<EmbedderHandle>, EngineError> {
    for summary in ingest.shared.store.list_knowledge_bases().await? {
        let base = summary.knowledge_base;
        let embeds = base.embedder_fingerprint.as_deref() == Some(fingerprint);
        let Some(name) = base.settings.embedder.filter(|_| embeds) else {
            continue;
        };
        match ingest.shared.models.embedder(&name).await {
            Ok(embedder) if embedder.info.reads(fingerprint) => {
                return Ok(Some(embedder.under(Some(fingerprint))));
            }
            Ok(_) => {}
            Err(EngineError::Model(
                error @ (ModelError::Unavailable { .. } | ModelError::BadFile { .. }),
            )) => {
                tracing::warn!(knowledge_base = %base.id, %error, "chunks are indexed without vectors");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
