mod attempts;
mod away;
mod pictures;
mod publishing;

use std::time::Duration;

use futures_util::FutureExt;
use riddle_core::{DocumentId, DocumentStatus, FailureCode, IndexError};
use tracing::Level;

use super::places::Lane;
use super::{MAX_ATTEMPTS, MAX_CRASHES, dispatcher, indexer, process};
use crate::error::EngineError;
use crate::testing::TestEngine;
use crate::testing::log::Log;

const LEASE_MS: i64 = 1_000_000;
/// Longer than any pause before a retry of these tests.
const LATER_MS: i64 = 100_000;
/// How long a write that found no space counts, whatever is free.
const REFUSAL_COUNTS_MS: i64 = 5_000;
/// Between two looks at what runs beside the test.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Claims the job that is due and has it processed; whose it was.
async fn work_once(test: &TestEngine) -> Option<DocumentId> {
    let ingest = &test.engine.rooms.ingest;
    let now = ingest.shared.clock.now();
    let claimed = ingest
        .shared
        .store
        .claim_job(&ingest.boot, now, now.plus_millis(LEASE_MS));
    let job = claimed.await.expect("the database answers")?;
    let id = job.document.id;
    process::run(ingest, job, Lane::Quick).await;
    Some(id)
}

/// How often a document is processed until nothing is due any more.
async fn work_until_done(test: &TestEngine) -> u32 {
    let mut times = 0;
    while work_once(test).await.is_some() {
        times += 1;
        assert!(times < 50, "it is processed without end");
        test.clock.advance(LATER_MS);
    }
    times
}

/// Has the indexer look once; whether it had something to do.
async fn index_once(test: &TestEngine) -> Result<bool, EngineError> {
    let done = indexer::round(&test.engine.rooms.ingest).await?;
    Ok(done > 0)
}

/// Brings everything that is staged into the index.
async fn index_all(test: &TestEngine) {
    while index_once(test).await.expect("the index takes changes") {}
}

async fn failure_of(test: &TestEngine, id: DocumentId) -> Option<FailureCode> {
    let document = test.engine.document(id).await.expect("it is there");
    document.failure.map(|failure| failure.code)
}

#[tokio::test]
async fn a_document_on_which_the_embedder_panics_or_ends_is_set_aside_after_some_crashes() {
    for text in ["Here it goes boom.", "It will meet its doom."] {
        let test = TestEngine::at_rest().await;
        let document = test.add("bad.txt", text).await;
        assert_eq!(work_until_done(&test).await, MAX_CRASHES, "{text}");
        assert_eq!(
            failure_of(&test, document.id).await,
            Some(FailureCode::Quarantined)
        );
        let pending = test.engine.rooms.shared.store.pending_jobs().await;
        assert_eq!(pending.expect("the store counts"), 0);
    }
}

#[tokio::test]
async fn a_document_on_which_the_embedder_fails_is_given_up_after_some_attempts() {
    let test = TestEngine::at_rest().await;
    let document = test.add("bad.txt", "There is a fault here.").await;
    assert_eq!(work_until_done(&test).await, MAX_ATTEMPTS);
    assert_eq!(
        failure_of(&test, document.id).await,
        Some(FailureCode::EmbeddingFailed)
    );
}

/// The dispatcher sleeps until the next job is due. One that is given back is due sooner than it knows.
#[tokio::test]
async fn a_job_that_is_given_back_wakes_the_dispatcher() {
    for text in ["Here it goes boom.", "There is a fault here."] {
        let test = TestEngine::at_rest().await;
        test.add("bad.txt", text).await;
        let queued = &test.engine.rooms.ingest.job_queued;
        assert!(
            queued.notified().now_or_never().is_some(),
            "adding it wakes"
        );
        assert!(queued.notified().now_or_never().is_none());
        work_once(&test).await.expect("it is due");
        assert!(queued.notified().now_or_never().is_some(), "{text}");
    }
}

