//! The derived indexes: BM25 on tantivy, vectors on qdrant-edge or a Qdrant server, one position over both.
//!
//! Everything here can be thrown away and made anew from the relational store.

mod analyser;
mod disk;
mod error;
mod indexes;
mod lexical;
mod metadata_terms;
mod pending;
mod vectors;

pub use indexes::{ChunkIndexes, IndexOptions};
pub use vectors::ServerVectors;
