//! What searches see while documents come, change and go.

use riddle_core::{ChunkChange, ChunkIndex, Clock, DocumentStatus, FailureCode, IndexError};
use riddle_testkit::Extraction;

use super::{failure_of, index_all, index_once, work_once, work_until_done};
use crate::error::EngineError;
use crate::testing::TestEngine;

/// How many passages the index holds.
fn indexed(test: &TestEngine) -> usize {
    let ids = test.index.chunk_ids(test.knowledge_base.id);
    let stores = ids.expect("the index answers");
    // The first has all chunks, the other those with a vector.
    stores.first().map_or(0, |(_, ids)| ids.len())
}

#[tokio::test]
async fn a_document_is_found_once_it_is_whole_in_the_index() {
    let test = TestEngine::at_rest().await;
    let document = test.add("a.txt", "Tea is ready.").await;
    work_once(&test).await.expect("it is due");
    assert_eq!(test.status(document.id).await, DocumentStatus::Indexing);
    assert!(test.found("tea").await.is_empty());
    index_all(&test).await;
    assert_eq!(test.status(document.id).await, DocumentStatus::Ready);
    assert_eq!(test.found("tea").await, ["Tea is ready."]);
}

#[tokio::test]
async fn the_old_text_is_searched_until_the_new_one_is_live() {
    let test = TestEngine::at_rest().await;
    let document = test.add("a.txt", "Tea is ready.").await;
    work_until_done(&test).await;
    index_all(&test).await;
    let replaced = test.add("a.txt", "Coffee is ready.").await;
    assert_eq!(replaced.id, document.id, "it keeps its id");
    assert_eq!(test.found("tea coffee").await, ["Tea is ready."]);
    work_once(&test).await.expect("it is due");
    assert_eq!(test.found("tea coffee").await, ["Tea is ready."]);
    index_once(&test).await.expect("the index takes changes");
    assert_eq!(test.found("tea coffee").await, ["Coffee is ready."]);
    index_all(&test).await;
    assert_eq!(test.found("tea coffee").await, ["Coffee is ready."]);
    assert_eq!((indexed(&test), test.originals()), (1, 1));
}

/// As after a change of the embedder, when the indexer makes the vectors.
#[tokio::test]
async fn a_text_that_makes_the_embedder_panic_holds_up_no_other() {
    let test = TestEngine::at_rest().await;
    test.add("a.txt", "Tea is ready.").await;
    work_until_done(&test).await;
    index_all(&test).await;
    let stores = test.index.chunk_ids(test.knowledge_base.id);
    let stores = stores.expect("the index answers");
    let chunk = stores[0].1[0];
    let change = ChunkChange {
        chunk,
        seen: 1,
        text: "Tea goes boom.".to_owned(),
        token_count: 3,
        enabled: true,
    };
    let store = &test.engine.rooms.shared.store;
    let changed = store.change_chunk(&change, test.clock.now()).await;
    changed.expect("the database takes it");
    test.add("b.txt", "Coffee is ready.").await;
    work_until_done(&test).await;
    index_all(&test).await;
    assert_eq!(test.found("coffee").await, ["Coffee is ready."]);
    assert_eq!(test.found("boom").await, ["Tea goes boom."]);
}

#[tokio::test]
async fn a_replacement_that_fails_leaves_the_old_text() {
    let test = TestEngine::at_rest().await;
    let document = test.add("a.txt", "Tea is ready.").await;
    work_until_done(&test).await;
    index_all(&test).await;
    let malformed = Extraction::Fails(FailureCode::Malformed);
    test.extractor.plan("a.txt", [malformed]);
    test.add("a.txt", "Coffee is ready.").await;
    work_until_done(&test).await;
    index_all(&test).await;
    let failure = failure_of(&test, document.id).await;
    assert_eq!(failure, Some(FailureCode::Malformed));
    assert_eq!(test.found("tea coffee").await, ["Tea is ready."]);
}

#[tokio::test]
async fn the_newest_of_two_replacements_wins_whichever_was_in_work() {
    let test = TestEngine::running().await;
    test.extractor.plan("a.txt", [Extraction::Waits]);
    let document = test.add("a.txt", "Tea is ready.").await;
    test.extractor.gate.reached().await;
    test.add("a.txt", "Coffee is ready.").await;
    test.extractor.gate.hold(false);
    assert_eq!(test.end_of(document.id).await, DocumentStatus::Ready);
    assert_eq!(test.found("tea coffee").await, ["Coffee is ready."]);
    test.engine.stop().await;
}

