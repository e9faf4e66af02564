//! Documents with pictures to be read, which takes long.

use riddle_core::{DocumentId, DocumentStatus, PagesRead};
use riddle_testkit::Extraction;

use crate::error::EngineError;
use crate::testing::TestEngine;

/// More than are in work at once.
const MANY: usize = 40;

async fn add_scan(test: &TestEngine, name: &str) -> DocumentId {
    test.extractor.plan(name, [Extraction::Pictures]);
    test.add(name, "All is recognised.").await.id
}

#[tokio::test]
async fn a_text_is_ready_while_many_scans_wait_to_be_read() {
    let test = TestEngine::running().await;
    let mut scans = Vec::new();
    for number in 0..MANY {
        scans.push(add_scan(&test, &format!("{number}.pdf")).await);
    }
    test.extractor.gate.reached().await;
    test.add_ready("notes.txt", "All is well.").await;
    assert_eq!(test.status(scans[0]).await, DocumentStatus::Parsing);
    assert_eq!(test.status(scans[MANY - 1]).await, DocumentStatus::Queued);
    test.extractor.gate.hold(false);
    for scan in scans {
        assert_eq!(test.end_of(scan).await, DocumentStatus::Ready);
    }
    test.engine.stop().await;
}

/// One that was in hand when the server was killed is tried alone, but not for hours.
#[tokio::test]
async fn a_text_is_ready_while_a_scan_that_was_in_hand_is_read() {
    let test = TestEngine::at_rest().await;
    let scan = add_scan(&test, "scan.pdf").await;
    let ingest = &test.engine.rooms.ingest;
    let now = ingest.shared.clock.now();
    let claimed = ingest.shared.store.claim_job("killed", now, now);
    claimed
        .await
        .expect("the store answers")
        .expect("it is due");
    std::mem::forget(ingest.in_hand.mark(scan));
    test.start().await;
    test.extractor.gate.reached().await;
    test.add_ready("notes.txt", "All is well.").await;
    test.extractor.gate.hold(false);
    assert_eq!(test.end_of(scan).await, DocumentStatus::Ready);
    test.engine.stop().await;
}

#[tokio::test]
async fn a_document_says_how_many_of_its_pages_are_read() {
    let test = TestEngine::running().await;
    let scan = add_scan(&test, "scan.pdf").await;
    test.extractor.gate.reached().await;
    let document = test.engine.document(scan).await.expect("it is there");
    let read = PagesRead { read: 1, total: 2 };
    assert_eq!(document.pages_read, Some(read));
    assert!(
        (0.3..0.5).contains(&document.progress),
        "{}",
        document.progress
    );
    test.extractor.gate.hold(false);
    assert_eq!(test.end_of(scan).await, DocumentStatus::Ready);
    let document = test.engine.document(scan).await.expect("it is there");
    assert_eq!(document.pages_read, None);
    assert_eq!(document.findings.missing.cut_pages.to_string(), "2");
    test.engine.stop().await;
}

#[tokio::test]
async fn what_was_recognised_is_kept_where_it_cannot_be_recognised_anew() {
    let test = TestEngine::running().await;
    test.extractor.gate.hold(false);
    let scan = add_scan(&test, "scan.pdf").await;
    assert_eq!(test.end_of(scan).await, DocumentStatus::Ready);
    let text = test.add_ready("notes.txt", "All is well.").await;
    test.extractor.lose_ocr();
    let refused = test.engine.retry_document(scan, false).await;
    assert!(
        matches!(&refused, Err(EngineError::OcrAbsent { how }) if how == "fetch a model"),
        "{refused:?}"
    );
    assert_eq!(test.found("recognised").await, ["All is recognised."]);
    let others = test.engine.retry_document(text.id, false).await;
    others.expect("it has no pictures");
    test.engine.stop().await;
}
