use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::thread;

use riddle_core::{
    ChunkId, ChunkIndex, DenseQuery, DocumentId, IndexError, KnowledgeBaseId, LexicalQuery,
    ScoredChunk, SequencedOperation, Span, StoreDigest,
};

use crate::analyser::{highlights, query_terms};
use crate::error::{LEXICAL, VECTORS, lexical_error};
use crate::lexical::LexicalStore;
use crate::vectors::VectorStore;

/// What the indexes may use of the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexOptions {
    /// Memory in which the BM25 writer gathers chunks before it writes a segment, in bytes; at least 15 MB a thread.
    pub writer_memory_bytes: usize,
    /// Threads that analyse chunks for BM25; at least 1.
    pub writer_threads: usize,
}

/// BM25 and vectors behind one position. One process at a time may open a folder.
pub struct ChunkIndexes {
    lexical: LexicalStore,
    vectors: VectorStore,
    /// Keeps other processes out. The system frees it even when the process is killed.
    _lock: File,
}

impl ChunkIndexes {
    /// Opens the indexes in `dir`, or makes them. A store that does not open is renamed to `*.broken-<n>`, and an empty
    /// one takes its place at position 0, from which the caller sees that it has to be filled again.
    ///
    /// # Errors
    /// The folder cannot be written, or another process has it open.
    pub fn open(dir: &Path, options: IndexOptions) -> Result<Self, IndexError> {
        fs::create_dir_all(dir).map_err(lexical_error)?;
        let lock = File::create(dir.join("lock")).map_err(lexical_error)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                lexical_error("another process has the indexes open; stop it first")
            }
            TryLockError::Error(error) => lexical_error(error),
        })?;
        Ok(Self {
            lexical: LexicalStore::open(dir.join("bm25-v1"), options)?,
            vectors: VectorStore::open(dir.join("vectors-v1"))?,
            _lock: lock,
        })
    }
}

impl ChunkIndex for ChunkIndexes {
    fn position(&self) -> u64 {
        self.lexical.position().min(self.vectors.position())
    }

    fn apply(&self, operations: &[SequencedOperation]) -> Result<(), IndexError> {
        // Both stores write at once, and each skips what it has: if one fails, the caller repeats the call and the
        // other loses nothing.
        thread::scope(|scope| {
            let vectors = scope.spawn(|| self.vectors.apply(operations));
            let lexical = self.lexical.apply(operations);
            let vectors = vectors.join().unwrap_or_else(|_| {
                Err(IndexError {
                    store: VECTORS,
                    message: "the writer stopped unexpectedly".to_owned(),
                    is_disk_full: false,
                    has_panicked: true,
                })
            });
            lexical.and(vectors)
        })
    }

    fn is_outdated(&self) -> bool {
        self.lexical.is_outdated()
    }

    fn renewed_at(&self, sequence: u64) -> Result<(), IndexError> {
        self.lexical.renewed_at(sequence)
    }

    fn search_lexical(&self, query: &LexicalQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError> {
        self.lexical.search(query)
    }

    fn finds_by_name(&self, query: &LexicalQuery<'_>) -> Result<bool, IndexError> {
        self.lexical.finds_by_name(query)
    }

    fn search_dense(&self, query: &DenseQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError> {
        self.vectors.search(query)
    }

    fn analyse(&self, text: &str) -> Vec<String> {
        let terms = query_terms(text).into_iter();
        terms.map(|term| term.text).collect()
    }

    fn highlights(&self, terms: &[String], text: &str) -> Vec<Span> {
        highlights(terms, text)
    }

    fn optimize(&self) -> Result<(), IndexError> {
        self.lexical.optimize()?;
        self.vectors.optimize()
    }

    fn digests(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(&'static str, StoreDigest)>, IndexError> {
        let stores = self.chunk_ids(knowledge_base)?;
        Ok(stores
            .into_iter()
            .map(|(store, ids)| (store, StoreDigest::of(ids)))
            .collect())
    }

    fn chunk_ids(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(&'static str, Vec<ChunkId>)>, IndexError> {
        Ok(vec![
            (LEXICAL, self.lexical.chunk_ids(knowledge_base)?),
            (VECTORS, self.vectors.chunk_ids(knowledge_base)?),
        ])
    }

    fn contains_document(&self, document: DocumentId) -> Result<bool, IndexError> {
        Ok(
            self.lexical.contains_document(document)?
                || self.vectors.contains_document(document)?,
        )
    }
}

#[cfg(test)]
mod tests;