#[tokio::test]
async fn a_document_that_is_deleted_while_it_is_in_work_leaves_nothing() {
    let test = TestEngine::running().await;
    test.extractor.plan("a.txt", [Extraction::Waits]);
    let document = test.add("a.txt", "Tea is ready.").await;
    test.extractor.gate.reached().await;
    let deleted = test.engine.delete_document(document.id).await;
    deleted.expect("it is deleted");
    test.extractor.gate.hold(false);
    // Of a document after it all is done, and so of it.
    test.add_ready("b.txt", "Coffee is ready.").await;
    let gone = test.engine.document(document.id).await;
    assert!(matches!(gone, Err(EngineError::DocumentNotFound(_))));
    assert_eq!(test.found("tea coffee").await, ["Coffee is ready."]);
    assert_eq!((indexed(&test), test.originals()), (1, 1));
    test.engine.stop().await;
}

#[tokio::test]
async fn a_document_that_is_deleted_between_staging_and_indexing_is_never_found() {
    let test = TestEngine::at_rest().await;
    let document = test.add("a.txt", "Tea is ready.").await;
    work_once(&test).await.expect("it is due");
    let deleting = test.engine.clone();
    let deleting = tokio::spawn(async move { deleting.delete_document(document.id).await });
    // The deletion is in the database once the document is hidden.
    while test.engine.document(document.id).await.is_ok() {
        tokio::task::yield_now().await;
    }
    index_all(&test).await;
    deleting.await.expect("no panic").expect("it is deleted");
    assert!(test.found("tea").await.is_empty());
    assert_eq!((indexed(&test), test.originals()), (0, 0));
}

#[tokio::test]
async fn an_index_that_refuses_changes_for_a_while_loses_none() {
    let test = TestEngine::at_rest().await;
    let document = test.add("a.txt", "Tea is ready.").await;
    work_once(&test).await.expect("it is due");
    test.index.refuse(Some(IndexError {
        store: "memory",
        message: "as it was told".to_owned(),
        is_disk_full: false,
        has_panicked: false,
        is_away: false,
    }));
    for _ in 0..2 {
        let refused = index_once(&test).await;
        assert!(matches!(refused, Err(EngineError::Index(_))), "{refused:?}");
        assert_eq!(test.status(document.id).await, DocumentStatus::Indexing);
    }
    test.index.refuse(None);
    index_all(&test).await;
    assert_eq!(test.status(document.id).await, DocumentStatus::Ready);
    assert_eq!(test.found("tea").await, ["Tea is ready."]);
}

#[tokio::test]
async fn what_is_staged_waits_for_room_on_the_disk() {
    let test = TestEngine::at_rest().await;
    let document = test.add("a.txt", "Tea is ready.").await;
    work_once(&test).await.expect("it is due");
    let full = EngineError::Io(std::io::ErrorKind::StorageFull.into());
    assert!(test.engine.rooms.shared.disk.is_cause_of(&full));
    let waits = index_once(&test).await;
    assert!(waits.is_err_and(|error| error.is_disk_full()));
    assert_eq!(test.status(document.id).await, DocumentStatus::Indexing);
    test.clock.advance(5_000);
    index_all(&test).await;
    assert_eq!(test.status(document.id).await, DocumentStatus::Ready);
}

#[tokio::test]
async fn searches_go_on_while_the_index_takes_its_time() {
    let test = TestEngine::running().await;
    test.add_ready("a.txt", "Tea is ready.").await;
    test.index.gate.hold(true);
    let second = test.add("b.txt", "Coffee is ready.").await;
    test.index.gate.reached().await;
    assert_eq!(test.found("tea coffee").await, ["Tea is ready."]);
    test.index.gate.hold(false);
    assert_eq!(test.end_of(second.id).await, DocumentStatus::Ready);
    assert_eq!(test.found("coffee").await, ["Coffee is ready."]);
    test.engine.stop().await;
}

#[tokio::test]
async fn equal_engines_on_equal_clocks_give_equal_ids_in_order() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let test = TestEngine::at_rest().await;
        let first = test.add("a.txt", "Tea is ready.").await.id;
        let second = test.add("b.txt", "Coffee is ready.").await.id;
        assert!(test.knowledge_base.id.0 < first.0 && first < second);
        runs.push((test.knowledge_base.id, first, second));
    }
    assert_eq!(runs[0], runs[1]);
}
