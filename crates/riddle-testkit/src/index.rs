use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use riddle_core::{
    ChunkId, ChunkIndex, DenseQuery, DocumentId, IndexEntry, IndexError, IndexOperation,
    KnowledgeBaseId, LexicalQuery, ScoredChunk, SequencedOperation, Span, StoreDigest, dot,
};

use crate::gate::Gate;
use crate::words::words;

/// Name of the store of all chunks.
const STORE: &str = "memory";
/// Name of the store of those with a vector.
const VECTORS: &str = "vectors";

/// An index in memory: words in common, and dot products, which are cosines of vectors of length 1. It refuses changes
/// where a test has planned it.
#[derive(Debug, Default)]
pub struct MemoryIndex {
    /// Where changes wait.
    pub gate: Gate,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    position: u64,
    entries: BTreeMap<ChunkId, IndexEntry>,
    refusal: Option<IndexError>,
    refused: usize,
    away: Option<IndexError>,
    searches: usize,
    is_outdated: bool,
    renewed_at: Option<u64>,
}

impl MemoryIndex {
    /// Refuses every change with this error from now on, or takes them again.
    pub fn refuse(&self, refusal: Option<IndexError>) {
        let mut state = self.state();
        state.refusal = refusal;
        state.refused = 0;
    }

    /// Searches by vector and changes fail from now on as those of a server that is away, or are answered again.
    pub fn set_away(&self, is_away: bool) {
        self.state().away = is_away.then(|| IndexError {
            store: VECTORS,
            message: "the server cannot be reached".to_owned(),
            is_disk_full: false,
            has_panicked: false,
            is_away: true,
        });
    }

    /// Is empty from now on, at position 0, as vectors on a server that somebody has deleted.
    pub fn lose_all(&self) {
        let mut state = self.state();
        state.entries.clear();
        state.position = 0;
    }

    /// Changes refused since the last call of [`Self::refuse`].
    pub fn refused(&self) -> usize {
        self.state().refused
    }

    /// Chunks with a vector of the embedder of this fingerprint.
    pub fn embedded_by(&self, fingerprint: &str) -> usize {
        let state = self.state();
        let embedders = state
            .entries
            .values()
            .filter_map(|entry| entry.embedding.as_ref());
        embedders
            .filter(|(embedder, _)| embedder == fingerprint)
            .count()
    }

    /// Loses the vectors of all chunks, as no index should.
    pub fn lose_vectors(&self) {
        for entry in self.state().entries.values_mut() {
            entry.embedding = None;
        }
    }

    /// Says that an earlier version analysed what is here.
    pub fn outdate(&self) {
        self.state().is_outdated = true;
    }

    /// The position at which all chunks were to have been applied again, if that was said.
    pub fn renewal(&self) -> Option<u64> {
        self.state().renewed_at
    }

    /// Searches by words so far.
    pub fn searches(&self) -> usize {
        self.state().searches
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn ids(&self, knowledge_base: KnowledgeBaseId) -> Vec<(&'static str, Vec<ChunkId>)> {
        let entries = self.entries.values();
        let own = entries.filter(|entry| entry.knowledge_base == knowledge_base);
        let embedded = own.clone().filter(|entry| entry.embedding.is_some());
        vec![
            (STORE, own.map(|entry| entry.chunk).collect()),
            (VECTORS, embedded.map(|entry| entry.chunk).collect()),
        ]
    }

    fn best(
        &self,
        knowledge_bases: &[KnowledgeBaseId],
        limit: usize,
        score: impl Fn(&IndexEntry) -> Option<f32>,
    ) -> Vec<ScoredChunk> {
        let scored = |entry: &IndexEntry| {
            let chunk = entry.chunk;
            let score = score(entry).filter(|score| *score > 0.0)?;
            Some(ScoredChunk { chunk, score })
        };
        let entries = self.entries.values();
        let entries = entries.filter(|entry| knowledge_bases.contains(&entry.knowledge_base));
        let mut hits: Vec<ScoredChunk> = entries.filter_map(scored).collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits.truncate(limit);
        hits
    }
}

impl ChunkIndex for MemoryIndex {
    fn position(&self) -> u64 {
        self.state().position
    }

    fn apply(&self, operations: &[SequencedOperation]) -> Result<(), IndexError> {
        self.gate.pass();
        let mut state = self.state();
        if let Some(refusal) = state.away.clone().or_else(|| state.refusal.clone()) {
            state.refused += 1;
            return Err(refusal);
        }
        for change in operations {
            if change.sequence <= state.position {
                continue;
            }
            match &change.operation {
                IndexOperation::Upsert(entry) => {
                    state.entries.insert(entry.chunk, entry.as_ref().clone());
                }
                IndexOperation::Delete(chunk) => {
                    state.entries.remove(chunk);
                }
                IndexOperation::Skip => {}
            }
            state.position = change.sequence;
        }
        Ok(())
    }

    fn is_outdated(&self) -> bool {
        self.state().is_outdated
    }

    fn renewed_at(&self, sequence: u64) -> Result<(), IndexError> {
        let mut state = self.state();
        state.is_outdated = false;
        state.renewed_at = Some(sequence);
        Ok(())
    }

    fn search_lexical(&self, query: &LexicalQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError> {
        let wanted = words(query.text);
        let score = |entry: &IndexEntry| {
            let said = words(&entry.text);
            Some(wanted.iter().filter(|word| said.contains(word)).count() as f32)
        };
        let mut state = self.state();
        state.searches += 1;
        Ok(state.best(query.knowledge_bases, query.limit, score))
    }

    fn finds_by_name(&self, _query: &LexicalQuery<'_>) -> Result<bool, IndexError> {
        Ok(false)
    }

    fn search_dense(&self, query: &DenseQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError> {
        let score = |entry: &IndexEntry| {
            let (embedder, vector) = entry.embedding.as_ref()?;
            (embedder == query.embedder).then(|| dot(query.vector, vector))
        };
        let state = self.state();
        match &state.away {
            Some(away) => Err(away.clone()),
            None => Ok(state.best(query.knowledge_bases, query.limit, score)),
        }
    }

    fn trouble(&self) -> Option<String> {
        let state = self.state();
        state.away.as_ref().map(|away| away.message.clone())
    }

    fn analyse(&self, text: &str) -> Vec<String> {
        words(text)
    }

    fn highlights(&self, _terms: &[String], _text: &str) -> Vec<Span> {
        Vec::new()
    }

    fn optimize(&self) -> Result<(), IndexError> {
        Ok(())
    }

    fn digests(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(&'static str, StoreDigest)>, IndexError> {
        let stores = self.state().ids(knowledge_base).into_iter();
        let digests = stores.map(|(store, ids)| (store, StoreDigest::of(ids)));
        Ok(digests.collect())
    }

    fn chunk_ids(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(&'static str, Vec<ChunkId>)>, IndexError> {
        Ok(self.state().ids(knowledge_base))
    }

    fn contains_document(&self, document: DocumentId) -> Result<bool, IndexError> {
        let state = self.state();
        Ok(state
            .entries
            .values()
            .any(|entry| entry.document == document))
    }
}
