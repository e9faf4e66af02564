//! A server that is down, slow, broken, emptied or too old.

use std::time::Duration;

use riddle_client::ApiKey;
use riddle_core::{ChunkId, ChunkIndex, DenseQuery, Filter, IndexError};
use riddle_index::ChunkIndexes;
use riddle_test_qdrant::{Code, Fault, TestQdrant};

use crate::layout::vector_collections;
use crate::place::{eventually, open_on, vectors};
use crate::support::{
    EMBEDDER, OPTIONS, chunk, dense, direction, entry, filled, ids, kb, lexical, upsert,
};

/// Long enough for a server of this process that answers, and over soon for one that does not.
const SHORT: Duration = Duration::from_millis(500);

fn search(index: &ChunkIndexes) -> Result<Vec<ChunkId>, IndexError> {
    let hits = index.search_dense(&DenseQuery {
        embedder: EMBEDDER,
        knowledge_bases: &[kb(1)],
        vector: &direction(7),
        filter: &Filter::default(),
        limit: 1,
    })?;
    Ok(ids(hits))
}

/// What a search by vector says that is to go on by words.
fn away(index: &ChunkIndexes) -> String {
    let error = search(index).expect_err("the vectors are away");
    assert!(error.is_away && error.store == "vectors", "{error:?}");
    error.message
}

#[test]
fn a_server_that_is_down_at_the_start_is_waited_for() {
    let server = TestQdrant::stopped();
    let folder = tempfile::tempdir().expect("folder");
    let index = open_on(&server, folder.path());
    assert_eq!(index.position(), 0);
    assert!(away(&index).contains("cannot be reached"));
    let change = [upsert(1, entry(7, "a passage"))];
    assert!(index.apply(&change).expect_err("waits").is_away);
    assert_eq!(lexical(&index, "passage"), [chunk(7)]);
    assert!(index.trouble().is_some());

    server.resume();
    eventually(|| index.apply(&change));
    assert_eq!(index.position(), 1);
    assert_eq!(dense(&index, &direction(7)), [chunk(7)]);
    assert_eq!(index.trouble(), None);
}

#[test]
fn a_server_that_goes_down_loses_nothing_and_is_known_by_its_position_meanwhile() {
    let server = TestQdrant::start();
    let folder = tempfile::tempdir().expect("folder");
    let index = filled(open_on(&server, folder.path()));
    server.stop();
    assert!(away(&index).contains("cannot be reached"));
    let change = [upsert(31, entry(31, "one more"))];
    assert!(index.apply(&change).expect_err("waits").is_away);
    assert_eq!(index.position(), 30);
    assert_eq!(lexical(&index, "number7"), [chunk(7)]);
    drop(index);

    let index = open_on(&server, folder.path());
    assert_eq!(index.position(), 30, "as it was last known");
    assert!(
        index
            .contains_document(crate::support::document(7))
            .expect("by words")
    );

    server.resume();
    eventually(|| index.apply(&change));
    let digests = index.digests(kb(1)).expect("digests");
    assert_eq!(digests[0].1, digests[1].1);
    assert_eq!((digests[1].1.count, index.position()), (31, 31));
}

#[test]
fn a_call_that_may_succeed_is_tried_again() {
    let server = TestQdrant::start();
    let folder = tempfile::tempdir().expect("folder");
    let index = filled(open_on(&server, folder.path()));
    for code in [Code::Unavailable, Code::ResourceExhausted, Code::Internal] {
        server.plan(Some(Fault::Refuse(code, 2)));
        assert_eq!(search(&index).expect("after some tries"), [chunk(7)]);
    }
    server.plan(Some(Fault::Refuse(Code::Unavailable, 2)));
    index
        .apply(&[upsert(31, entry(31, "one more"))])
        .expect("after some tries");
    assert_eq!(index.position(), 31);

    // What cannot succeed is not.
    server.plan(Some(Fault::Refuse(Code::InvalidArgument, usize::MAX)));
    let before = server.calls();
    assert!(away(&index).contains("refused a request"));
    assert_eq!(server.calls(), before + 1);
}

#[test]
fn a_server_that_fails_is_left_alone_and_found_again() {
    let server = TestQdrant::start();
    let folder = tempfile::tempdir().expect("folder");
    let index = filled(open_on(&server, folder.path()));
    server.plan(Some(Fault::Refuse(Code::Internal, usize::MAX)));
    assert!(away(&index).contains("failed"));
    while !away(&index).contains("left alone") {}
    let before = server.calls();
    away(&index);
    assert_eq!(server.calls(), before, "nothing is sent");
    assert!(index.trouble().expect("told").contains("left alone"));

    server.plan(None);
    assert_eq!(eventually(|| search(&index)), [chunk(7)]);
    assert_eq!(index.trouble(), None);
}

