use riddle_core::{
    DocumentStatus, DocumentStore, FailureCode, JobFailure, JobStore, KnowledgeBaseStore,
};

use crate::fixture::{BOOT, Fixture, LEASE_END, NOW, failure, new_document};

#[tokio::test]
async fn are_claimed_once_in_the_order_they_came() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let first = fixture.accept("a.txt", "a").await;
    let second = fixture.accept("b.txt", "b").await;
    let job = fixture.claim().await;
    assert_eq!(
        (job.document.id, job.generation, job.attempts),
        (first.id, 1, 0)
    );
    assert_eq!(job.queued_at, NOW);
    assert_eq!(job.document.status, DocumentStatus::Parsing);
    assert_eq!(fixture.claim().await.document.id, second.id);
    assert!(fixture.try_claim().await.is_none());
    assert_eq!(fixture.store.pending_jobs().await.unwrap(), 2);
}

#[tokio::test]
async fn the_one_due_longest_comes_first_whether_it_waits_or_its_lease_ended() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let early = fixture.accept("early.txt", "a").await;
    let store = &fixture.store;
    store.claim_job(BOOT, NOW, LEASE_END).await.unwrap();
    let late = new_document(fixture.knowledge_base, "late.txt", "b");
    let after = LEASE_END.plus_millis(5);
    store.accept_document(&late, after).await.unwrap();

    assert_eq!(store.next_job_due(NOW).await.unwrap(), Some(1_000_000));
    assert_eq!(store.next_job_due(LEASE_END).await.unwrap(), Some(0));
    let far = after.plus_millis(1_000);
    let job = store.claim_job(BOOT, after, far).await.unwrap().unwrap();
    assert_eq!((job.document.id, job.generation), (early.id, 2));
    let job = store.claim_job(BOOT, after, far).await.unwrap().unwrap();
    assert_eq!(job.document.id, late.id);
}

#[tokio::test]
async fn a_lease_that_ends_now_is_due_now() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    fixture.accept("a.txt", "a").await;
    fixture.claim().await;
    let store = &fixture.store;
    assert_eq!(store.next_job_due(LEASE_END).await.unwrap(), Some(0));
    let far = LEASE_END.plus_millis(1);
    let again = store.claim_job(BOOT, LEASE_END, far).await.unwrap();
    assert!(again.is_some(), "a job that is due can be claimed");
    assert_eq!(store.next_job_due(LEASE_END).await.unwrap(), Some(1));
}

#[tokio::test]
async fn a_released_one_counts_nothing() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    let job = fixture.claim().await;
    fixture.release(&job).await;
    assert_eq!(
        fixture.document(document.id).await.status,
        DocumentStatus::Queued
    );
    let recovered = fixture.store.recover_jobs("next boot", &[], 1, NOW).await;
    assert_eq!(recovered.unwrap(), (0, 0));
    assert_eq!(fixture.claim().await.attempts, 0);
}

#[tokio::test]
async fn transient_failures_are_tried_again_until_there_were_enough() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    let store = &fixture.store;
    let mut now = NOW;
    for attempt in 0..3 {
        let job = store
            .claim_job(BOOT, now, now.plus_millis(50))
            .await
            .unwrap();
        let job = job.expect("the retry is due");
        assert_eq!(job.attempts, attempt);
        let transient = JobFailure::Transient {
            failure: failure(),
            next_attempt: now.plus_millis(100),
            max_attempts: 3,
        };
        let failed = store.fail_job(document.id, job.document.sha256, &transient, now);
        failed.await.unwrap();
        let early = store.claim_job(BOOT, now.plus_millis(99), now.plus_millis(100));
        assert!(early.await.unwrap().is_none());
        now = now.plus_millis(100);
    }
    let failed = fixture.document(document.id).await;
    assert_eq!(failed.status, DocumentStatus::Failed);
    assert_eq!(failed.failure, Some(failure()));
    assert_eq!(store.pending_jobs().await.unwrap(), 0);
    assert_eq!(store.next_job_due(now).await.unwrap(), None);

    store
        .requeue_document(document.id, None, now)
        .await
        .unwrap();
    let queued = fixture.document(document.id).await;
    assert_eq!(
        (queued.status, queued.failure),
        (DocumentStatus::Queued, None)
    );
    let job = store
        .claim_job(BOOT, now, now.plus_millis(1))
        .await
        .unwrap();
    assert_eq!(job.unwrap().attempts, 0, "a requeued document starts over");
}

