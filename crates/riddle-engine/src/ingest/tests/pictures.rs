//! Documents with pictures to be read, which takes long.

use riddle_core::{DocumentId, DocumentStatus, FailureCode, Metadata, MetadataValue, PagesRead};
use riddle_testkit::Extraction;

use super::LOOK_AGAIN;
use crate::error::EngineError;
use crate::ingest::Upload;
use crate::ingest::places::Lane;
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

/// Texts that have all places in work wait to be parsed, and the document that is parsed waits for a place.
#[tokio::test]
async fn a_document_whose_pictures_can_no_longer_be_read_holds_nothing_up() {
    let test = TestEngine::running().await;
    let calls = [Extraction::PutOff, Extraction::Waits];
    test.extractor.plan("scan.pdf", calls);
    let scan = test.add("scan.pdf", "It has text too.").await.id;
    test.extractor.gate.reached().await;
    let mut texts = Vec::new();
    for number in 0..MANY {
        let name = format!("{number}.txt");
        texts.push(test.add(&name, &format!("Text {number}.")).await.id);
    }
    while test.engine.rooms.ingest.places.has_free(Lane::Quick) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    test.extractor.gate.hold(false);
    for document in texts.into_iter().chain([scan]) {
        assert_eq!(test.end_of(document).await, DocumentStatus::Ready);
    }
    assert_eq!(test.extractor.calls("scan.pdf"), 2);
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

/// Adds a document again, with a team in its metadata.
async fn add_of_team(test: &TestEngine, name: &str, text: &str) -> Result<Metadata, EngineError> {
    let mut bytes = test.engine.begin_upload().await.expect("a writer");
    bytes.write(text.as_bytes()).await.expect("room");
    let team = MetadataValue::Text("net".to_owned());
    let upload = Upload {
        name: name.to_owned(),
        media_type: None,
        metadata: Metadata::from([("team".to_owned(), team)]),
    };
    let base = &test.knowledge_base.name;
    let accepted = test.engine.accept_upload(base, upload, bytes).await?;
    Ok(accepted.document.metadata)
}

#[tokio::test]
async fn what_was_recognised_is_kept_when_the_file_is_added_again() {
    const TEXT: &str = "All is recognised.";
    let test = TestEngine::running().await;
    test.extractor.gate.hold(false);
    let scan = add_scan(&test, "scan.pdf").await;
    assert_eq!(test.end_of(scan).await, DocumentStatus::Ready);
    test.extractor.lose_ocr();
    let is_refused = |added: Result<Metadata, EngineError>| {
        assert!(
            matches!(added, Err(EngineError::OcrAbsent { .. })),
            "{added:?}"
        );
    };
    is_refused(add_of_team(&test, "scan.pdf", TEXT).await);
    let same = test.add("scan.pdf", TEXT).await;
    assert_eq!((same.id, same.status), (scan, DocumentStatus::Ready));
    assert_eq!(same.metadata, Metadata::new());
    assert_eq!(test.found("recognised").await, [TEXT]);
    let others = add_of_team(&test, "other.pdf", TEXT).await;
    assert_eq!(others.expect("it is new").len(), 1);
    test.engine.stop().await;
}

#[tokio::test]
async fn a_failed_document_with_recognised_text_is_not_read_anew_without_a_model() {
    let test = TestEngine::running().await;
    test.extractor.gate.hold(false);
    let fails = Extraction::Fails(FailureCode::ParserTimeout);
    let calls = [Extraction::Pictures, fails];
    test.extractor.plan("scan.pdf", calls);
    let scan = test.add("scan.pdf", "All is recognised.").await.id;
    assert_eq!(test.end_of(scan).await, DocumentStatus::Ready);
    let again = test.engine.retry_document(scan, false).await;
    again.expect("the pictures can be read");
    assert_eq!(test.end_of(scan).await, DocumentStatus::Failed);
    test.extractor.lose_ocr();
    let refused = add_of_team(&test, "scan.pdf", "All is recognised.").await;
    assert!(
        matches!(refused, Err(EngineError::OcrAbsent { .. })),
        "{refused:?}"
    );
    assert_eq!(test.status(scan).await, DocumentStatus::Failed);
    let replaced = add_of_team(&test, "scan.pdf", "All is written.").await;
    replaced.expect("these are other bytes");
    assert_eq!(test.end_of(scan).await, DocumentStatus::Ready);
    test.engine.stop().await;
}
