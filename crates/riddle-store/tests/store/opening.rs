use riddle_core::{DocumentStatus, JobStore, KnowledgeBaseStore};

use crate::fixture::{BOOT, Fixture, NOW};

#[tokio::test]
async fn what_was_committed_is_there_after_an_end_without_closing() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let ready = fixture.ready("a.txt", &["a", "b"]).await;
    let running = fixture.accept("b.txt", "b").await;
    fixture.claim().await;
    let old = fixture.store.clone();
    fixture.reopen().await;
    assert_eq!(fixture.document(ready.id).await, ready);
    assert_eq!(fixture.texts(ready.id).await, ["a", "b"]);
    assert_eq!(
        fixture.document(running.id).await.status,
        DocumentStatus::Parsing
    );
    let recovered = fixture
        .store
        .recover_jobs("next", &[], 5, NOW)
        .await
        .unwrap();
    assert_eq!(recovered, (1, 0));
    assert_eq!(fixture.claim().await.generation, 2);
    drop(old);
}

#[tokio::test]
async fn writers_and_readers_do_not_disturb_each_other() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let store = fixture.store.clone();
        let knowledge_base = fixture.knowledge_base;
        writers.spawn(async move {
            for number in 0..10 {
                let name = format!("{writer}.{number}");
                let new = crate::fixture::new_document(knowledge_base, &name, &name);
                riddle_core::DocumentStore::accept_document(&store, &new, NOW)
                    .await
                    .unwrap();
                store.list_knowledge_bases().await.unwrap();
            }
        });
    }
    writers.join_all().await;
    assert_eq!(fixture.store.pending_jobs().await.unwrap(), 80);

    let mut claims = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let store = fixture.store.clone();
        claims.spawn(async move {
            store
                .claim_job(BOOT, NOW, NOW.plus_millis(9))
                .await
                .unwrap()
        });
    }
    let claimed = claims.join_all().await;
    let mut ids: Vec<_> = claimed
        .iter()
        .flatten()
        .map(|job| job.document.id)
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 80, "each job is claimed once");
    assert_eq!(claimed.iter().flatten().count(), 80);
}
