//! Reading and editing chunks.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use riddle_core::{
    ChangeOutcome, ChunkChange, ChunkId, ChunkRevision, CuratedChunk, KnowledgeBase, NewChunk,
    Purpose,
};

use crate::blocking::run_blocking;
use crate::bounds::MAX_CHUNK_CHARS;
use crate::chunk_measure::ChunkMeasure;
use crate::disk::WriteKind;
use crate::error::EngineError;
use crate::model_thread::Priority;
use crate::models::EmbedderHandle;
use crate::shared::Shared;

/// How long a change waits for the indexes before the answer says that it is still pending.
const CHANGE_WAIT: Duration = Duration::from_secs(10);

/// What to change about a chunk; what is left out stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ChunkPatch {
    /// Its text from now on.
    pub text: Option<String>,
    /// Whether searches may find it from now on.
    pub enabled: Option<bool>,
    /// The revision that the caller has seen. The change is refused if there is a newer one.
    pub revision: Option<u32>,
}

/// Reads and changes chunks.
pub(crate) struct Curation {
    shared: Arc<Shared>,
}

impl Curation {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) async fn chunk(&self, id: ChunkId) -> Result<CuratedChunk, EngineError> {
        let position = self.shared.index.position();
        let found = self.shared.store.lookup_chunk(id, position).await?;
        found.ok_or(EngineError::ChunkNotFound(id))
    }

    pub(crate) async fn chunk_history(
        &self,
        id: ChunkId,
    ) -> Result<Vec<ChunkRevision>, EngineError> {
        let history = self.shared.store.chunk_history(id).await?;
        history.ok_or(EngineError::ChunkNotFound(id))
    }

    pub(crate) async fn update_chunk(
        &self,
        id: ChunkId,
        patch: ChunkPatch,
    ) -> Result<CuratedChunk, EngineError> {
        if patch.text.is_none() && patch.enabled.is_none() {
            return Err(EngineError::unacceptable(
                "nothing to change; give `text`, `enabled` or both",
            ));
        }
        self.shared.disk.check(WriteKind::New, 0)?;
        let chunk = self.chunk(id).await?;
        if patch
            .revision
            .is_some_and(|seen| seen != chunk.state.revision)
        {
            return Err(EngineError::ChunkChanged);
        }
        let text = patch
            .text
            .unwrap_or_else(|| chunk.record.chunk.text.clone());
        let enabled = patch.enabled.unwrap_or(chunk.state.enabled);
        self.change(chunk, text, enabled).await
    }

    pub(crate) async fn restore_chunk(
        &self,
        id: ChunkId,
        revision: u32,
    ) -> Result<CuratedChunk, EngineError> {
        self.shared.disk.check(WriteKind::New, 0)?;
        let chunk = self.chunk(id).await?;
        let history = self.chunk_history(id).await?;
        let wanted = history.into_iter().find(|past| past.revision == revision);
        let wanted = wanted.ok_or(EngineError::RevisionNotFound(revision))?;
        self.change(chunk, wanted.text, wanted.enabled).await
    }

    async fn change(
        &self,
        chunk: CuratedChunk,
        text: String,
        enabled: bool,
    ) -> Result<CuratedChunk, EngineError> {
        let id = chunk.record.id;
        let same_text = text == chunk.record.chunk.text;
        if same_text && enabled == chunk.state.enabled {
            return Ok(chunk);
        }
        let token_count = if same_text {
            chunk.record.chunk.token_count
        } else {
            self.prepare_text(&chunk, &text).await?
        };
        let change = ChunkChange {
            chunk: id,
            seen: chunk.state.revision,
            text,
            token_count,
            enabled,
        };
        let shared = &self.shared;
        match shared
            .store
            .change_chunk(&change, shared.clock.now())
            .await?
        {
            ChangeOutcome::Changed(sequence) => {
                shared.index_progress.wait_for(sequence, CHANGE_WAIT).await;
                self.chunk(id).await
            }
            ChangeOutcome::Moved => Err(EngineError::ChunkChanged),
            ChangeOutcome::Gone => Err(EngineError::ChunkNotFound(id)),
        }
    }

    /// Checks a new text and puts its vector into the cache. The change is refused if that fails. Returns the tokens of
    /// the text.
    async fn prepare_text(&self, chunk: &CuratedChunk, text: &str) -> Result<u32, EngineError> {
        if text.trim().is_empty() {
            return Err(EngineError::invalid_as(
                "text",
                "the text is empty; to take the passage out of searches, disable it",
            ));
        }
        let _permit = self.shared.query_permit()?;
        let knowledge_base = chunk.record.knowledge_base.to_string();
        let knowledge_base = self.shared.find_knowledge_base(&knowledge_base).await?;
        let embedder = match &knowledge_base.settings.embedder {
            Some(name) => {
                let stored = knowledge_base.embedder_fingerprint.as_deref();
                Some(self.shared.models.embedder(name).await?.under(stored))
            }
            None => None,
        };
        let before = chunk.record.chunk.token_count;
        let tokens = count_tokens(&knowledge_base, embedder.as_ref(), text, before).await?;
        if let Some(embedder) = embedder {
            let changed = NewChunk {
                text: text.to_owned(),
                ..chunk.record.chunk.clone()
            };
            self.embed_text(&embedder, &changed).await?;
        }
        Ok(tokens)
    }

    async fn embed_text(
        &self,
        embedder: &EmbedderHandle,
        chunk: &NewChunk,
    ) -> Result<(), EngineError> {
        let (store, fingerprint) = (&self.shared.store, &embedder.info.fingerprint);
        let hash = chunk.text_hash();
        let cached = store.cached_embeddings(fingerprint, &[hash]).await?;
        if cached.iter().all(Option::is_some) {
            return Ok(());
        }
        // Not through the queue of ingestion, because a person waits.
        let (vectors, _waited) = embedder
            .embed(
                vec![chunk.indexed_text()],
                Purpose::Passage,
                Priority::Interactive,
            )
            .await?;
        let entries: Vec<_> = vectors.into_iter().map(|vector| (hash, vector)).collect();
        Ok(store.cache_embeddings(fingerprint, &entries).await?)
    }
}

/// Tokens of a text, refused if it is too long. A text with no more tokens than the one before it is accepted.
async fn count_tokens(
    knowledge_base: &KnowledgeBase,
    embedder: Option<&EmbedderHandle>,
    text: &str,
    before: u32,
) -> Result<u32, EngineError> {
    let measure = ChunkMeasure::new(knowledge_base.settings.chunking, embedder);
    let counted = text.chars().count() <= MAX_CHUNK_CHARS;
    let text: String = text.to_owned();
    let (tokens, limit) = run_blocking("counting tokens", move || {
        let tokens = if counted {
            measure.tokens(&text)
        } else {
            usize::MAX
        };
        (tokens, measure.most_tokens(&text))
    })
    .await?;
    match u32::try_from(tokens) {
        Ok(tokens) if tokens <= before || tokens as usize <= limit => Ok(tokens),
        _ => Err(EngineError::ChunkTooLong { limit }),
    }
}
