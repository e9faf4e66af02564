//! Builders shared by the tests of this crate.

use std::fs;
use std::path::{Path, PathBuf};

use riddle_core::{
    ChunkId, ChunkIndex, DenseQuery, DocumentId, Filter, IndexEntry, IndexOperation,
    KnowledgeBaseId, LexicalQuery, Metadata, ScoredChunk, SequencedOperation,
};
use riddle_index::{ChunkIndexes, IndexOptions};
use uuid::Uuid;

pub(crate) const OPTIONS: IndexOptions = IndexOptions {
    writer_memory_bytes: 15_000_000,
    writer_threads: 1,
};
pub(crate) const EMBEDDER: &str = "test-embedder";

pub(crate) fn kb(n: u128) -> KnowledgeBaseId {
    KnowledgeBaseId(Uuid::from_u128(n))
}

pub(crate) fn document(n: u128) -> DocumentId {
    DocumentId(Uuid::from_u128(n))
}

pub(crate) fn chunk(n: u32) -> ChunkId {
    ChunkId::derive(document(1), 1, n)
}

pub(crate) fn entry(n: u32, text: &str) -> IndexEntry {
    IndexEntry {
        chunk: chunk(n),
        knowledge_base: kb(1),
        document: document(u128::from(n)),
        text: text.to_owned(),
        metadata: Metadata::new(),
        embedding: Some((EMBEDDER.to_owned(), direction(n))),
    }
}

/// A unit vector that no other small `n` shares.
pub(crate) fn direction(n: u32) -> Vec<f32> {
    let angle = n as f32 * 0.7;
    vec![angle.cos(), angle.sin(), 0.5, (n as f32 * 0.3).sin()]
}

pub(crate) fn upsert(sequence: u64, entry: IndexEntry) -> SequencedOperation {
    SequencedOperation {
        sequence,
        operation: IndexOperation::Upsert(Box::new(entry)),
    }
}

pub(crate) fn delete(sequence: u64, chunk: ChunkId) -> SequencedOperation {
    SequencedOperation {
        sequence,
        operation: IndexOperation::Delete(chunk),
    }
}

pub(crate) fn lexical(index: &ChunkIndexes, text: &str) -> Vec<ChunkId> {
    lexical_where(index, text, &Filter::default())
}

pub(crate) fn lexical_where(index: &ChunkIndexes, text: &str, filter: &Filter) -> Vec<ChunkId> {
    let query = LexicalQuery {
        knowledge_bases: &[kb(1)],
        text,
        filter,
        limit: 1_000,
    };
    ids(index.search_lexical(&query).expect("search"))
}

pub(crate) fn dense(index: &ChunkIndexes, vector: &[f32]) -> Vec<ChunkId> {
    dense_where(index, vector, &Filter::default())
}

pub(crate) fn dense_where(index: &ChunkIndexes, vector: &[f32], filter: &Filter) -> Vec<ChunkId> {
    let query = DenseQuery {
        embedder: EMBEDDER,
        knowledge_bases: &[kb(1)],
        vector,
        filter,
        limit: 1_000,
    };
    ids(index.search_dense(&query).expect("search"))
}

pub(crate) fn ids(hits: Vec<ScoredChunk>) -> Vec<ChunkId> {
    hits.into_iter().map(|hit| hit.chunk).collect()
}

/// The indexes with thirty passages.
pub(crate) fn filled(index: ChunkIndexes) -> ChunkIndexes {
    let operations: Vec<_> = (1..=30)
        .map(|n| {
            upsert(
                u64::from(n),
                entry(n, &format!("passage number{n} of many")),
            )
        })
        .collect();
    index.apply(&operations).expect("applies");
    index
}

/// Stores that were set aside.
pub(crate) fn broken_folders(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .expect("readable")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.to_string_lossy().contains(".broken-"))
        .collect()
}
