//! What becomes of a document whose processing fails.

use std::time::Duration;

use riddle_core::LanguageCoverage::Multilingual;
use riddle_core::{Clock, DocumentStatus, FailureCode, ModelError};
use riddle_testkit::{EMBEDDER, Extraction, FakeLibrary, FakeModels};

use super::{LATER_MS, LOOK_AGAIN, failure_of, index_all, index_once, work_once, work_until_done};
use crate::ingest::{MAX_ATTEMPTS, away};
use crate::models::HealthNotice;
use crate::testing::{TestEngine, named};

/// An embedder that no knowledge base has yet.
const OTHER: &str = "other-words";

/// More than what is tried of one chunk in a round.
const FAILING_CALLS: usize = 40;

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

/// An engine at rest whose models can be planned.
async fn with_other_embedder() -> (TestEngine, FakeModels) {
    let models = FakeModels::default().and_embedder(OTHER, Multilingual);
    let test = TestEngine::with(models.clone(), FakeLibrary::empty()).await;
    (test, models)
}

/// Gives the knowledge base the other embedder, which is not loaded before it is wanted.
async fn give_other_embedder(test: &TestEngine) {
    let mut base = test.knowledge_base.clone();
    base.settings.embedder = Some(OTHER.to_owned());
    base.embedder_fingerprint = Some(OTHER.to_owned());
    let store = &test.engine.rooms.shared.store;
    let updated = store.update_knowledge_base(&base).await;
    updated.expect("it is there");
}

fn no_room() -> ModelError {
    ModelError::Failed {
        model: OTHER.to_owned(),
        message: "no room".to_owned(),
    }
}

#[tokio::test]
async fn an_embedder_that_loads_at_the_second_attempt_costs_no_document() {
    let (test, models) = with_other_embedder().await;
    give_other_embedder(&test).await;
    models.plan_failures(OTHER, [no_room()]);
    let document = test.add("a.txt", "All is well.").await;
    assert_eq!(work_until_done(&test).await, 2);
    index_all(&test).await;
    assert_eq!(test.status(document.id).await, DocumentStatus::Ready);
    assert_eq!(test.index.embedded_by(OTHER), 1);
}

fn is_away() -> ModelError {
    ModelError::Away {
        model: OTHER.to_owned(),
        message: "its server cannot be reached".to_owned(),
    }
}

#[tokio::test]
async fn an_embedder_that_is_away_for_long_costs_no_document() {
    let (test, models) = with_other_embedder().await;
    give_other_embedder(&test).await;
    let times = 3 * MAX_ATTEMPTS;
    models.plan_failures(OTHER, (0..times).map(|_| is_away()));
    let document = test.add("a.txt", "All is well.").await;
    assert_eq!(work_until_done(&test).await, times + 1);
    index_all(&test).await;
    assert_eq!(test.status(document.id).await, DocumentStatus::Ready);
    assert_eq!(test.index.embedded_by(OTHER), 1);
}

/// A long outage leaves a document all its attempts.
#[tokio::test]
async fn waiting_for_an_embedder_counts_as_no_attempt() {
    let (test, models) = with_other_embedder().await;
    give_other_embedder(&test).await;
    let times = 3 * MAX_ATTEMPTS;
    models.plan_failures(OTHER, (0..times).map(|_| is_away()));
    let document = test.add("a.txt", "All is well.").await;
    for _ in 0..times {
        assert_eq!(work_once(&test).await, Some(document.id));
        assert_eq!(test.status(document.id).await, DocumentStatus::Queued);
        test.clock.advance(LATER_MS);
    }
    test.extractor
        .plan("a.txt", [OF_THE_SERVER; MAX_ATTEMPTS as usize - 1]);
    assert_eq!(work_until_done(&test).await, MAX_ATTEMPTS);
    index_all(&test).await;
    assert_eq!(test.status(document.id).await, DocumentStatus::Ready);
}

