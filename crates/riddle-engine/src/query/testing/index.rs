use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use async_trait::async_trait;
use riddle_core::{
    AcceptOutcome, ChunkId, ChunkIndex, ChunkRecord, ContentHash, DenseQuery, Document, DocumentId,
    DocumentPage, DocumentQuery, DocumentStatus, DocumentStore, IndexError, KnowledgeBaseId,
    LexicalQuery, NewDocument, ScoredChunk, SequencedOperation, Span, StoreDigest, StoreError,
    Timestamp, dot,
};
use riddle_testkit::{vector, words};

/// Chunks by text overlap and by the vectors of the fake embedder.
pub(in crate::query) struct FakeIndex {
    chunks: Vec<(ChunkId, KnowledgeBaseId, String)>,
    /// Embedder and knowledge bases of each search by vector.
    dense: Mutex<Vec<(String, Vec<KnowledgeBaseId>)>>,
}

impl FakeIndex {
    pub(in crate::query) fn new(chunks: &[ChunkRecord]) -> Self {
        Self {
            chunks: chunks
                .iter()
                .map(|c| (c.id, c.knowledge_base, c.chunk.text.clone()))
                .collect(),
            dense: Mutex::default(),
        }
    }

    /// Embedder and knowledge bases of each search by vector so far.
    pub(in crate::query) fn dense_queries(&self) -> Vec<(String, Vec<KnowledgeBaseId>)> {
        let dense = self.dense.lock();
        dense.expect("no test panics while it holds this").clone()
    }

    fn best(
        &self,
        knowledge_bases: &[KnowledgeBaseId],
        limit: usize,
        score: impl Fn(&str) -> f32,
    ) -> Vec<ScoredChunk> {
        let mut hits: Vec<ScoredChunk> = self
            .chunks
            .iter()
            .filter(|(_, base, _)| knowledge_bases.contains(base))
            .map(|(chunk, _, text)| ScoredChunk {
                chunk: *chunk,
                score: score(text),
            })
            .filter(|hit| hit.score > 0.0)
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
        hits.truncate(limit);
        hits
    }
}

impl ChunkIndex for FakeIndex {
    fn position(&self) -> u64 {
        0
    }

    fn apply(&self, _operations: &[SequencedOperation]) -> Result<(), IndexError> {
        unreachable!("searches change nothing")
    }

    fn is_outdated(&self) -> bool {
        false
    }

    fn renewed_at(&self, _sequence: u64) -> Result<(), IndexError> {
        Ok(())
    }

    fn search_lexical(&self, query: &LexicalQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError> {
        let wanted: HashSet<String> = words(query.text).into_iter().collect();
        Ok(self.best(query.knowledge_bases, query.limit, |text| {
            let shared = words(text).iter().filter(|w| wanted.contains(*w)).count();
            shared as f32
        }))
    }

    fn finds_by_name(&self, query: &LexicalQuery<'_>) -> Result<bool, IndexError> {
        Ok(words(query.text)
            .iter()
            .all(|word| word.len() > 4 && word.bytes().all(|b| b.is_ascii_digit())))
    }

    fn search_dense(&self, query: &DenseQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError> {
        let mut dense = self
            .dense
            .lock()
            .expect("no test panics while it holds this");
        dense.push((query.embedder.to_owned(), query.knowledge_bases.to_vec()));
        Ok(self.best(query.knowledge_bases, query.limit, |text| {
            dot(query.vector, &vector(text))
        }))
    }

    fn trouble(&self) -> Option<String> {
        unreachable!("no search asks")
    }

    fn analyse(&self, text: &str) -> Vec<String> {
        words(text)
    }

    fn highlights(&self, _terms: &[String], _text: &str) -> Vec<Span> {
        unreachable!("no test of this kind asks")
    }

    fn optimize(&self) -> Result<(), IndexError> {
        unreachable!("searches change nothing")
    }

    fn digests(
        &self,
        _knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(&'static str, StoreDigest)>, IndexError> {
        unreachable!("no search asks")
    }

    fn chunk_ids(
        &self,
        _knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(&'static str, Vec<ChunkId>)>, IndexError> {
        unreachable!("no search asks")
    }

    fn contains_document(&self, _document: DocumentId) -> Result<bool, IndexError> {
        unreachable!("no search asks")
    }
}

/// Chunks of which some are deleted while the index still has them.
pub(in crate::query) struct FakeDocuments {
    chunks: Vec<ChunkRecord>,
    dead: Mutex<HashSet<ChunkId>>,
}

impl FakeDocuments {
    pub(in crate::query) fn new(chunks: Vec<ChunkRecord>) -> Self {
        Self {
            chunks,
            dead: Mutex::default(),
        }
    }

    /// Deletes the chunk with this ordinal.
    pub(in crate::query) fn kill(&self, ordinal: usize) {
        let mut dead = self
            .dead
            .lock()
            .expect("no test panics while it holds this");
        dead.insert(self.chunks[ordinal].id);
    }
}

#[async_trait]
impl DocumentStore for FakeDocuments {
    async fn accept_document(
        &self,
        _document: &NewDocument,
        _now: Timestamp,
    ) -> Result<AcceptOutcome, StoreError> {
        unreachable!("searches change nothing")
    }

    async fn requeue_document(
        &self,
        _id: DocumentId,
        _request_id: Option<&str>,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        unreachable!("searches change nothing")
    }

    async fn lookup_document(&self, _id: DocumentId) -> Result<Option<Document>, StoreError> {
        unreachable!("no search asks")
    }

    async fn list_documents(
        &self,
        _knowledge_base: KnowledgeBaseId,
        _query: &DocumentQuery,
    ) -> Result<DocumentPage, StoreError> {
        // How the documents begin is asked where nothing is found.
        Ok(DocumentPage {
            documents: Vec::new(),
            next_cursor: None,
            total: 0,
            folders: Vec::new(),
        })
    }

    async fn count_documents(
        &self,
        _knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(DocumentStatus, u64)>, StoreError> {
        unreachable!("no search asks")
    }

    async fn delete_document(
        &self,
        _id: DocumentId,
        _now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        unreachable!("searches change nothing")
    }

    async fn documents_named(
        &self,
        _knowledge_base: KnowledgeBaseId,
        _names: &[String],
    ) -> Result<HashMap<String, DocumentId>, StoreError> {
        unreachable!("no search asks")
    }

    async fn live_chunks(
        &self,
        _knowledge_bases: &[KnowledgeBaseId],
        hits: &[ScoredChunk],
        _position: u64,
    ) -> Result<Vec<ChunkRecord>, StoreError> {
        let dead = self
            .dead
            .lock()
            .expect("no test panics while it holds this");
        Ok(hits
            .iter()
            .filter(|hit| !dead.contains(&hit.chunk))
            .filter_map(|hit| self.chunks.iter().find(|c| c.id == hit.chunk))
            .cloned()
            .collect())
    }

    async fn chunk_digest(
        &self,
        _knowledge_base: KnowledgeBaseId,
    ) -> Result<StoreDigest, StoreError> {
        unreachable!("no search asks")
    }

    async fn unreferenced_blobs(
        &self,
        _blobs: &[ContentHash],
    ) -> Result<Vec<ContentHash>, StoreError> {
        unreachable!("no search asks")
    }

    async fn expected_chunk_ids(
        &self,
        _knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<ChunkId>, StoreError> {
        unreachable!("no search asks")
    }
}
