//! The vectors lie in the folder of the indexes.

use std::path::Path;

use riddle_core::IndexError;
use riddle_index::ChunkIndexes;

use crate::support::OPTIONS;

pub(crate) fn try_open(folder: &Path) -> Result<ChunkIndexes, IndexError> {
    ChunkIndexes::open(folder, OPTIONS)
}

pub(crate) fn open(folder: &Path) -> ChunkIndexes {
    try_open(folder).expect("opens")
}
