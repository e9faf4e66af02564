use std::fs;
use std::path::Path;

use riddle_core::{ChunkIndex, SequencedOperation};

use crate::place::open;
use crate::support::{
    broken_folders, chunk, delete, dense, direction, entry, filled, kb, lexical, upsert,
};

#[test]
fn what_a_kill_before_a_commit_has_left_is_in_nobodys_way() {
    let folder = tempfile::tempdir().expect("folder");
    drop(filled(open(folder.path())));
    let meta = folder.path().join("bm25-v1/meta.json");
    let committed = fs::read(&meta).expect("a commit");
    let index = open(folder.path());
    index.apply(&[delete(31, chunk(3))]).expect("applies");
    drop(index);
    // All files of the next commit are written, and the process ends before it names them.
    fs::write(&meta, committed).expect("written");

    let index = open(folder.path());
    index
        .apply(&[delete(31, chunk(3))])
        .expect("applies once more");
    assert!(lexical(&index, "number3").is_empty());
    assert_eq!(lexical(&index, "number7"), [chunk(7)]);
}

#[test]
fn a_broken_bm25_index_is_set_aside_and_rebuilt() {
    for damage in ["truncated meta.json", "garbage segment", "no meta.json"] {
        let folder = tempfile::tempdir().expect("folder");
        drop(filled(open(folder.path())));
        let store = folder.path().join("bm25-v1");
        match damage {
            "truncated meta.json" => fs::write(store.join("meta.json"), b"{\"segm").expect("write"),
            "no meta.json" => fs::remove_file(store.join("meta.json")).expect("remove"),
            _ => {
                for file in fs::read_dir(&store).expect("readable") {
                    let path = file.expect("entry").path();
                    if path.extension().is_some_and(|kind| kind == "term") {
                        fs::write(path, b"rubbish").expect("write");
                    }
                }
            }
        }
        let index = open(folder.path());
        assert_eq!(index.position(), 0, "{damage}");
        assert_eq!(broken_folders(folder.path()).len(), 1, "{damage}");
        assert!(lexical(&index, "passage").is_empty());
        drop(index);

        let index = filled(open(folder.path()));
        assert_eq!(index.position(), 30, "{damage}");
        assert_eq!(lexical(&index, "number7"), [chunk(7)]);
        assert_eq!(index.digests(kb(1)).expect("digests")[1].1.count, 30);
    }
}

/// Makes an index one of the first version of the analyser. Returns whether it was one of the present.
fn make_outdated(folder: &Path) -> bool {
    let meta = folder.join("bm25-v1/meta.json");
    let text = fs::read_to_string(&meta).expect("readable");
    let present = "\\\"analyser\\\":6";
    fs::write(&meta, text.replace(present, "\\\"analyser\\\":1")).expect("write");
    text.contains(present)
}

#[test]
fn an_index_of_an_earlier_analyser_is_renewed_while_it_is_searched() {
    let folder = tempfile::tempdir().expect("folder");
    drop(filled(open(folder.path())));
    assert!(make_outdated(folder.path()));
    let again = |numbers: std::ops::RangeInclusive<u32>| -> Vec<SequencedOperation> {
        let entry_of = |n| entry(n, &format!("passage number{n} of many, renewed"));
        let operation = |n| upsert(u64::from(n) + 30, entry_of(n));
        numbers.map(operation).collect()
    };

    let index = open(folder.path());
    assert_eq!(index.position(), 30, "nothing is lost");
    assert!(index.is_outdated());
    assert_eq!(lexical(&index, "number7"), [chunk(7)]);
    drop(index);

    // A stop before the chunks were queued: it is still outdated.
    let index = open(folder.path());
    assert!(index.is_outdated());
    index.renewed_at(60).expect("says so");
    assert!(!index.is_outdated());
    index.apply(&again(1..=10)).expect("applies");
    assert_eq!(lexical(&index, "passage").len(), 30);
    drop(index);

    // A stop on the way: what is queued already is not asked for again.
    let index = open(folder.path());
    assert!(!index.is_outdated());
    assert_eq!(index.position(), 40);
    assert_eq!(lexical(&index, "renewed").len(), 10);
    assert_eq!(lexical(&index, "passage").len(), 30);
    assert_eq!(lexical(&index, "number20"), [chunk(20)]);
    index.apply(&again(11..=30)).expect("applies");
    assert_eq!(lexical(&index, "renewed").len(), 30);
    drop(index);

    assert!(
        make_outdated(folder.path()),
        "all of it is of the present analyser"
    );
    assert!(open(folder.path()).is_outdated());
    assert!(broken_folders(folder.path()).is_empty());
}

#[test]
fn broken_vectors_are_set_aside_and_rebuilt() {
    for damage in ["segment", "engine", "meta", "no meta", "position"] {
        let folder = tempfile::tempdir().expect("folder");
        drop(filled(open(folder.path())));
        let store = folder.path().join("vectors-v1");
        let shard = fs::read_dir(&store)
            .expect("readable")
            .map(|entry| entry.expect("entry").path())
            .find(|path| path.is_dir())
            .expect("one shard");
        match damage {
            "segment" => {
                for segment in fs::read_dir(shard.join("shard/segments")).expect("readable") {
                    let state = segment.expect("entry").path().join("segment.json");
                    fs::write(state, b"{").expect("write");
                }
            }
            "engine" => fs::remove_dir_all(shard.join("shard")).expect("remove"),
            "no meta" => fs::remove_file(shard.join("embedder.json")).expect("remove"),
            "meta" => fs::write(shard.join("embedder.json"), b"").expect("write"),
            _ => fs::write(store.join("position.json"), b"?").expect("write"),
        }
        let index = open(folder.path());
        assert_eq!(index.position(), 0, "{damage}");
        assert!(dense(&index, &direction(1)).is_empty(), "{damage}");
        assert!(!lexical(&index, "passage").is_empty(), "{damage}");
        drop(index);

        let index = filled(open(folder.path()));
        assert_eq!(index.position(), 30, "{damage}");
        assert_eq!(dense(&index, &direction(7))[0], chunk(7), "{damage}");
        assert_eq!(lexical(&index, "number7"), [chunk(7)], "{damage}");
    }
}

#[test]
fn an_unfinished_shard_is_no_obstacle() {
    let folder = tempfile::tempdir().expect("folder");
    drop(filled(open(folder.path())));
    fs::create_dir_all(folder.path().join("vectors-v1/0123.new/shard")).expect("create");
    let index = open(folder.path());
    assert_eq!(index.position(), 30);
    assert!(broken_folders(&folder.path().join("vectors-v1")).is_empty());
}
