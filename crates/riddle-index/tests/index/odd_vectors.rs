//! Vectors that compare with nothing.

use riddle_core::{ChunkIndex, Similarity};

use crate::place::open;
use crate::support::{EMBEDDER, chunk, dense, direction, entry, kb, lexical, upsert};

#[test]
fn a_vector_that_compares_with_nothing_is_left_out_and_holds_nothing_up() {
    let by_dot = Similarity::Dot.mark(EMBEDDER.to_owned());
    for (embedder, value, held) in [
        // Products with another such one are finite.
        (by_dot.as_str(), 1e18, 2),
        (by_dot.as_str(), 3e18, 1),
        (by_dot.as_str(), f32::MAX, 1),
        (EMBEDDER, 3e18, 2),
        (EMBEDDER, f32::NAN, 1),
        (EMBEDDER, f32::INFINITY, 1),
    ] {
        let folder = tempfile::tempdir().expect("folder");
        let index = open(folder.path());
        let embedded = |n: u32, vector: Vec<f32>| {
            let mut entry = entry(n, "a passage");
            entry.embedding = Some((embedder.to_owned(), vector));
            entry
        };
        let first = embedded(1, direction(1));
        index.apply(&[upsert(1, first)]).expect("applies");
        let bad = embedded(2, vec![value, value, 0.0, 0.0]);
        let good = embedded(1, direction(3));
        index
            .apply(&[upsert(2, bad), upsert(3, good)])
            .expect("applies");
        assert_eq!(index.position(), 3);
        assert_eq!(lexical(&index, "passage").len(), 2, "{embedder} {value}");
        let digests = index.digests(kb(1)).expect("digests");
        let counts: Vec<u64> = digests.iter().map(|(_, digest)| digest.count).collect();
        assert_eq!(counts, [2, held], "{embedder} {value}");
    }
}

#[test]
fn an_embedder_whose_first_vector_compares_with_nothing_is_searched_when_others_come() {
    let folder = tempfile::tempdir().expect("folder");
    let index = open(folder.path());
    let mut bad = entry(1, "a passage");
    bad.embedding = Some((EMBEDDER.to_owned(), vec![f32::NAN]));
    index.apply(&[upsert(1, bad)]).expect("applies");
    assert!(dense(&index, &direction(1)).is_empty());
    index
        .apply(&[upsert(2, entry(2, "another"))])
        .expect("applies");
    assert_eq!(dense(&index, &direction(2)), [chunk(2)]);
}

#[test]
fn a_vector_that_is_taken_back_by_one_that_compares_with_nothing_is_not_found() {
    let folder = tempfile::tempdir().expect("folder");
    let index = open(folder.path());
    index
        .apply(&[upsert(1, entry(1, "text"))])
        .expect("applies");
    assert_eq!(dense(&index, &direction(1)), [chunk(1)]);
    let mut worse = entry(1, "text");
    worse.embedding = Some((EMBEDDER.to_owned(), vec![f32::NAN; 4]));
    index.apply(&[upsert(2, worse)]).expect("applies");
    assert!(dense(&index, &direction(1)).is_empty());
}
