//! Another embedder for a knowledge base that has documents: one that was chosen, or its own with other files than
//! those that embedded it, as in a folder that was moved. Its vectors are made beside the present ones, which are
//! searched meanwhile if their embedder is still there; then it takes the place of the other.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use riddle_core::{
    ChunkId, KnowledgeBase, KnowledgeBaseId, RetrievalMode, ScoredChunk, error_chain,
};

use crate::disk::WriteKind;
use crate::error::EngineError;
use crate::ingest::Ingest;
use crate::ingest::embed::embed_what_can_be;
use crate::models::EmbedderHandle;

/// Chunks that are read and embedded together.
const CHUNKS_PER_ROUND: usize = 256;
/// When a change that could not be made is tried again, if nothing happens before.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// How far the vectors of another embedder are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EmbedderChange {
    /// Its catalogue name.
    pub embedder: String,
    /// Chunks whose vectors are made.
    pub done: u64,
    /// All of them; 0 before it has begun.
    pub total: u64,
    /// Why it does not get on, and what to do.
    pub problem: Option<String>,
}

/// The changes under way.
#[derive(Default)]
pub(super) struct EmbedderChanges(Mutex<HashMap<KnowledgeBaseId, EmbedderChange>>);

impl EmbedderChanges {
    fn set(&self, id: KnowledgeBaseId, change: EmbedderChange) {
        self.lock().insert(id, change);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<KnowledgeBaseId, EmbedderChange>> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ingest {
    /// How far the change of this knowledge base's embedder is, if one was chosen.
    pub(crate) fn embedder_change(&self, knowledge_base: &KnowledgeBase) -> Option<EmbedderChange> {
        let next = knowledge_base.settings.next_embedder.as_ref()?;
        let changes = self.embedder_changes.lock();
        let known = changes.get(&knowledge_base.id);
        let known = known.filter(|change| change.embedder == *next);
        Some(known.cloned().unwrap_or_else(|| EmbedderChange {
            embedder: next.clone(),
            done: 0,
            total: 0,
            problem: None,
        }))
    }
}

/// Makes changes of embedders until the engine stops.
pub(super) async fn run(ingest: Arc<Ingest>) {
    let stopping = &ingest.shared.stopping;
    let mut without = HashSet::new();
    while !stopping.is_cancelled() {
        tokio::select! {
            () = round(&ingest, &mut without) => {}
            () = stopping.cancelled() => return,
        }
        tokio::select! {
            () = ingest.shared.embedders_due.notified() => {}
            () = tokio::time::sleep(TRY_AGAIN) => {}
            () = stopping.cancelled() => {}
        }
    }
}

/// Makes every change that can be made now. `without` has the knowledge bases whose own embedder cannot be loaded, each
/// of which is told of once.
async fn round(ingest: &Arc<Ingest>, without: &mut HashSet<KnowledgeBaseId>) {
    let knowledge_bases = match ingest.shared.store.list_knowledge_bases().await {
        Ok(knowledge_bases) => knowledge_bases,
        Err(error) => {
            tracing::error!(error = error_chain(&error), "cannot list knowledge bases");
            return;
        }
    };
    // A load that fails takes time and memory, so it is tried once for all knowledge bases with the same embedder.
    let mut failed: HashSet<Option<String>> = HashSet::new();
    for summary in knowledge_bases {
        let id = summary.knowledge_base.id;
        let own = summary.knowledge_base.settings.embedder.clone();
        let is_chosen = summary.knowledge_base.settings.next_embedder.is_some();
        if !is_chosen && failed.contains(&own) {
            continue;
        }
        match due(ingest, summary.knowledge_base).await {
            Ok(due) => {
                without.remove(&id);
                if let Some(name) = due {
                    try_change(ingest, id, &name).await;
                }
            }
            Err(error) => {
                failed.insert(own);
                if without.insert(id) {
                    tracing::warn!(knowledge_base = %id, error = error_chain(&error), "dense search is off");
                }
            }
        }
    }
}

/// Makes a change, or notes why it cannot be made yet.
async fn try_change(ingest: &Arc<Ingest>, id: KnowledgeBaseId, name: &str) {
    let Err(error) = change(ingest, id, name).await else {
        ingest.embedder_changes.lock().remove(&id);
        return;
    };
    tracing::warn!(knowledge_base = %id, model = name, error = error_chain(&error), "an embedder cannot be changed yet");
    let problem = Some(error.public_message());
    let mut changes = ingest.embedder_changes.lock();
    let known = changes.entry(id).or_insert_with(|| begun(name, 0));
    known.problem = problem;
}

/// The embedder that this knowledge base shall get: the one that was chosen, or its own where that has other files here
/// than those that embedded it, because vectors of two models must never be compared.
async fn due(ingest: &Ingest, base: KnowledgeBase) -> Result<Option<String>, EngineError> {
    if base.settings.next_embedder.is_some() {
        return Ok(base.settings.next_embedder);
    }
    let Some(name) = base.settings.embedder.clone() else {
        return Ok(None);
    };
    let shared = &ingest.shared;
    let embedder = shared.models.embedder(&name).await?;
    let reads = |base: &KnowledgeBase| {
        let stored = base.embedder_fingerprint.as_deref();
        stored.is_some_and(|stored| embedder.info.reads(stored))
    };
    if reads(&base) {
        return Ok(None);
    }
    let _changing = shared.changing_settings.lock().await;
    let id = base.id.to_string();
    let Some(mut base) = shared.store.lookup_knowledge_base(&id).await? else {
        return Ok(None);
    };
    let is_same = base.settings.embedder.as_ref() == Some(&name) && !reads(&base);
    if is_same && base.settings.next_embedder.is_none() {
        base.settings.next_embedder = Some(name);
        shared.store.update_knowledge_base(&base).await?;
        tracing::info!(knowledge_base = %base.id, "the embedder has other files; making new vectors");
    }
    Ok(base.settings.next_embedder)
}

fn begun(embedder: &str, total: usize) -> EmbedderChange {
    EmbedderChange {
        embedder: embedder.to_owned(),
        done: 0,
        total: total as u64,
        problem: None,
    }
}

/// Makes all vectors, then gives the knowledge base its embedder. Ends early where another one is wanted by now.
async fn change(ingest: &Arc<Ingest>, id: KnowledgeBaseId, name: &str) -> Result<(), EngineError> {
    let shared = &ingest.shared;
    ingest.embedder_changes.set(id, begun(name, 0));
    let embedder = shared.models.embedder(name).await?;
    let chunks = shared.store.expected_chunk_ids(id).await?;
    let mut change = begun(name, chunks.len());
    for part in chunks.chunks(CHUNKS_PER_ROUND) {
        if wanted(ingest, id, name).await?.is_none() {
            return Ok(());
        }
        shared.disk.check(WriteKind::New, 0)?;
        embed(ingest, &embedder, id, part).await?;
        change.done += part.len() as u64;
        ingest.embedder_changes.set(id, change.clone());
    }
    switch(ingest, &embedder, id, name).await
}

/// The knowledge base, if it is there and this is the embedder that it shall get.
async fn wanted(
    ingest: &Ingest,
    id: KnowledgeBaseId,
    name: &str,
) -> Result<Option<KnowledgeBase>, EngineError> {
    let store = &ingest.shared.store;
    let found = store.lookup_knowledge_base(&id.to_string()).await?;
    Ok(found.filter(|found| found.settings.next_embedder.as_deref() == Some(name)))
}

/// Puts the vectors of these chunks into the cache.
async fn embed(
    ingest: &Arc<Ingest>,
    embedder: &EmbedderHandle,
    id: KnowledgeBaseId,
    chunks: &[ChunkId],
) -> Result<(), EngineError> {
    let hit = |chunk: &ChunkId| ScoredChunk {
        chunk: *chunk,
        score: 0.0,
    };
    let hits: Vec<ScoredChunk> = chunks.iter().map(hit).collect();
    let store = &ingest.shared.store;
    let records = store.live_chunks(&[id], &hits, u64::MAX).await?;
    let texts = records.into_iter().map(|record| record.chunk);
    let texts: Vec<_> = texts
        .map(|chunk| (chunk.text_hash(), chunk.indexed_text()))
        .collect();
    // A text that it fails on is found by its words alone, as in the indexer, and holds the change up no more.
    embed_what_can_be(ingest, embedder, &texts).await?;
    Ok(())
}

/// From now on the knowledge base is searched by the new vectors, as far as the indexer has them from the cache.
async fn switch(
    ingest: &Ingest,
    embedder: &EmbedderHandle,
    id: KnowledgeBaseId,
    name: &str,
) -> Result<(), EngineError> {
    let shared = &ingest.shared;
    let _changing = shared.changing_settings.lock().await;
    let Some(mut knowledge_base) = wanted(ingest, id, name).await? else {
        return Ok(());
    };
    let settings = &mut knowledge_base.settings;
    if settings.embedder.is_none() && settings.retrieval.mode == RetrievalMode::Bm25 {
        settings.retrieval.mode = RetrievalMode::Hybrid;
    }
    if settings.embedder.as_ref() != Some(&embedder.info.name) {
        settings.embedder = Some(embedder.info.name.clone());
        settings.unread_language = None;
        settings.suggestion_dismissed = false;
    }
    knowledge_base.embedder_fingerprint = Some(embedder.info.fingerprint.clone());
    shared.store.update_knowledge_base(&knowledge_base).await?;
    // Only now: the indexer takes the vectors of the embedder that the knowledge base has when it reads a row. Until
    // they are queued the change counts as not made, so that a stop in between makes it once more.
    let chunks = shared.store.enqueue_all_chunks(Some(id)).await?;
    knowledge_base.settings.next_embedder = None;
    shared.store.update_knowledge_base(&knowledge_base).await?;
    tracing::info!(knowledge_base = %id, model = name, chunks, "the embedder was changed");
    shared.index_progress.wake();
    Ok(())
}
