use std::collections::BTreeMap;

use riddle_core::{ChunkId, IndexEntry};

use super::embedder::compares;
use crate::pending::Pending;

/// What is to be written for each embedder.
pub(super) struct Changes<'a> {
    /// Chunks with their vectors, by the embedder's fingerprint.
    pub(super) written: BTreeMap<&'a str, Vec<(&'a IndexEntry, &'a [f32])>>,
    homes: BTreeMap<ChunkId, &'a str>,
    chunks: Vec<ChunkId>,
}

impl<'a> Changes<'a> {
    pub(super) fn of(pending: &Pending<'a>) -> Self {
        let mut changes = Self {
            written: BTreeMap::new(),
            homes: BTreeMap::new(),
            chunks: pending.changes.keys().copied().collect(),
        };
        for (chunk, change) in &pending.changes {
            if let Some(entry) = *change
                && let Some((embedder, vector)) = &entry.embedding
                && compares(*chunk, vector, embedder)
            {
                let written = changes.written.entry(embedder).or_default();
                written.push((entry, vector));
                changes.homes.insert(*chunk, embedder);
            }
        }
        changes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The chunks that have no vector of this embedder any more: a chunk has one vector at most, so where it is written
    /// for one embedder, all others drop it.
    pub(super) fn gone_from(&self, fingerprint: &str) -> Vec<ChunkId> {
        let chunks = self.chunks.iter();
        let gone = chunks.filter(|chunk| self.homes.get(*chunk) != Some(&fingerprint));
        gone.copied().collect()
    }
}