/// A clock that is set back would otherwise keep a document waiting until it has caught up.
#[tokio::test]
async fn a_retry_of_a_clock_that_was_ahead_is_not_waited_for() {
    const YEAR_MS: i64 = 365 * 24 * 3_600_000;
    let test = TestEngine::at_rest().await;
    test.clock.advance(YEAR_MS);
    let document = test.add("bad.txt", "There is a fault here.").await;
    assert_eq!(work_once(&test).await, Some(document.id));
    test.clock.advance(-YEAR_MS);
    assert_eq!(work_once(&test).await, None);
    let ingest = &test.engine.rooms.ingest;
    dispatcher::cut_waits(ingest)
        .await
        .expect("the database answers");
    assert_eq!(work_once(&test).await, Some(document.id));
}

/// There is no idle moment in which it would be found.
#[tokio::test]
async fn a_retry_of_a_clock_that_was_ahead_is_found_while_the_queue_never_empties() {
    const YEAR_MS: i64 = 365 * 24 * 3_600_000;
    let test = TestEngine::at_rest().await;
    let mut rounds = dispatcher::Rounds::first(&test.engine.rooms.ingest);
    test.clock.advance(YEAR_MS);
    let document = test.add("bad.txt", "There is a fault here.").await;
    assert_eq!(work_once(&test).await, Some(document.id));
    test.clock.advance(-YEAR_MS);
    assert_eq!(work_once(&test).await, None);
    let ingest = &test.engine.rooms.ingest;
    for round in ["suspects of an earlier run", "the retry"] {
        let handed_out = rounds.round(ingest).await;
        assert!(handed_out.expect("the database answers"), "{round}");
    }
    while test.extractor.calls("bad.txt") < 2 {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

#[tokio::test]
async fn documents_wait_for_a_full_disk_and_go_on_by_themselves() {
    let test = TestEngine::at_rest().await;
    let document = test.add("good.txt", "All is well.").await;
    let full = EngineError::Io(std::io::ErrorKind::StorageFull.into());
    assert!(test.engine.rooms.shared.disk.is_cause_of(&full));
    assert!(
        test.engine
            .begin_upload()
            .await
            .is_err_and(|error| error.is_disk_full())
    );
    test.start().await;
    test.clock.advance(REFUSAL_COUNTS_MS - 1);
    let refused = test.engine.begin_upload().await;
    assert!(refused.is_err_and(|error| error.is_disk_full()));
    assert_eq!(test.status(document.id).await, DocumentStatus::Queued);
    test.clock.advance(1);
    assert_eq!(test.end_of(document.id).await, DocumentStatus::Ready);
    test.engine.stop().await;
}

/// A deletion that waits behind a change for which the disk has no room is tried every few seconds, as are indexes that
/// fail for another reason.
#[tokio::test]
async fn indexes_that_take_no_changes_are_told_of_once_and_go_on_by_themselves() {
    for (is_disk_full, level, code) in [
        (false, Level::ERROR, "documents_held_up"),
        (true, Level::WARN, "disk_full"),
    ] {
        let (log, _recording) = Log::of_this_thread();
        let told = || {
            let mut levels = log.levels_of("bringing changes into the indexes");
            levels.retain(|level| *level <= Level::INFO);
            levels
        };
        let test = TestEngine::at_rest().await;
        test.index.refuse(Some(IndexError {
            store: "memory",
            message: "as told".to_owned(),
            is_disk_full,
            has_panicked: false,
            is_away: false,
        }));
        let document = test.add("good.txt", "All is well.").await;
        test.start().await;
        while test.index.refused() < 3 {
            test.clock.advance(REFUSAL_COUNTS_MS);
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        assert_eq!(told(), [level]);
        let health = test.engine.health().await.expect("a report");
        let is_told = health.notices.iter().any(|notice| notice.code() == code);
        assert!(is_told && !health.ok, "{health:?}");
        test.index.refuse(None);
        while test.status(document.id).await != DocumentStatus::Ready {
            test.clock.advance(REFUSAL_COUNTS_MS);
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        // The document is ready a moment before the work that brought it there is said to go on.
        while told().len() < 2 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        assert_eq!(told(), [level, Level::INFO]);
        let health = test.engine.health().await.expect("a report");
        assert!(health.notices.iter().all(|notice| notice.code() != code));
        test.engine.stop().await;
    }
}