/// Whether it answers is asked apart from documents, which would hold up those of other embedders.
#[tokio::test]
async fn a_document_that_waits_is_read_once_more_when_its_embedder_answers() {
    let (test, models) = with_other_embedder().await;
    give_other_embedder(&test).await;
    models.plan_failing_calls(OTHER, (0..3).map(|_| is_away()));
    let document = test.add("a.txt", "All is well.").await;
    for pause in [1_000, 1_000, 2_000] {
        assert_eq!(work_once(&test).await, Some(document.id));
        assert_eq!(test.extractor.calls("a.txt"), 1);
        test.clock.advance(pause - 1);
        assert_eq!(work_once(&test).await, None, "before {pause} ms");
        test.clock.advance(1);
        away::round(&test.engine.rooms.ingest).await;
    }
    assert_eq!(work_once(&test).await, Some(document.id));
    assert_eq!(test.extractor.calls("a.txt"), 2);
    index_all(&test).await;
    assert_eq!(test.status(document.id).await, DocumentStatus::Ready);
}

#[tokio::test]
async fn health_tells_for_which_embedder_documents_wait_until_it_answers() {
    let (test, models) = with_other_embedder().await;
    give_other_embedder(&test).await;
    models.plan_failing_calls(OTHER, [is_away()]);
    let since = test.clock.now();
    for name in ["a.txt", "b.txt"] {
        test.add(name, "All is well.").await;
        work_once(&test).await.expect("it is due");
        test.clock.advance(10);
    }
    let told = test.engine.health().await.expect("a report");
    let mut notices = told.notices.into_iter();
    let notice = notices.find(|notice| notice.code() == "embedder_away");
    let expected = HealthNotice::EmbedderAway {
        model: OTHER.to_owned(),
        since,
        problem: "its server cannot be reached".to_owned(),
        documents: 2,
    };
    assert_eq!(notice, Some(expected));
    assert!(told.ok, "this server is well");
    assert!(!away::round(&test.engine.rooms.ingest).await, "it answers");
    let told = test.engine.health().await.expect("a report");
    let mut notices = told.notices.iter();
    assert!(notices.all(|notice| notice.code() != "embedder_away"));
}

#[tokio::test]
async fn an_embedder_that_is_away_at_its_calls_costs_no_document_either() {
    let (test, models) = with_other_embedder().await;
    give_other_embedder(&test).await;
    let times = 3 * MAX_ATTEMPTS;
    models.plan_failing_calls(OTHER, (0..times).map(|_| is_away()));
    let document = test.add("a.txt", "All is well.").await;
    for _ in 0..times {
        assert_eq!(work_once(&test).await, Some(document.id));
        test.clock.advance(LATER_MS);
        away::round(&test.engine.rooms.ingest).await;
    }
    assert_eq!(work_until_done(&test).await, 1);
    index_all(&test).await;
    assert_eq!(test.status(document.id).await, DocumentStatus::Ready);
    assert_eq!(test.index.embedded_by(OTHER), 1);
}

#[tokio::test]
async fn an_embedder_whose_files_are_not_here_fails_a_document_at_once() {
    let (test, models) = with_other_embedder().await;
    give_other_embedder(&test).await;
    models.set_here(OTHER, false);
    let document = test.add("a.txt", "All is well.").await;
    assert_eq!(work_until_done(&test).await, 1);
    assert_eq!(
        failure_of(&test, document.id).await,
        Some(FailureCode::EmbeddingFailed)
    );
}

/// The document was embedded by the embedder before, so that its vectors are not in the cache.
#[tokio::test]
async fn chunks_wait_for_an_embedder_that_fails_to_load_but_not_for_one_that_is_not_here() {
    for is_here in [true, false] {
        let (test, models) = with_other_embedder().await;
        test.add("a.txt", "All is well.").await;
        assert_eq!(work_until_done(&test).await, 1);
        give_other_embedder(&test).await;
        models.set_here(OTHER, is_here);
        if is_here {
            models.plan_failures(OTHER, [no_room()]);
            assert!(index_once(&test).await.is_err());
            test.clock.advance(1_000);
        }
        index_all(&test).await;
        assert_eq!(test.found("well").await, ["All is well."]);
        assert_eq!(test.index.embedded_by(OTHER), usize::from(is_here));
    }
}

