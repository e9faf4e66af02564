use riddle_core::{ChunkIndex, IndexOperation, SequencedOperation};

use crate::place::{open, try_open};
use crate::support::{
    broken_folders, chunk, delete, dense, direction, entry, filled, kb, lexical, upsert,
};

#[test]
fn a_replay_changes_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let index = filled(open(folder.path()));
    index.apply(&[delete(31, chunk(3))]).expect("applies");
    let before = index.digests(kb(1)).expect("digests");

    index
        .apply(&[
            upsert(3, entry(3, "revived")),
            upsert(31, entry(3, "revived")),
        ])
        .expect("replays");
    assert_eq!(index.position(), 31);
    assert_eq!(index.digests(kb(1)).expect("digests"), before);
    assert!(lexical(&index, "revived").is_empty());
}

#[test]
fn all_is_there_after_a_drop_without_close() {
    let folder = tempfile::tempdir().expect("folder");
    let before = {
        let index = filled(open(folder.path()));
        index.digests(kb(1)).expect("digests")
    };
    let index = open(folder.path());
    assert_eq!(index.position(), 30);
    assert_eq!(index.digests(kb(1)).expect("digests"), before);
    assert_eq!(lexical(&index, "number7"), [chunk(7)]);
    assert_eq!(dense(&index, &direction(7))[0], chunk(7));
}

#[test]
fn the_position_only_rises() {
    let folder = tempfile::tempdir().expect("folder");
    let index = filled(open(folder.path()));
    let skip = |sequence| SequencedOperation {
        sequence,
        operation: IndexOperation::Skip,
    };
    for sequence in [40, 35, 40, 41] {
        let before = index.position();
        index.apply(&[skip(sequence)]).expect("applies");
        assert_eq!(index.position(), before.max(sequence));
    }
    index.apply(&[]).expect("nothing to do");
    drop(index);
    assert_eq!(open(folder.path()).position(), 41);
}

#[test]
fn a_second_opening_is_refused_and_breaks_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let index = filled(open(folder.path()));
    let error = try_open(folder.path()).err().expect("refused");
    assert!(error.message.contains("another process"), "{error}");
    drop(index);
    assert_eq!(open(folder.path()).position(), 30);
    assert!(broken_folders(folder.path()).is_empty());
}
