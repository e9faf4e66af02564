//! What happens when something else happens to a document while a worker holds it.

use riddle_core::{DocumentStatus, DocumentStore, JobFailure, JobStore, OutboxStore, StageOutcome};

use crate::fixture::{BOOT, Fixture, LEASE_END, NOW, chunk_ids, failure};

#[tokio::test]
async fn a_worker_of_a_deleted_document_changes_nothing() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    let job = fixture.claim().await;
    fixture
        .store
        .delete_document(document.id, NOW)
        .await
        .unwrap();
    assert_eq!(fixture.stage(&job, &["a"]).await, StageOutcome::Superseded);
    fixture.fail(&job).await;
    fixture.release(&job).await;
    assert_eq!(fixture.count("jobs").await, 0);
    assert_eq!(fixture.count("chunks").await, 0);
    assert_eq!(fixture.last().await, 0);
    assert_eq!(
        fixture.store.lookup_document(document.id).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_worker_of_replaced_bytes_does_not_touch_the_new_job() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "old").await;
    let stale = fixture.claim().await;
    fixture.accept("a.txt", "new").await;
    assert_eq!(
        fixture.stage(&stale, &["old"]).await,
        StageOutcome::Superseded
    );
    fixture.fail(&stale).await;
    let queued = fixture.document(document.id).await;
    assert_eq!(
        (queued.status, queued.failure),
        (DocumentStatus::Queued, None)
    );

    let job = fixture.claim().await;
    assert_eq!((job.document.id, job.generation), (document.id, 2));
    fixture.fail(&stale).await;
    fixture.release(&stale).await;
    assert_eq!(
        fixture.document(document.id).await.status,
        DocumentStatus::Parsing
    );
    let due = fixture.store.claim_job(BOOT, NOW, LEASE_END).await.unwrap();
    assert_eq!(due, None, "the worker of the new bytes still holds the job");
    assert!(matches!(
        fixture.stage(&job, &["new"]).await,
        StageOutcome::Staged(_)
    ));
    assert_eq!(
        fixture.stage(&stale, &["old"]).await,
        StageOutcome::Superseded
    );
    fixture.settle().await;
    assert_eq!(fixture.texts(document.id).await, ["new"]);
}

#[tokio::test]
async fn bytes_that_come_back_supersede_nothing_newer() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "old").await;
    let stale = fixture.claim().await;
    fixture.accept("a.txt", "new").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["new"]).await;
    fixture.settle().await;
    fixture.accept("a.txt", "old").await;
    assert_eq!(
        fixture.stage(&stale, &["old"]).await,
        StageOutcome::Superseded
    );
    let job = fixture.claim().await;
    assert_eq!(job.generation, 3);
    fixture.stage(&job, &["old"]).await;
    fixture.settle().await;
    assert_eq!(fixture.texts(document.id).await, ["old"]);
}

#[tokio::test]
async fn a_document_replaced_between_staging_and_publishing_shows_each_in_turn() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "first").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["first"]).await;
    fixture.accept("a.txt", "second").await;
    let published = fixture.settle().await;
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].status, DocumentStatus::Queued);
    assert!(published[0].progress < 1.0);
    assert_eq!(fixture.texts(document.id).await, ["first"]);
    let job = fixture.claim().await;
    fixture.stage(&job, &["second"]).await;
    fixture.settle().await;
    let ready = fixture.document(document.id).await;
    assert_eq!((ready.status, ready.progress), (DocumentStatus::Ready, 1.0));
    assert_eq!(fixture.texts(document.id).await, ["second"]);
}

#[tokio::test]
async fn a_failed_replacement_leaves_the_old_chunks_searchable() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["old"]).await;
    fixture.accept("a.txt", "damaged").await;
    let job = fixture.claim().await;
    fixture.fail(&job).await;
    fixture.settle().await;
    let failed = fixture.document(document.id).await;
    assert_eq!(failed.status, DocumentStatus::Failed);
    assert_eq!(failed.failure, Some(failure()));
    assert_eq!(failed.live_generation, Some(1));
    let ids = chunk_ids(document.id, 1, 1);
    assert_eq!(fixture.live(&ids).await, ids);
}

#[tokio::test]
async fn a_replacement_that_fails_before_its_forerunner_is_published_stays_failed() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "first").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["first"]).await;
    fixture.accept("a.txt", "damaged").await;
    let job = fixture.claim().await;
    fixture.fail(&job).await;
    let before = fixture.document(document.id).await;
    assert_eq!(fixture.settle().await.len(), 1);
    let after = fixture.document(document.id).await;
    assert_eq!(after.status, DocumentStatus::Failed);
    assert_eq!(after.failure, Some(failure()));
    assert_eq!(
        (after.progress, after.stage_times),
        (before.progress, before.stage_times)
    );
    assert_eq!(fixture.texts(document.id).await, ["first"]);
}

#[tokio::test]
async fn a_document_queued_again_while_a_worker_has_it_ends_ready() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    let first = fixture.claim().await;
    fixture
        .store
        .requeue_document(document.id, None, NOW)
        .await
        .unwrap();
    fixture.fail(&first).await;
    assert_eq!(
        fixture.document(document.id).await.status,
        DocumentStatus::Queued
    );
    let second = fixture.claim().await;
    assert!(matches!(
        fixture.stage(&first, &["a"]).await,
        StageOutcome::Staged(_)
    ));
    assert!(matches!(
        fixture.stage(&second, &["a"]).await,
        StageOutcome::Staged(_)
    ));
    assert_eq!(
        fixture.stage(&first, &["a"]).await,
        StageOutcome::Superseded
    );
    assert_eq!(
        fixture.stage(&second, &["a"]).await,
        StageOutcome::Superseded
    );
    fixture.settle().await;
    let ready = fixture.document(document.id).await;
    assert_eq!(
        (ready.status, ready.live_generation),
        (DocumentStatus::Ready, Some(2))
    );
    assert_eq!(fixture.count("chunks").await, 1);
}

#[tokio::test]
async fn a_late_success_outdoes_the_failure_of_another_attempt() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    let slow = fixture.claim().await;
    let later = LEASE_END.plus_millis(1);
    let taken = fixture
        .store
        .claim_job(BOOT, later, later.plus_millis(1))
        .await;
    let quick = taken.unwrap().expect("the lease has ended");
    let failed = JobFailure::Final(failure());
    fixture
        .store
        .fail_job(document.id, quick.document.sha256, &failed, later)
        .await
        .unwrap();
    assert!(matches!(
        fixture.stage(&slow, &["a"]).await,
        StageOutcome::Staged(_)
    ));
    fixture.settle().await;
    let ready = fixture.document(document.id).await;
    assert_eq!((ready.status, ready.failure), (DocumentStatus::Ready, None));
}

#[tokio::test]
async fn a_crash_between_applying_and_publishing_publishes_later() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["a"]).await;
    let position = fixture.last().await;
    fixture.reopen().await;
    assert_eq!(
        fixture
            .store
            .recover_jobs("next", &[], 1, NOW)
            .await
            .unwrap(),
        (0, 0)
    );
    assert_eq!(fixture.rows_after(position).await, []);
    let published = fixture.store.publish_documents(position, NOW).await;
    assert_eq!(published.unwrap()[0].id, document.id);
}
