//! Tests that need the private parts: one store is stopped before the other.

use riddle_core::{IndexEntry, IndexOperation, Metadata};
use uuid::Uuid;

use super::*;

const OPTIONS: IndexOptions = IndexOptions {
    writer_memory_bytes: 15_000_000,
    writer_threads: 1,
};
const KB: KnowledgeBaseId = KnowledgeBaseId(Uuid::from_u128(1));

fn operations(sequences: std::ops::RangeInclusive<u64>) -> Vec<SequencedOperation> {
    sequences
        .map(|sequence| {
            let entry = IndexEntry {
                chunk: ChunkId(Uuid::from_u128(u128::from(sequence))),
                knowledge_base: KB,
                document: DocumentId(Uuid::from_u128(9)),
                text: "a passage".to_owned(),
                metadata: Metadata::new(),
                embedding: Some(("e".to_owned(), vec![1.0, sequence as f32])),
            };
            SequencedOperation {
                sequence,
                operation: IndexOperation::Upsert(Box::new(entry)),
            }
        })
        .collect()
}

fn counts(index: &ChunkIndexes) -> Vec<u64> {
    let digests = index.digests(KB).expect("digests");
    assert!(digests.iter().all(|(_, digest)| digest.count > 0));
    digests
        .into_iter()
        .map(|(_, digest)| digest.count)
        .collect()
}

#[test]
fn a_crash_after_either_store_is_healed_by_replay() {
    for lexical_first in [true, false] {
        let folder = tempfile::tempdir().expect("folder");
        let all = operations(1..=20);
        {
            let index = ChunkIndexes::open(folder.path(), OPTIONS).expect("opens");
            index.apply(&all[..10]).expect("applies");
            let one_only = if lexical_first {
                index.lexical.apply(&all)
            } else {
                index.vectors.apply(&all)
            };
            one_only.expect("applies");
            assert_eq!(index.position(), 10);
        }
        let index = ChunkIndexes::open(folder.path(), OPTIONS).expect("opens again");
        assert_eq!(index.position(), 10);
        index.apply(&all[10..]).expect("replays");
        assert_eq!(index.position(), 20);
        assert_eq!(counts(&index), [20, 20]);
        let digests = index.digests(KB).expect("digests");
        assert_eq!(digests[0].1, digests[1].1);
    }
}

#[test]
fn a_store_refusing_leaves_the_other_and_can_be_retried() {
    let folder = tempfile::tempdir().expect("folder");
    let index = ChunkIndexes::open(folder.path(), OPTIONS).expect("opens");
    index.apply(&operations(1..=3)).expect("applies");

    let mut wrong = operations(4..=4);
    if let IndexOperation::Upsert(entry) = &mut wrong[0].operation {
        entry.embedding = Some(("e".to_owned(), vec![1.0; 3]));
    }
    let error = index.apply(&wrong).expect_err("refused");
    assert_eq!(error.store, VECTORS);
    assert!(error.message.contains("3 dimensions"), "{error}");
    assert_eq!(index.position(), 3);
    assert_eq!(index.lexical.position(), 4);

    index.apply(&operations(4..=5)).expect("corrected");
    assert_eq!(index.position(), 5);
    assert_eq!(counts(&index), [5, 5]);
}
