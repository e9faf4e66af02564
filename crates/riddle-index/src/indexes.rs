use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::thread;

use riddle_core::{
    ChunkId, ChunkIndex, DenseQuery, DocumentId, IndexError, KnowledgeBaseId, LexicalQuery,
    ScoredChunk, SequencedOperation, Span, StoreDigest,
};

use crate::analyser::{highlights, query_terms};
use crate::error::{LEXICAL, VECTORS, lexical_error, vector_error};
use crate::lexical::LexicalStore;
use crate::vectors::{ServerStore, ServerVectors, VectorStore, Vectors};

/// Folders of the stores.
const LEXICAL_FOLDER: &str = "bm25-v1";
const VECTORS_FOLDER: &str = "vectors-v1";

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
    vectors: Box<dyn Vectors>,
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
        let lock = own(dir)?;
        ServerStore::forget(dir)?;
        Ok(Self {
            lexical: LexicalStore::open(dir.join(LEXICAL_FOLDER), options)?,
            vectors: Box::new(VectorStore::open(dir.join(VECTORS_FOLDER))?),
            _lock: lock,
        })
    }

    /// The same with the vectors on a server. One that does not answer is no error: words are searched, and changes
    /// wait. Vectors that the folder has had are removed.
    ///
    /// # Errors
    /// The folder cannot be written, another process has it open, or the address or key of the server cannot be meant.
    pub fn open_with_server(
        dir: &Path,
        options: IndexOptions,
        vectors: ServerVectors,
    ) -> Result<Self, IndexError> {
        let lock = own(dir)?;
        let vectors = ServerStore::open(dir, vectors)?;
        remove(&dir.join(VECTORS_FOLDER))?;
        Ok(Self {
            lexical: LexicalStore::open(dir.join(LEXICAL_FOLDER), options)?,
            vectors: Box::new(vectors),
            _lock: lock,
        })
    }
}

/// Makes the folder and keeps other processes out of it.
fn own(dir: &Path) -> Result<File, IndexError> {
    fs::create_dir_all(dir).map_err(lexical_error)?;
    let lock = File::create(dir.join("lock")).map_err(lexical_error)?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => {
            lexical_error("another process has the indexes open; stop it first")
        }
        TryLockError::Error(error) => lexical_error(error),
    })?;
    Ok(lock)
}

fn remove(dir: &Path) -> Result<(), IndexError> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(vector_error(error)),
        _ => Ok(()),
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
                    is_away: false,
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

    fn trouble(&self) -> Option<String> {
        self.vectors.trouble()
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
