use std::time::Duration;

use super::*;
use crate::query::retrieve::retrieve;
use crate::query::testing::{FakeProvider, RerankerScript, World};

const TEXTS: [&str; 4] = [
    "reranking orders passages",
    "reranking orders passages by a model that reads both",
    "passages are cut",
    "a passage about something else entirely that happens to be rather long, reranking aside",
];

async fn ranked(world: &World, query: &str) -> (Retrieval, Ranking) {
    let plan = world.plan(query);
    let retrieval = retrieve(world.parts(), &plan).await.expect("searches");
    let ranking = rank(world.parts(), &plan, &retrieval).await;
    (retrieval, ranking)
}

fn with_reranker(script: RerankerScript) -> World {
    let provider = FakeProvider {
        reranker: Some(script),
        ..FakeProvider::english()
    };
    World::new(&TEXTS, provider)
}

fn order(retrieval: &Retrieval, ranking: &Ranking) -> Vec<u32> {
    let candidates = &retrieval.candidates;
    let ordinal = |place: &Blended| candidates[place.index].chunk.chunk.ordinal;
    ranking.order.iter().map(ordinal).collect()
}

#[tokio::test]
async fn a_cross_encoder_of_full_weight_decides_the_order() {
    let world = with_reranker(RerankerScript::ByLength);
    let (retrieval, ranking) = ranked(&world, "reranking passages").await;
    assert_eq!(order(&retrieval, &ranking), [3, 1, 0, 2]);
    assert_eq!(ranking.report.status, RerankStatus::Applied);
    assert_eq!(ranking.report.model.as_deref(), Some("scripted"));
    assert!(!ranking.report.stand_in);
    assert_eq!((ranking.report.pairs, ranking.report.tokens), (4, 40));
    let best = ranking.stages[ranking.order[0].index].expect("scored");
    assert_eq!(best.rank, 1);
}

#[tokio::test]
async fn what_the_deadline_leaves_keeps_the_fused_order_behind() {
    let world = with_reranker(RerankerScript::FirstOnly(2));
    let (_, ranking) = ranked(&world, "reranking passages").await;
    assert_eq!(ranking.report.status, RerankStatus::Applied);
    assert_eq!(
        (ranking.report.pairs, ranking.report.unscored_pairs),
        (2, 2)
    );
    let behind: Vec<usize> = ranking.order[2..].iter().map(|p| p.index).collect();
    assert_eq!(behind, [2, 3]);
}

#[tokio::test]
async fn a_reranker_that_fails_leaves_the_fused_order_and_no_internals() {
    for script in [RerankerScript::Broken, RerankerScript::FirstOnly(0)] {
        let world = with_reranker(script);
        let (_, ranking) = ranked(&world, "reranking passages").await;
        assert_eq!(ranking.report.status, RerankStatus::Failed);
        let reason = ranking.report.reason.expect("a reason");
        assert!(!reason.contains("secret"), "{reason}");
        let indices: Vec<usize> = ranking.order.iter().map(|p| p.index).collect();
        assert_eq!(indices, [0, 1, 2, 3]);
    }
}

#[tokio::test]
async fn late_interaction_stands_in_and_says_so() {
    let world = World::new(&TEXTS, FakeProvider::english());
    let (_, ranking) = ranked(&world, "reranking passages").await;
    let report = &ranking.report;
    assert_eq!(report.status, RerankStatus::Applied);
    assert!(report.stand_in);
    assert_eq!(report.kind, Some(RerankKind::LateInteraction));
    assert_eq!(report.model.as_deref(), Some("hashed-words"));
    assert_eq!(report.weight, Some(0.5));
    assert!(
        report
            .reason
            .as_ref()
            .expect("a reason")
            .contains("stands in")
    );
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_a_failure() {
    let mut world = World::new(&TEXTS, FakeProvider::english());
    world.options.rerank_deadline = Duration::ZERO;
    let (_, ranking) = ranked(&world, "reranking passages").await;
    assert_eq!(ranking.report.status, RerankStatus::Failed);
    assert_eq!(ranking.report.unscored_pairs, 4);
}

#[tokio::test]
async fn nothing_to_order_and_nothing_to_order_with_are_skipped() {
    let single = World::new(&TEXTS[..1], FakeProvider::english());
    let (_, ranking) = ranked(&single, "reranking").await;
    assert_eq!(ranking.report.status, RerankStatus::Skipped);

    let no_models = World::new(&TEXTS, FakeProvider::default());
    let (_, ranking) = ranked(&no_models, "reranking passages").await;
    assert_eq!(ranking.report.status, RerankStatus::Skipped);
    let reason = ranking.report.reason.expect("a reason");
    assert!(reason.contains("no cross-encoder"), "{reason}");
}

#[tokio::test]
async fn the_stand_in_does_not_score_a_language_it_does_not_know() {
    let world = World::new(&["重排序 很 有用", "重排序 很 慢"], FakeProvider::english());
    let (retrieval, ranking) = ranked(&world, "重排序 有用 吗").await;
    assert_eq!(retrieval.candidates.len(), 2);
    assert_eq!(ranking.report.status, RerankStatus::Skipped);
    assert!(ranking.report.reason.expect("a reason").contains("Chinese"));
}
