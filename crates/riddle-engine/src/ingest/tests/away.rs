//! Vectors on a server that is away for a while, or has lost them.

use riddle_core::{ChunkIndex, DocumentStatus, Notice, RetrievalMode, SearchResponse};

use super::{index_all, index_once, work_once, work_until_done};
use crate::error::EngineError;
use crate::testing::TestEngine;

async fn search(test: &TestEngine, mode: RetrievalMode) -> Result<SearchResponse, EngineError> {
    test.search("Is the tea ready?", mode).await
}

/// Whether the health report tells of the server of the vectors.
async fn is_told(test: &TestEngine) -> bool {
    let health = test.engine.health().await.expect("a report");
    assert!(health.readable);
    let told = health
        .notices
        .iter()
        .find(|notice| notice.code() == "vectors_away");
    assert!(told.is_none() || !health.ok, "{health:?}");
    told.is_some_and(|notice| notice.to_string().contains("cannot be reached"))
}

#[tokio::test]
async fn while_the_server_of_the_vectors_is_away_words_are_searched_and_documents_wait() {
    let test = TestEngine::at_rest().await;
    test.add("a.txt", "Tea is ready.").await;
    work_until_done(&test).await;
    index_all(&test).await;
    let whole = search(&test, RetrievalMode::Hybrid).await;
    let whole = whole.expect("a response");
    assert_eq!(whole.mode, RetrievalMode::Hybrid);
    assert!(!whole.notices.contains(&Notice::VectorsUnavailable));
    assert!(!is_told(&test).await);

    test.index.set_away(true);
    let waiting = test.add("b.txt", "Coffee is ready.").await;
    work_once(&test).await.expect("it is due");
    for _ in 0..2 {
        let refused = index_once(&test).await;
        assert!(refused.is_err_and(|error| error.code() == "unhealthy"));
        assert_eq!(test.status(waiting.id).await, DocumentStatus::Indexing);
    }
    let words = search(&test, RetrievalMode::Hybrid).await;
    let words = words.expect("a response");
    assert_eq!(words.mode, RetrievalMode::Bm25);
    assert_eq!(words.notices, [Notice::VectorsUnavailable]);
    assert_eq!(words.hits.len(), 1);
    let dense = search(&test, RetrievalMode::Dense).await;
    let refused = dense.expect_err("nothing else was asked for");
    assert_eq!(refused.code(), "unhealthy");
    assert!(refused.public_message().contains("cannot be reached"));
    assert!(is_told(&test).await);

    test.index.set_away(false);
    index_all(&test).await;
    assert_eq!(test.status(waiting.id).await, DocumentStatus::Ready);
    let whole = search(&test, RetrievalMode::Hybrid).await;
    let whole = whole.expect("a response");
    assert_eq!((whole.mode, whole.hits.len()), (RetrievalMode::Hybrid, 2));
    assert!(!is_told(&test).await);
}

#[tokio::test]
async fn an_index_that_loses_what_it_had_is_filled_again_once() {
    let test = TestEngine::at_rest().await;
    let document = test.add("a.txt", "Tea is ready.").await;
    work_until_done(&test).await;
    index_all(&test).await;
    test.index.lose_all();
    assert!(test.found("tea").await.is_empty());
    index_all(&test).await;
    assert_eq!(test.found("tea").await, ["Tea is ready."]);
    assert_eq!(test.status(document.id).await, DocumentStatus::Ready);

    let position = test.index.position();
    index_all(&test).await;
    assert_eq!(test.index.position(), position, "nothing is queued again");
}