/// As after a change of the embedder, of which the first document's chunks have no vectors.
#[tokio::test]
async fn chunks_of_an_embedder_that_is_away_hold_up_no_other_and_get_their_vectors_later() {
    let (test, models) = with_other_embedder().await;
    let first = test.add("a.txt", "All is well.").await;
    assert_eq!(work_until_done(&test).await, 1);
    give_other_embedder(&test).await;
    let other = test.engine.create_knowledge_base(named("other")).await;
    let other = other.expect("another knowledge base");
    let second = test.add_to(&other.name, "b.txt", "Tea is ready.").await;
    assert_eq!(work_until_done(&test).await, 1);
    models.plan_failing_calls(OTHER, (0..2).map(|_| is_away()));

    index_all(&test).await;
    for id in [first.id, second.id] {
        assert_eq!(test.status(id).await, DocumentStatus::Ready);
    }
    assert_eq!(test.found("well").await, ["All is well."]);
    assert_eq!(
        (
            test.index.embedded_by(OTHER),
            test.index.embedded_by(EMBEDDER)
        ),
        (0, 1)
    );
    let ingest = &test.engine.rooms.ingest;
    assert!(away::round(ingest).await, "it is away still");
    assert_eq!(index_once(&test).await.ok(), Some(false));
    assert!(!away::round(ingest).await, "it answers");
    index_all(&test).await;
    assert_eq!(
        (
            test.index.embedded_by(OTHER),
            test.index.embedded_by(EMBEDDER)
        ),
        (1, 1)
    );
}

/// Neither the load nor a status says that it is away: it fails on whatever it is given.
#[tokio::test]
async fn an_embedder_that_fails_on_every_text_holds_up_no_other_and_is_told_of() {
    let (test, models) = with_other_embedder().await;
    test.add("a.txt", "All is well.").await;
    assert_eq!(work_until_done(&test).await, 1);
    give_other_embedder(&test).await;
    let other = test.engine.create_knowledge_base(named("other")).await;
    let other = other.expect("another knowledge base");
    test.add_to(&other.name, "b.txt", "Tea is ready.").await;
    assert_eq!(work_until_done(&test).await, 1);
    models.plan_failing_calls(OTHER, (0..FAILING_CALLS).map(|_| no_room()));

    index_all(&test).await;
    let embedded = || {
        (
            test.index.embedded_by(OTHER),
            test.index.embedded_by(EMBEDDER),
        )
    };
    assert_eq!(embedded(), (0, 1));
    let ingest = &test.engine.rooms.ingest;
    assert!(away::round(ingest).await, "it fails still");
    let told = test.engine.health().await.expect("a report");
    let mut notices = told.notices.iter();
    let notice = notices.find(|notice| notice.code() == "embedder_away");
    let notice = notice.expect("it is told").to_string();
    assert!(notice.contains("no room"), "{notice}");
    while away::round(ingest).await {}
    index_all(&test).await;
    assert_eq!(embedded(), (1, 1));
}

/// What waits for a vector stands in the database alone.
#[tokio::test]
async fn chunks_without_vectors_are_not_forgotten_by_a_server_that_is_started_anew() {
    let (test, models) = with_other_embedder().await;
    test.add("a.txt", "All is well.").await;
    assert_eq!(work_until_done(&test).await, 1);
    give_other_embedder(&test).await;
    models.plan_failures(OTHER, [is_away()]);
    index_all(&test).await;
    assert_eq!(test.index.embedded_by(OTHER), 0);
    // Longer than a load that failed so is not tried again. As for a new server, none is known to be away.
    test.clock.advance(LATER_MS);
    let known = &test.engine.rooms.shared.models;
    known.embedder(OTHER).await.expect("it answers");
    assert!(!known.away().has(OTHER));
    test.start().await;
    while test.index.embedded_by(OTHER) == 0 {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    test.engine.stop().await;
}
