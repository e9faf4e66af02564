//! Collections of vectors, each of one embedder.

use std::collections::BTreeSet;

use riddle_core::Similarity;
use riddle_qdrant::{Distance, Failure, Field, NewCollection, Point, Purpose, Server};

use super::record::Embedder;
use crate::vectors::embedder::{GRAPH_EF_CONSTRUCT, GRAPH_M};
use crate::vectors::payload::{
    DOCUMENT, KNOWLEDGE_BASE, MOST_NUMBER_INDEXES, TERMS, number_key, number_keys,
};

/// Makes a collection with the indexes that each has. One of this name that the record does not know is not whole.
pub(super) fn create(
    server: &Server,
    collection: &str,
    fingerprint: &str,
    dimensions: usize,
) -> Result<Embedder, Failure> {
    server.drop_collection(collection)?;
    server.create(NewCollection {
        name: collection,
        dimensions,
        distance: match Similarity::of_fingerprint(fingerprint) {
            Similarity::Cosine => Distance::Cosine,
            Similarity::Dot => Distance::Dot,
        },
        graph_m: GRAPH_M,
        graph_ef_construct: GRAPH_EF_CONSTRUCT,
        purpose: Purpose::Search,
    })?;
    server.index_field(collection, KNOWLEDGE_BASE, Field::Tenant)?;
    server.index_field(collection, DOCUMENT, Field::Id)?;
    server.index_field(collection, TERMS, Field::Terms)?;
    Ok(Embedder {
        fingerprint: fingerprint.to_owned(),
        dimensions,
        numbers: BTreeSet::new(),
    })
}

/// Makes the indexes over numbers that these points need, and notes them.
pub(super) fn cover_numbers(
    server: &Server,
    collection: &str,
    embedder: &mut Embedder,
    points: &[Point],
) -> Result<(), Failure> {
    for key in points.iter().flat_map(|point| number_keys(&point.payload)) {
        if embedder.numbers.len() >= MOST_NUMBER_INDEXES {
            return Ok(());
        }
        if !embedder.numbers.contains(key) {
            server.index_field(collection, &number_key(key), Field::Number)?;
            embedder.numbers.insert(key.clone());
        }
    }
    Ok(())
}