#[test]
fn a_server_that_does_not_answer_is_not_waited_for() {
    let server = TestQdrant::start();
    let folder = tempfile::tempdir().expect("folder");
    drop(filled(open_on(&server, folder.path())));
    let mut hasty = vectors(server.url(), folder.path());
    hasty.server.times.search = SHORT;
    let index = ChunkIndexes::open_with_server(folder.path(), OPTIONS, hasty).expect("opens");
    server.plan(Some(Fault::Silent));
    assert!(away(&index).contains("did not answer within 500ms"));
    server.plan(None);
    assert_eq!(eventually(|| search(&index)), [chunk(7)]);
}

#[test]
fn a_collection_that_was_deleted_is_told_by_the_position() {
    for is_running in [true, false] {
        let server = TestQdrant::start();
        let folder = tempfile::tempdir().expect("folder");
        let running = filled(open_on(&server, folder.path()));
        let running = is_running.then_some(running);
        server.lose(&vector_collections(&server)[0]);
        let index = match running {
            Some(index) => {
                assert!(away(&index).contains("has lost a collection"));
                // Begun before the loss was found.
                let stale = index.apply(&[upsert(31, entry(31, "one more"))]);
                assert!(stale.expect_err("the position is another").is_away);
                index
            }
            None => open_on(&server, folder.path()),
        };
        assert_eq!(index.position(), 0);
        assert!(search(&index).expect("searches").is_empty());
        assert_eq!(lexical(&index, "number7"), [chunk(7)]);

        let index = filled(index);
        assert_eq!(index.position(), 30);
        assert_eq!(search(&index).expect("searches"), [chunk(7)]);
    }
}

#[test]
fn a_change_that_finds_a_collection_deleted_waits_for_those_before_it() {
    for lost in ["vectors", "position"] {
        let server = TestQdrant::start();
        let folder = tempfile::tempdir().expect("folder");
        let index = filled(open_on(&server, folder.path()));
        let mut names = server.collections();
        names.retain(|name| name.ends_with("-position") == (lost == "position"));
        server.lose(&names[0]);
        let change = [upsert(31, entry(31, "one more"))];
        let error = index
            .apply(&change)
            .expect_err("the position is not that of before");
        assert!(error.is_away, "{lost}: {error}");
        assert_eq!(index.position(), 0, "{lost}");
        let index = filled(index);
        index.apply(&change).expect("applies");
        let digests = index.digests(kb(1)).expect("digests");
        assert_eq!((digests[1].1.count, index.position()), (31, 31), "{lost}");
    }
}

/// Another collection keeps what it has.
#[test]
fn vectors_of_other_embedders_stay_where_one_collection_is_lost() {
    let server = TestQdrant::start();
    let folder = tempfile::tempdir().expect("folder");
    let index = filled(open_on(&server, folder.path()));
    let first = vector_collections(&server);
    let mut foreign = entry(31, "of another embedder");
    foreign.embedding = Some(("another".to_owned(), vec![1.0; 8]));
    index.apply(&[upsert(31, foreign)]).expect("applies");
    let second = vector_collections(&server)
        .into_iter()
        .find(|name| !first.contains(name));
    server.lose(&second.expect("a second collection"));
    drop(index);

    let index = open_on(&server, folder.path());
    assert_eq!(index.position(), 0);
    assert_eq!(search(&index).expect("searches"), [chunk(7)]);
}

#[test]
fn a_server_that_is_too_old_is_told_and_used_once_it_is_renewed() {
    let server = TestQdrant::start();
    server.set_version("1.9.2");
    let folder = tempfile::tempdir().expect("folder");
    let index = open_on(&server, folder.path());
    let told = index.trouble().expect("told");
    assert!(told.contains("1.9.2") && told.contains("1.16"), "{told}");
    assert_eq!(away(&index), told);

    server.set_version("1.18.3");
    let index = filled(index);
    assert_eq!(search(&index).expect("searches"), [chunk(7)]);
}

#[test]
fn the_key_is_sent_and_its_lack_is_told() {
    let server = TestQdrant::start();
    server.require_key("secret");
    let folder = tempfile::tempdir().expect("folder");
    let index = open_on(&server, folder.path());
    assert!(away(&index).contains("refused the API key"));
    drop(index);

    let mut vectors = vectors(server.url(), folder.path());
    vectors.server.api_key = Some(ApiKey::new("secret\n"));
    let index = ChunkIndexes::open_with_server(folder.path(), OPTIONS, vectors).expect("opens");
    assert_eq!(search(&filled(index)).expect("searches"), [chunk(7)]);
}
