use super::*;
use crate::testing::TestEngine;

/// An engine that runs, with two documents of a chunk each.
async fn with_documents() -> TestEngine {
    let test = TestEngine::running().await;
    test.add_ready("ports.md", "The server listens on port 7180.")
        .await;
    test.add_ready("cakes.md", "Cakes are baked on Fridays.")
        .await;
    test
}

const NOTHING_MORE: AuditOptions = AuditOptions {
    repair: false,
    originals: false,
    vectors: false,
};
const ORIGINALS: AuditOptions = AuditOptions {
    originals: true,
    ..NOTHING_MORE
};
const VECTORS: AuditOptions = AuditOptions {
    vectors: true,
    ..NOTHING_MORE
};

async fn audit(test: &TestEngine, repair: bool) -> AuditReport {
    let options = AuditOptions {
        repair,
        ..NOTHING_MORE
    };
    test.engine.audit(options).await.expect("a report")
}

/// How many chunks each store of the one knowledge base has, and whether they are those that it should have.
fn told(report: &AuditReport) -> (u64, Vec<(&'static str, u64)>, bool) {
    let [base] = &*report.knowledge_bases else {
        panic!("one knowledge base: {report:?}");
    };
    let stores = base.stores.iter();
    let counts = stores.map(|(store, digest)| (*store, digest.count));
    (base.expected.count, counts.collect(), base.consistent)
}

#[tokio::test]
async fn stores_that_agree_need_no_repair() {
    let test = with_documents().await;
    let report = audit(&test, true).await;
    let all = vec![("memory", 2), (VECTOR_STORE, 2)];
    assert_eq!(told(&report), (2, all, true));
    assert_eq!((report.repaired, report.originals), (0, None));
    assert_eq!(report.knowledge_bases[0].name, "handbook");
    test.engine.stop().await;
}

#[tokio::test]
async fn lost_vectors_are_told_and_a_repair_brings_them_back() {
    let test = with_documents().await;
    test.index.lose_vectors();
    let lost = vec![("memory", 2), (VECTOR_STORE, 0)];
    let report = audit(&test, false).await;
    assert_eq!(told(&report), (2, lost.clone(), false));
    assert_eq!(report.repaired, 0);
    let report = audit(&test, true).await;
    assert_eq!(told(&report), (2, lost, false));
    assert_eq!(report.repaired, 2);
    // It waits for what the repair has queued.
    let all = vec![("memory", 2), (VECTOR_STORE, 2)];
    assert_eq!(told(&audit(&test, false).await), (2, all, true));
    test.engine.stop().await;
}

#[tokio::test]
async fn vectors_are_searched_for_by_themselves() {
    let test = with_documents().await;
    let report = test.engine.audit(VECTORS).await.expect("a report");
    let all_found = VectorsAudit {
        checked: 2,
        ..VectorsAudit::default()
    };
    assert_eq!(report.vectors, Some(all_found));
    assert_eq!(audit(&test, false).await.vectors, None);
    test.index.lose_vectors();
    let report = test.engine.audit(VECTORS).await.expect("a report");
    let lost = report.vectors.expect("it was asked for");
    assert_eq!((lost.checked, lost.not_found, lost.named.len()), (2, 2, 2));
    test.engine.stop().await;
}

#[tokio::test]
async fn few_look_at_the_same_time_and_others_are_told_to_come_again() {
    let test = with_documents().await;
    let permits = &test.engine.rooms.audit.permits;
    let others: Vec<_> = (0..AT_ONCE).map(|_| permits.try_acquire()).collect();
    let refused = test.engine.audit(NOTHING_MORE).await;
    assert_eq!(refused.expect_err("all are taken").code(), "overloaded");
    drop(others);
    assert!(told(&audit(&test, false).await).2);
    test.engine.stop().await;
}

#[tokio::test]
async fn an_original_that_is_gone_is_named() {
    let test = with_documents().await;
    let sound = test.engine.audit(ORIGINALS).await.expect("a report");
    let none = OriginalsAudit {
        checked: 2,
        ..OriginalsAudit::default()
    };
    assert_eq!(sound.originals, Some(none));
    let lost = test.add_ready("tea.md", "Tea is served at four.").await;
    let shared = &test.engine.rooms.shared;
    shared.blobs.remove(lost.sha256).expect("removed");
    let report = test.engine.audit(ORIGINALS).await.expect("a report");
    let named = vec![DamagedOriginal {
        document: lost.id,
        name: "tea.md".to_owned(),
        missing: true,
    }];
    let told = OriginalsAudit {
        checked: 3,
        damaged: 1,
        named,
    };
    assert_eq!(report.originals, Some(told));
    test.engine.stop().await;
}
