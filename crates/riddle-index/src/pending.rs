use std::collections::BTreeMap;

use riddle_core::{ChunkId, IndexEntry, IndexOperation, SequencedOperation};

/// What several operations come to: only the last change of each chunk counts.
pub(crate) struct Pending<'a> {
    /// The entry to write, or `None` to delete, by chunk.
    pub(crate) changes: BTreeMap<ChunkId, Option<&'a IndexEntry>>,
    /// Sequence of the last operation.
    pub(crate) position: u64,
}

/// Compacts the operations after `position`; `None` when there are none.
pub(crate) fn pending_after(
    position: u64,
    operations: &[SequencedOperation],
) -> Option<Pending<'_>> {
    let mut pending = Pending {
        changes: BTreeMap::new(),
        position,
    };
    for operation in operations {
        if operation.sequence <= position {
            continue;
        }
        pending.position = pending.position.max(operation.sequence);
        match &operation.operation {
            IndexOperation::Upsert(entry) => {
                pending.changes.insert(entry.chunk, Some(entry));
            }
            IndexOperation::Delete(chunk) => {
                pending.changes.insert(*chunk, None);
            }
            IndexOperation::Skip => {}
        }
    }
    (pending.position > position).then_some(pending)
}
