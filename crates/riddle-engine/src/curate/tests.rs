use riddle_core::{ChunkIndex, CuratedChunk};

use super::ChunkPatch;
use crate::error::EngineError;
use crate::testing::TestEngine;

/// An engine that runs, and the one passage of its one document.
async fn with_passage(text: &str) -> (TestEngine, CuratedChunk) {
    let test = TestEngine::running().await;
    let document = test.add_ready("a.txt", text).await;
    let chunks = test.engine.document_chunks(document.id, 0, 10).await;
    let mut chunks = chunks.expect("the store answers");
    assert_eq!(chunks.len(), 1);
    (test, chunks.remove(0))
}

fn saying(text: &str) -> ChunkPatch {
    ChunkPatch {
        text: Some(text.to_owned()),
        ..ChunkPatch::default()
    }
}

fn enabled(enabled: bool) -> ChunkPatch {
    ChunkPatch {
        enabled: Some(enabled),
        ..ChunkPatch::default()
    }
}

async fn texts_of_history(test: &TestEngine, chunk: &CuratedChunk) -> Vec<String> {
    let history = test.engine.chunk_history(chunk.record.id).await;
    let history = history.expect("it is there").into_iter();
    history.map(|revision| revision.text).collect()
}

#[tokio::test]
async fn an_edited_passage_is_found_by_its_new_words_alone() {
    let (test, chunk) = with_passage("Tea is ready.").await;
    let edit = saying("Coffee is ready.");
    let edited = test.engine.update_chunk(chunk.record.id, edit).await;
    let edited = edited.expect("it is edited");
    assert_eq!(edited.record.chunk.text, "Coffee is ready.");
    assert_ne!(edited.state.revision, chunk.state.revision);
    assert_eq!(test.found("coffee").await, ["Coffee is ready."]);
    assert!(test.found("tea").await.is_empty());
    test.engine.stop().await;
}

#[tokio::test]
async fn an_edit_of_what_another_has_changed_meanwhile_is_refused() {
    let (test, chunk) = with_passage("Tea is ready.").await;
    let id = chunk.record.id;
    let first = test.engine.update_chunk(id, saying("Coffee is ready."));
    first.await.expect("it is edited");
    for edit in [saying("Milk is ready."), enabled(false)] {
        let stale = ChunkPatch {
            revision: Some(chunk.state.revision),
            ..edit
        };
        let refused = test.engine.update_chunk(id, stale).await;
        assert!(matches!(refused, Err(EngineError::ChunkChanged)));
    }
    assert_eq!(test.found("ready").await, ["Coffee is ready."]);
    let history = texts_of_history(&test, &chunk).await;
    assert_eq!(history.len(), 2, "{history:?}");
    test.engine.stop().await;
}

#[tokio::test]
async fn an_embedder_that_fails_refuses_the_edit() {
    let (test, chunk) = with_passage("Tea is ready.").await;
    let id = chunk.record.id;
    let before = texts_of_history(&test, &chunk).await;
    let failing = test.engine.update_chunk(id, saying("There is a fault."));
    let error = failing.await.expect_err("the embedder fails");
    assert!(matches!(error, EngineError::Model(_)), "{error:?}");
    let panicking = test.engine.update_chunk(id, saying("Here it goes boom."));
    let error = panicking.await.expect_err("the embedder panics");
    assert!(matches!(error, EngineError::Internal { .. }), "{error:?}");
    assert_eq!(test.found("tea fault boom").await, ["Tea is ready."]);
    assert_eq!(texts_of_history(&test, &chunk).await, before);
    let next = test.engine.update_chunk(id, saying("Coffee is ready."));
    next.await.expect("the embedder goes on");
    test.engine.stop().await;
}

#[tokio::test]
async fn a_disabled_passage_is_in_no_search_and_not_in_the_index() {
    let (test, chunk) = with_passage("Tea is ready.").await;
    let id = chunk.record.id;
    let indexed = || {
        let holds = test.index.contains_document(chunk.record.document);
        holds.expect("the index answers")
    };
    for _ in 0..2 {
        let off = test.engine.update_chunk(id, enabled(false)).await;
        assert!(!off.expect("it is disabled").state.enabled);
        assert!(test.found("tea").await.is_empty() && !indexed());
        let on = test.engine.update_chunk(id, enabled(true)).await;
        assert!(on.expect("it is enabled").state.enabled);
        assert_eq!(test.found("tea").await, ["Tea is ready."]);
        assert!(indexed());
    }
    test.engine.stop().await;
}

#[tokio::test]
async fn an_edited_passage_that_is_disabled_keeps_its_text() {
    let (test, chunk) = with_passage("Tea is ready.").await;
    let id = chunk.record.id;
    let both = ChunkPatch {
        enabled: Some(false),
        ..saying("Coffee is ready.")
    };
    test.engine.update_chunk(id, both).await.expect("changed");
    assert!(test.found("ready").await.is_empty());
    let on = test.engine.update_chunk(id, enabled(true)).await;
    assert_eq!(on.expect("enabled").record.chunk.text, "Coffee is ready.");
    assert_eq!(test.found("ready").await, ["Coffee is ready."]);
    test.engine.stop().await;
}

#[tokio::test]
async fn what_changes_nothing_makes_no_revision() {
    let (test, chunk) = with_passage("Tea is ready.").await;
    let id = chunk.record.id;
    for same in [saying("Tea is ready."), enabled(true)] {
        let unchanged = test.engine.update_chunk(id, same).await;
        assert_eq!(unchanged.expect("it is there").state, chunk.state);
    }
    for nothing in [ChunkPatch::default(), saying(" \n")] {
        let refused = test.engine.update_chunk(id, nothing).await;
        let refused = refused.expect_err("it says nothing");
        assert_eq!(refused.code(), "invalid_request");
    }
    assert!(texts_of_history(&test, &chunk).await.len() < 2);
    test.engine.stop().await;
}

#[tokio::test]
async fn an_edit_needs_room_on_the_disk() {
    let (test, chunk) = with_passage("Tea is ready.").await;
    let full = EngineError::Io(std::io::ErrorKind::StorageFull.into());
    assert!(test.engine.rooms.shared.disk.is_cause_of(&full));
    let edit = || {
        test.engine
            .update_chunk(chunk.record.id, saying("Coffee is ready."))
    };
    assert!(edit().await.is_err_and(|error| error.is_disk_full()));
    assert_eq!(test.found("ready").await, ["Tea is ready."]);
    test.clock.advance(5_000);
    edit().await.expect("there is room");
    test.engine.stop().await;
}

#[tokio::test]
async fn many_passages_at_once_take_a_permit_of_searches_and_a_usual_page_takes_none() {
    let (test, chunk) = with_passage("Tea is ready.").await;
    let shared = &test.engine.rooms.shared;
    let searches: Vec<_> = std::iter::from_fn(|| shared.query_permit().ok()).collect();
    let document = chunk.record.document;
    let page = test.engine.document_chunks(document, 0, 100).await;
    assert_eq!(page.expect("a usual page").len(), 1);
    let refused = test.engine.document_chunks(document, 0, 101).await;
    assert_eq!(refused.expect_err("all are at work").code(), "overloaded");
    drop(searches);
    let page = test.engine.document_chunks(document, 0, 101).await;
    assert_eq!(page.expect("a long page").len(), 1);
    test.engine.stop().await;
}
