use riddle_core::{LookReason, TestLook, TestLookId};

use super::*;

fn id(number: u128) -> EvaluationRunId {
    EvaluationRunId(Uuid::from_u128(number))
}

fn look(number: u128, of: Option<u128>, name: &str, reason: LookReason, at: i64) -> TestLook {
    TestLook {
        id: TestLookId(Uuid::from_u128(number)),
        run: of.map(id),
        run_name: name.to_owned(),
        reason,
        at: Timestamp(at),
    }
}

/// A set with three runs: the first has finished and been recounted, the second has shown nothing of the test half, and
/// the third was cancelled while its report was made.
async fn looked_at() -> Option<(Fixture, EvaluationSetId)> {
    let mut fixture = Fixture::new().await?;
    let new = set(&fixture, 1, "set");
    let questions = [dev("a")];
    let store = &fixture.store;
    store.insert_evaluation_set(&new, &questions).await.unwrap();
    let questions = questions.map(RunQuestion::from);
    for number in 1..=3_u32 {
        let run = run(&fixture, u128::from(number), i64::from(number), 1);
        store.insert_evaluation_run(&run, &questions).await.unwrap();
    }
    let cancelled = EvaluationRunStatus::Cancelled;
    let changed = store.set_evaluation_run_status(id(3), cancelled, None, NOW);
    assert!(changed.await.unwrap());
    let finish = async |run, look: Option<(u128, LookReason)>, at| {
        let look = look.map(|(number, reason)| (TestLookId(Uuid::from_u128(number)), reason));
        let finished = store.finish_evaluation_run(id(run), REPORT, None, look, Timestamp(at));
        finished.await.unwrap();
    };
    finish(1, Some((11, LookReason::Finished)), 100).await;
    finish(1, Some((12, LookReason::Recounted)), 200).await;
    finish(2, None, 250).await;
    finish(3, Some((13, LookReason::Finished)), 300).await;
    fixture.reopen().await;
    Some((fixture, new.id))
}

#[tokio::test]
async fn every_look_at_the_test_half_is_in_the_list_newest_first() {
    let Some((fixture, set)) = looked_at().await else {
        return;
    };
    let store = &fixture.store;
    let recounted = look(12, Some(1), "run 1", LookReason::Recounted, 200);
    let finished = look(11, Some(1), "run 1", LookReason::Finished, 100);
    let page = store.list_test_looks(set, None, 1).await.unwrap();
    assert_eq!(page.looks, [recounted]);
    let cursor = page.next_cursor.expect("there is one more");
    let page = store.list_test_looks(set, Some(&cursor), 1).await.unwrap();
    assert_eq!((page.looks, page.next_cursor), (vec![finished], None));
    let counted = store.lookup_evaluation_set("set").await.unwrap().unwrap();
    assert_eq!(counted.test_looks, 2);
    let refused = store.list_test_looks(set, Some("last week"), 1).await;
    assert!(matches!(refused, Err(StoreError::BadCursor)), "{refused:?}");
}

#[tokio::test]
async fn a_look_goes_with_its_set_and_outlives_its_run() {
    let Some((fixture, set)) = looked_at().await else {
        return;
    };
    let store = &fixture.store;
    let newest = async || {
        let page = store.list_test_looks(set, None, 1).await.unwrap();
        page.looks.into_iter().next()
    };
    let renamed = store.describe_evaluation_run(id(1), Some("renamed"), None);
    assert!(renamed.await.unwrap());
    let shown = look(12, Some(1), "renamed", LookReason::Recounted, 200);
    assert_eq!(newest().await, Some(shown));
    assert!(store.delete_evaluation_run(id(1)).await.unwrap());
    let left = look(12, None, "run 1", LookReason::Recounted, 200);
    assert_eq!(newest().await, Some(left));
    assert!(store.delete_evaluation_set(set).await.unwrap());
    assert_eq!(newest().await, None);
    assert_eq!(fixture.count("evaluation_looks").await, 0);
}
