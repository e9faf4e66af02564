//! What the vectors of one embedder are, wherever they are.

use riddle_core::{ChunkId, ContentHash, IndexError, Similarity};

use crate::error::{VECTORS, vector_error};

/// Neighbours of a node of the graph, and the beam when it is built.
pub(super) const GRAPH_M: usize = 16;
pub(super) const GRAPH_EF_CONSTRUCT: usize = 128;
/// Beam of a search, wide enough for a recall@10 of 0.98 on vectors that hardly cluster.
pub(super) const SEARCH_EF: usize = 256;
/// The largest sum of squares of a vector for dot products: that of two of them is a finite number then.
const LARGEST_SQUARES: f32 = 1e37;
/// Characters of a name.
const NAME: usize = 32;

/// The name that stands for an embedder in names of folders and collections.
pub(super) fn name(fingerprint: &str) -> String {
    let mut name = ContentHash::of(fingerprint.as_bytes()).to_string();
    name.truncate(NAME);
    name
}

/// Refuses a vector that cannot be compared with others of the embedder: one of another length, or one with NaN or an
/// infinite value, which compares with nothing.
pub(super) fn check_vector(
    vector: &[f32],
    dimensions: usize,
    fingerprint: &str,
) -> Result<(), IndexError> {
    check_dimensions(vector, dimensions)?;
    check_values(vector, fingerprint)
}

/// Refuses a vector of another length.
pub(super) fn check_dimensions(vector: &[f32], dimensions: usize) -> Result<(), IndexError> {
    if vector.len() == dimensions && dimensions > 0 {
        return Ok(());
    }
    Err(vector_error(format!(
        "a vector has {} dimensions where this embedder's have {dimensions}; embed again with the same model",
        vector.len()
    )))
}

/// Whether a chunk's vector can be compared with others. One that cannot is left out and holds nothing up: the chunk is
/// found by its words alone.
pub(super) fn compares(chunk: ChunkId, vector: &[f32], fingerprint: &str) -> bool {
    let checked = check_values(vector, fingerprint);
    if let Err(error) = &checked {
        tracing::error!(store = VECTORS, %chunk, %error, "a chunk has no vector; it is found by its words alone");
    }
    checked.is_ok()
}

/// Refuses a vector that compares with nothing: one with NaN or an infinite value, or too long a one.
fn check_values(vector: &[f32], fingerprint: &str) -> Result<(), IndexError> {
    if vector.iter().any(|value| !value.is_finite()) {
        return Err(vector_error(
            "a vector holds a value that is not a finite number; embed again",
        ));
    }
    match Similarity::of_fingerprint(fingerprint) {
        Similarity::Cosine => Ok(()),
        Similarity::Dot => check_length(vector),
    }
}

/// Refuses a vector whose dot products may be no finite numbers.
fn check_length(vector: &[f32]) -> Result<(), IndexError> {
    let squares: f32 = vector.iter().map(|value| value * value).sum();
    if squares <= LARGEST_SQUARES {
        return Ok(());
    }
    Err(vector_error(
        "a vector is too long for dot products; embed again",
    ))
}