#[tokio::test]
async fn a_document_that_waits_keeps_all_its_attempts() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    let store = &fixture.store;
    let mut now = NOW;
    for _ in 0..5 {
        let job = store
            .claim_job(BOOT, now, now.plus_millis(50))
            .await
            .unwrap();
        let job = job.expect("it is due");
        assert_eq!((job.attempts, job.crashes), (0, 0));
        let waits = JobFailure::Waits {
            next_attempt: now.plus_millis(100),
        };
        let failed = store.fail_job(document.id, job.document.sha256, &waits, now);
        failed.await.unwrap();
        let queued = fixture.document(document.id).await;
        assert_eq!(
            (queued.status, queued.failure),
            (DocumentStatus::Queued, None)
        );
        let early = store.claim_job(BOOT, now.plus_millis(99), now.plus_millis(100));
        assert!(early.await.unwrap().is_none());
        now = now.plus_millis(100);
    }
}

#[tokio::test]
async fn crashes_are_tried_again_later_until_the_document_is_set_aside() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    fixture.claim().await;
    fixture.reopen().await;
    // The end of a server is a crash like any other.
    let store = &fixture.store;
    let recovered = store.recover_jobs("next", &[document.id], 3, NOW).await;
    assert_eq!(recovered.unwrap(), (1, 0));
    let mut now = NOW;
    for crashes in 1..3 {
        let job = match crashes {
            1 => fixture.store.claim_suspect("next", now, LEASE_END).await,
            _ => fixture.store.claim_job("next", now, LEASE_END).await,
        };
        let job = job.unwrap();
        let job = job.expect("the retry is due");
        assert_eq!((job.crashes, job.attempts), (crashes, 0));
        let next_attempt = now.plus_millis(100);
        let crash = JobFailure::Crash {
            next_attempt,
            max_crashes: 3,
        };
        let sha256 = job.document.sha256;
        let failed = fixture.store.fail_job(document.id, sha256, &crash, now);
        failed.await.unwrap();
        let early = now.plus_millis(99);
        let early = fixture.store.claim_job("next", early, LEASE_END).await;
        assert!(early.unwrap().is_none(), "it is not due yet");
        now = next_attempt;
    }
    let set_aside = fixture.document(document.id).await;
    assert_eq!(set_aside.status, DocumentStatus::Failed);
    assert_eq!(set_aside.failure.unwrap().code, FailureCode::Quarantined);
    assert_eq!(fixture.store.pending_jobs().await.unwrap(), 0);
}

#[tokio::test]
async fn leases_of_other_boots_are_freed_and_count_nothing_for_what_was_in_nobodys_hands() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    fixture.accept("a.txt", "a").await;
    for life in 1..=5 {
        let boot = format!("boot {life}");
        let job = fixture.store.claim_job(&boot, NOW, LEASE_END).await;
        assert_eq!(job.unwrap().unwrap().crashes, 0);
        let own = fixture.store.recover_jobs(&boot, &[], 3, NOW).await;
        assert_eq!(own.unwrap(), (0, 0), "its own leases are kept");
        fixture.reopen().await;
        let recovered = fixture.store.recover_jobs("next", &[], 3, NOW).await;
        assert_eq!(recovered.unwrap(), (1, 0));
    }
}

#[tokio::test]
async fn one_that_ends_every_server_alone_is_set_aside() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    for crash in 1..=3_u64 {
        let boot = format!("boot {crash}");
        let store = &fixture.store;
        let job = match crash {
            1 => store.claim_job(&boot, NOW, LEASE_END).await,
            _ => store.claim_suspect(&boot, NOW, LEASE_END).await,
        };
        assert!(job.unwrap().is_some());
        fixture.reopen().await;
        let in_hand = [document.id];
        let recovered = fixture.store.recover_jobs("next", &in_hand, 3, NOW).await;
        assert_eq!(recovered.unwrap(), (1, u64::from(crash == 3)));
    }
    let set_aside = fixture.document(document.id).await;
    assert_eq!(set_aside.status, DocumentStatus::Failed);
    assert_eq!(set_aside.failure.unwrap().code, FailureCode::Quarantined);
    assert!(fixture.try_claim().await.is_none());
    fixture
        .store
        .requeue_document(document.id, None, NOW)
        .await
        .unwrap();
    assert!(fixture.try_claim().await.is_some());
}

