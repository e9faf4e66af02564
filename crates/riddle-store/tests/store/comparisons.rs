use riddle_core::{
    Answer, AnswerMode, CompareOrder, ComparePassages, Comparison, ComparisonId, ComparisonStore,
    ComparisonSummary, KeptComparison, KnowledgeBaseRef, KnowledgeBaseStore, Notice, OutboxStore,
    Preference, RerankReasonCode, RerankReport, StoreError, Timestamp, Timings, Usage,
};
use uuid::Uuid;

use crate::fixture::{Fixture, NOW, knowledge_base};

pub(crate) fn answer(text: &str, total_ms: f64) -> Answer {
    Answer {
        text: text.to_owned(),
        mode: AnswerMode::Extractive,
        model: "extractive".to_owned(),
        found: true,
        citations: Vec::new(),
        removed_citations: 1,
        contexts: Vec::new(),
        truncated: false,
        notices: vec![Notice::NoLanguageModel],
        rerank: RerankReport::skipped(RerankReasonCode::OtherVariant.because("why")),
        timings: Timings {
            total_ms,
            ..Timings::default()
        },
        usage: Usage::default(),
    }
}

fn id(number: u128) -> ComparisonId {
    ComparisonId(Uuid::from_u128(number))
}

/// A comparison of this number, finished at this time.
fn kept(fixture: &Fixture, number: u128, at: i64) -> KeptComparison {
    let comparison = Comparison {
        without_rerank: answer("端口 \"7180\"", 3.0),
        with_rerank: answer("forty\nminutes", 1.0),
        candidates: 10,
        shared_contexts: 2,
        total_ratio: 1.0 / 3.0,
        first_token_ratio: number.is_multiple_of(2).then_some(0.1 + 0.2),
        token_ratio: number.is_multiple_of(3).then_some(0.7),
        passages: ComparePassages::AllCandidates,
    };
    KeptComparison {
        summary: ComparisonSummary {
            id: id(number),
            question: format!("question {number}"),
            knowledge_base: KnowledgeBaseRef {
                id: fixture.knowledge_base,
                name: "first".to_owned(),
            },
            order: CompareOrder::Parallel,
            total_ratio: comparison.total_ratio,
            first_token_ratio: comparison.first_token_ratio,
            preference: None,
            created_at: Timestamp(at),
        },
        comparison,
    }
}

async fn keep(fixture: &Fixture, number: u128, at: i64) -> KeptComparison {
    let kept = kept(fixture, number, at);
    fixture.store.insert_comparison(&kept).await.unwrap();
    kept
}

async fn listed(fixture: &Fixture) -> Vec<ComparisonSummary> {
    let page = fixture.store.list_comparisons(None, 1_000).await.unwrap();
    assert_eq!(page.next_cursor, None);
    page.comparisons
}

#[tokio::test]
async fn a_comparison_comes_back_as_it_was_after_a_crash() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let (odd, even) = (keep(&fixture, 1, 5).await, keep(&fixture, 2, 6).await);
    fixture.reopen().await;
    for kept in [&odd, &even] {
        let found = fixture.store.lookup_comparison(kept.summary.id).await;
        assert_eq!(found.unwrap().as_ref(), Some(kept));
    }
    assert_eq!(listed(&fixture).await, [even.summary, odd.summary]);
    let absent = fixture.store.lookup_comparison(id(3)).await.unwrap();
    assert_eq!(absent, None);
}

#[tokio::test]
async fn pages_hold_each_comparison_once_newest_first() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    // Two were finished in the same millisecond: their ids decide.
    for (number, at) in [(1, 5), (2, 9), (3, 9), (4, 7)] {
        keep(&fixture, number, at).await;
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = fixture.store.list_comparisons(cursor.as_deref(), 1).await;
        let page = page.unwrap();
        seen.extend(page.comparisons.iter().map(|one| one.id));
        // What comes in front of the page meanwhile moves nothing.
        if seen.len() == 2 {
            keep(&fixture, 5, 10).await;
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [3, 2, 4, 1].map(id));
    let refused = fixture.store.list_comparisons(Some("nonsense"), 1).await;
    assert!(matches!(refused, Err(StoreError::BadCursor)));
}

#[tokio::test]
async fn a_preference_is_kept_replaced_and_taken_back() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let mut expected = keep(&fixture, 1, 5).await;
    let other = keep(&fixture, 2, 6).await;
    for preference in [
        Some(Preference::WithRerank),
        Some(Preference::WithoutRerank),
        Some(Preference::Same),
        None,
    ] {
        expected.summary.preference = preference;
        let set = fixture.store.set_preference(id(1), preference).await;
        assert_eq!(set.unwrap().as_ref(), Some(&expected.summary));
        let found = fixture.store.lookup_comparison(id(1)).await.unwrap();
        assert_eq!(found.as_ref(), Some(&expected));
    }
    let absent = fixture.store.set_preference(id(9), Some(Preference::Same));
    assert_eq!(absent.await.unwrap(), None);
    let untouched = fixture.store.lookup_comparison(id(2)).await.unwrap();
    assert_eq!(untouched, Some(other));
}

#[tokio::test]
async fn a_deleted_comparison_is_gone_and_the_others_stay() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let stays = keep(&fixture, 1, 5).await;
    keep(&fixture, 2, 6).await;
    assert!(fixture.store.delete_comparison(id(2)).await.unwrap());
    assert!(!fixture.store.delete_comparison(id(2)).await.unwrap());
    assert_eq!(listed(&fixture).await, [stays.summary]);
}

#[tokio::test]
async fn comparisons_have_the_name_of_their_knowledge_base_and_go_with_it() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let second = knowledge_base(2, "second");
    store.insert_knowledge_base(&second).await.unwrap();
    keep(&fixture, 1, 5).await;
    let mut of_second = kept(&fixture, 2, 6);
    of_second.summary.knowledge_base = KnowledgeBaseRef {
        id: second.id,
        name: second.name,
    };
    store.insert_comparison(&of_second).await.unwrap();
    let mut base = store.lookup_knowledge_base("first").await.unwrap().unwrap();
    base.name = "renamed".to_owned();
    store.update_knowledge_base(&base).await.unwrap();
    assert_eq!(listed(&fixture).await[1].knowledge_base.name, "renamed");

    store.delete_knowledge_base(base.id, NOW).await.unwrap();
    assert_eq!(listed(&fixture).await, [of_second.summary]);
    assert_eq!(store.lookup_comparison(id(1)).await.unwrap(), None);
    // One that was in work meanwhile is not kept either.
    let late = store.insert_comparison(&kept(&fixture, 3, 7)).await;
    assert!(matches!(late, Err(StoreError::KnowledgeBaseGone { id }) if id == base.id));
    store.purge_deleted(fixture.last().await).await.unwrap();
    assert_eq!(fixture.count("knowledge_bases").await, 1);
    assert_eq!(fixture.count("comparisons").await, 1);
}
