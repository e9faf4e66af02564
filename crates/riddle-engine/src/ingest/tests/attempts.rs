//! What becomes of a document whose processing fails.

use std::time::Duration;

use riddle_core::{DocumentStatus, FailureCode};
use riddle_testkit::Extraction;

use super::{failure_of, index_all, work_once, work_until_done};
use crate::ingest::MAX_ATTEMPTS;
use crate::testing::TestEngine;

/// A fault of the server, such as an original that cannot be read.
const OF_THE_SERVER: Extraction = Extraction::Fails(FailureCode::Internal);

#[tokio::test]
async fn a_fault_of_the_server_that_passes_costs_no_document() {
    let test = TestEngine::at_rest().await;
    test.extractor.plan("a.txt", [OF_THE_SERVER; 2]);
    let document = test.add("a.txt", "All is well.").await;
    assert_eq!(work_until_done(&test).await, 3);
    index_all(&test).await;
    assert_eq!(test.status(document.id).await, DocumentStatus::Ready);
    assert_eq!(failure_of(&test, document.id).await, None);
    assert_eq!(test.found("well").await, ["All is well."]);
}

#[tokio::test]
async fn a_fault_of_the_server_that_stays_fails_the_document_until_somebody_tries_again() {
    let test = TestEngine::at_rest().await;
    test.extractor
        .plan("a.txt", [OF_THE_SERVER; MAX_ATTEMPTS as usize]);
    let document = test.add("a.txt", "All is well.").await;
    assert_eq!(work_until_done(&test).await, MAX_ATTEMPTS);
    assert_eq!(test.status(document.id).await, DocumentStatus::Failed);
    assert_eq!(
        failure_of(&test, document.id).await,
        Some(FailureCode::Internal)
    );
    let again = test.engine.retry_document(document.id, false).await;
    assert_eq!(again.expect("queued").status, DocumentStatus::Queued);
    assert_eq!(work_until_done(&test).await, 1);
    index_all(&test).await;
    assert_eq!(test.status(document.id).await, DocumentStatus::Ready);
}

#[tokio::test]
async fn each_attempt_waits_twice_as_long_as_the_one_before() {
    let test = TestEngine::at_rest().await;
    test.extractor.plan("a.txt", [OF_THE_SERVER; 2]);
    let document = test.add("a.txt", "All is well.").await;
    assert_eq!(work_once(&test).await, Some(document.id));
    for pause in [1_000, 2_000] {
        test.clock.advance(pause - 1);
        assert_eq!(work_once(&test).await, None, "before {pause} ms");
        assert_eq!(test.status(document.id).await, DocumentStatus::Queued);
        test.clock.advance(1);
        assert_eq!(work_once(&test).await, Some(document.id));
    }
    assert_eq!(test.status(document.id).await, DocumentStatus::Indexing);
}

#[tokio::test]
async fn a_fault_of_the_document_is_not_tried_again() {
    for code in [
        FailureCode::Encrypted,
        FailureCode::Malformed,
        FailureCode::NoText,
        FailureCode::ParserCrashed,
        FailureCode::ParserMemory,
        FailureCode::ParserTimeout,
        FailureCode::TooLarge,
        FailureCode::UnsupportedFormat,
    ] {
        let test = TestEngine::at_rest().await;
        test.extractor.plan("a.txt", [Extraction::Fails(code)]);
        let document = test.add("a.txt", "All is well.").await;
        assert_eq!(work_until_done(&test).await, 1, "{code:?}");
        assert_eq!(failure_of(&test, document.id).await, Some(code));
    }
}

#[tokio::test]
async fn a_document_that_makes_the_parser_panic_fails_alone() {
    let test = TestEngine::at_rest().await;
    test.extractor.plan("bad.txt", [Extraction::Panics]);
    let bad = test.add("bad.txt", "All is well.").await;
    let good = test.add("good.txt", "All is well here too.").await;
    assert_eq!(work_until_done(&test).await, 2);
    index_all(&test).await;
    assert_eq!(
        failure_of(&test, bad.id).await,
        Some(FailureCode::ParserCrashed)
    );
    assert_eq!(test.status(good.id).await, DocumentStatus::Ready);
}

/// Cutting asks for its time whatever the extractor took.
#[tokio::test]
async fn a_document_that_takes_too_long_to_be_cut_fails_once() {
    let test = TestEngine::at_rest().await;
    test.extractor.allow(Duration::ZERO);
    let document = test.add("a.txt", "All is well.").await;
    assert_eq!(work_until_done(&test).await, 1);
    assert_eq!(
        failure_of(&test, document.id).await,
        Some(FailureCode::ParserTimeout)
    );
}

#[tokio::test]
async fn a_document_of_blanks_says_that_it_has_no_text() {
    let test = TestEngine::at_rest().await;
    let document = test.add("a.txt", " \n\t\n").await;
    assert_eq!(work_until_done(&test).await, 1);
    assert_eq!(
        failure_of(&test, document.id).await,
        Some(FailureCode::NoText)
    );
}

#[tokio::test]
async fn a_stop_gives_back_what_is_in_work_and_counts_it_as_no_attempt() {
    let test = TestEngine::running().await;
    test.extractor.plan("a.txt", [Extraction::Waits]);
    let document = test.add("a.txt", "All is well.").await;
    test.extractor.gate.reached().await;
    test.engine.stop().await;
    let stored = test.engine.rooms.shared.store.lookup_document(document.id);
    let stored = stored.await.expect("the store answers").expect("there");
    assert_eq!(stored.status, DocumentStatus::Queued);
    test.extractor.gate.hold(false);
    let ingest = &test.engine.rooms.ingest;
    let now = ingest.shared.clock.now();
    let claimed = ingest.shared.store.claim_job(&ingest.boot, now, now);
    let job = claimed
        .await
        .expect("the store answers")
        .expect("it is due");
    assert_eq!(
        (job.document.id, job.attempts, job.crashes),
        (document.id, 0, 0)
    );
}