#[tokio::test]
async fn of_several_in_hand_none_is_blamed_and_each_is_given_out_as_a_suspect() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let mut in_hand = Vec::new();
    for name in ["a", "b", "c"] {
        in_hand.push(fixture.accept(&format!("{name}.txt"), name).await.id);
        fixture.claim().await;
    }
    let bystander = fixture.accept("d.txt", "d").await;
    fixture.reopen().await;
    let store = &fixture.store;
    let recovered = store.recover_jobs("next", &in_hand, 1, NOW).await;
    assert_eq!(recovered.unwrap(), (3, 0));
    let free = store.claim_job("next", NOW, LEASE_END).await.unwrap();
    assert_eq!(free.unwrap().document.id, bystander.id);
    assert!(fixture.try_claim().await.is_none(), "suspects are apart");
    for _ in &in_hand {
        let job = store.claim_suspect("next", NOW, LEASE_END).await.unwrap();
        let job = job.expect("one suspect more");
        assert!(in_hand.contains(&job.document.id));
        assert_eq!(job.crashes, 0);
    }
    let none = store.claim_suspect("next", NOW, LEASE_END).await;
    assert!(none.unwrap().is_none());
}

#[tokio::test]
async fn the_least_suspicious_suspect_comes_first() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let first = fixture.accept("a.txt", "a").await;
    let second = fixture.accept("b.txt", "b").await;
    let both = [first.id, second.id];
    fixture.claim().await;
    fixture.claim().await;
    fixture.reopen().await;
    let store = &fixture.store;
    store.recover_jobs("one", &both, 5, NOW).await.unwrap();
    let job = store.claim_suspect("one", NOW, LEASE_END).await.unwrap();
    let blamed = job.unwrap().document.id;
    store.recover_jobs("two", &[blamed], 5, NOW).await.unwrap();
    let job = store.claim_suspect("two", NOW, LEASE_END).await.unwrap();
    let other = job.unwrap();
    assert!(other.document.id != blamed && other.crashes == 0);
    let job = store.claim_suspect("two", NOW, LEASE_END).await.unwrap();
    assert_eq!(job.unwrap().crashes, 1);
}

/// It is one of those that take long, which nobody else waits for, whatever becomes of the server.
#[tokio::test]
async fn a_slow_one_waits_apart_in_its_old_place_until_it_is_queued_anew() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let [first, second] = [
        fixture.accept("a.pdf", "a").await,
        fixture.accept("b.pdf", "b").await,
    ];
    let quick = fixture.accept("c.txt", "c").await;
    let store = &fixture.store;
    for _ in 0..2 {
        let job = fixture.claim().await;
        let slow = store.fail_job(job.document.id, job.document.sha256, &JobFailure::Slow, NOW);
        slow.await.unwrap();
        let document = fixture.document(job.document.id).await;
        assert_eq!(
            (document.status, document.failure),
            (DocumentStatus::Queued, None)
        );
    }
    assert_eq!(fixture.claim().await.document.id, quick.id);
    assert!(fixture.try_claim().await.is_none());
    assert_eq!(store.next_slow_job_due(NOW).await.unwrap(), Some(0));
    assert_eq!(store.next_job_due(NOW).await.unwrap(), Some(1_000_000));

    // The server ends while it reads the first, and parses the quick one.
    store.claim_slow_job(BOOT, NOW, LEASE_END).await.unwrap();
    fixture.reopen().await;
    let store = &fixture.store;
    let in_hand = [first.id, quick.id];
    store.recover_jobs("next", &in_hand, 5, NOW).await.unwrap();
    let suspect = store.claim_suspect("next", NOW, LEASE_END).await.unwrap();
    assert_eq!(suspect.unwrap().document.id, quick.id);
    assert_eq!(
        store.claim_suspect("next", NOW, LEASE_END).await.unwrap(),
        None
    );
    for (document, suspect) in [(&first, true), (&second, false)] {
        let job = store.claim_slow_job("next", NOW, LEASE_END).await.unwrap();
        let job = job.expect("two are slow");
        assert_eq!(
            (job.document.id, job.suspect, job.attempts),
            (document.id, suspect, 0)
        );
    }

    store.requeue_document(first.id, None, NOW).await.unwrap();
    assert_eq!(
        store.claim_slow_job("next", NOW, LEASE_END).await.unwrap(),
        None
    );
    assert_eq!(fixture.claim().await.document.id, first.id);
}

#[tokio::test]
async fn waits_longer_than_any_are_cut_and_others_are_left() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    fixture.accept("a.txt", "a").await;
    let store = &fixture.store;
    // As after a clock that was an hour ahead when the document was queued.
    let back = NOW.plus_millis(-3_600_000);
    assert!(
        store
            .claim_job(BOOT, back, LEASE_END)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(store.cut_waits(NOW.plus_millis(-5), 10).await.unwrap(), 0);
    assert_eq!(store.cut_waits(back, 32_000).await.unwrap(), 1);
    assert!(
        store
            .claim_job(BOOT, back, LEASE_END)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_write_can_be_tried() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let before = fixture.last().await;
    fixture.store.try_to_write().await.unwrap();
    assert_eq!(fixture.last().await, before);
}
