use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use riddle_core::{ModelError, RerankOptions, RerankStatus, Span};
use tracing::Level;

use super::*;
use crate::error::InternalCause;
use crate::query::retrieval::retrieve;
use crate::query::testing::{FakeProvider, RerankerScript, SLOWLY, World};
use crate::testing::log::Log;

const TEXTS: [&str; 4] = [
    "reranking orders passages",
    "reranking orders passages by a model that reads both",
    "passages are cut",
    "a passage about something else entirely that happens to be rather long, reranking aside",
];

async fn ranked(world: &World, query: &str) -> (Retrieval, Ranking) {
    let plan = world.plan(query);
    let retrieval = retrieve(world.ports(), &plan).await.expect("searches");
    let ranking = rank(world.ports(), &plan, &retrieval).await;
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
    for (script, code) in [
        (RerankerScript::Broken, RerankReasonCode::ModelFailed),
        (RerankerScript::Panicking, RerankReasonCode::ModelFailed),
        (RerankerScript::NotFinite, RerankReasonCode::NoScores),
        (RerankerScript::TooFew(0), RerankReasonCode::ModelFailed),
        (RerankerScript::TooFew(3), RerankReasonCode::ModelFailed),
    ] {
        let world = with_reranker(script);
        // Twice: what failed once must not have taken the model with it.
        for _ in 0..2 {
            let (_, ranking) = ranked(&world, "reranking passages").await;
            assert_eq!(ranking.report.status, RerankStatus::Failed);
            assert_eq!(ranking.report.unscored_pairs, 4);
            let reason = ranking.report.reason.expect("a reason");
            assert_eq!(reason.code, code);
            assert!(!reason.text.contains("secret"), "{reason:?}");
            let indices: Vec<usize> = ranking.order.iter().map(|p| p.index).collect();
            assert_eq!(indices, [0, 1, 2, 3]);
        }
    }
}

#[tokio::test]
async fn a_first_candidate_that_leads_far_is_left_in_its_place() {
    let world = with_reranker(RerankerScript::ByLength);
    let (retrieval, _) = ranked(&world, "reranking orders").await;
    let fused: Vec<f32> = retrieval
        .candidates
        .iter()
        .map(|c| c.fused.fused.score)
        .collect();
    let lead = lead(&fused).expect("several candidates");
    assert!(lead > 0.0 && lead < 1.0, "{lead} is a lead to compare with");
    for (skip_lead, skipped) in [
        (None, false),
        (Some(lead), true),
        (Some(lead / 2.0), true),
        (Some(f32::midpoint(lead, 1.0)), false),
    ] {
        let options = RerankOptions {
            skip_lead: skip_lead.map(Some),
            ..RerankOptions::default()
        };
        let plan = world.plan_with("reranking orders", options);
        let ranking = rank(world.ports(), &plan, &retrieval).await;
        let indices: Vec<usize> = ranking.order.iter().map(|p| p.index).collect();
        let report = &ranking.report;
        assert_eq!(
            report.status == RerankStatus::Skipped,
            skipped,
            "{skip_lead:?}"
        );
        if skipped {
            let reason = report.reason.as_ref().expect("a reason");
            assert_eq!(reason.code, RerankReasonCode::ClearLead);
            assert_eq!((report.pairs, report.unscored_pairs), (0, 0));
            assert_eq!(indices, (0..retrieval.candidates.len()).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn a_score_is_told_raw_and_normalised() {
    let world = with_reranker(RerankerScript::ByLength);
    let (_, ranking) = ranked(&world, "reranking passages").await;
    let report = &ranking.report;
    assert_eq!(report.scale, Some(ScoreScale::Logit));
    assert_eq!(report.long_passages, Some(LongPassages::Truncate));
    assert!(report.reason.is_none());
    for stage in ranking.stages.iter().flatten() {
        assert_eq!(stage.score, ScoreScale::Logit.normalize(stage.raw));
        assert!((0.0..=1.0).contains(&stage.score));
    }
}

#[tokio::test]
async fn the_window_that_won_is_a_place_in_the_document() {
    let world = with_reranker(RerankerScript::Windowed(4, 12));
    let plan = world.plan("reranking passages");
    let mut retrieval = retrieve(world.ports(), &plan).await.expect("searches");
    for candidate in &mut retrieval.candidates {
        if candidate.chunk.chunk.ordinal == 0 {
            candidate.chunk.chunk.heading_path = vec!["Ports".to_owned()];
        }
    }
    let ranking = rank(world.ports(), &plan, &retrieval).await;
    assert_eq!(ranking.report.windows, 12);
    for (stage, candidate) in ranking.stages.iter().zip(&retrieval.candidates) {
        let window = stage.expect("scored").window.expect("of several");
        assert_eq!((window.index, window.count), (1, 3));
        let chunk = &candidate.chunk.chunk;
        let (from, to) = match chunk.ordinal {
            // "Ports" and a line break stand before what the passage begins with.
            0 => (0, 6),
            _ => (4, 12),
        };
        let (start, end) = (chunk.span.start + from, chunk.span.start + to);
        assert_eq!(
            window.span,
            Span {
                start,
                end: end.min(chunk.span.end)
            }
        );
    }
}

#[tokio::test]
async fn the_request_says_how_to_score() {
    let provider = FakeProvider {
        reranker: Some(RerankerScript::Telling),
        layers: Some((8, 40)),
        ..FakeProvider::english()
    };
    let world = World::new(&TEXTS, provider);
    let asked = |cutoff_layer, long_passages| RerankOptions {
        reranker: Some(Some("scripted".to_owned())),
        cutoff_layer: Some(cutoff_layer),
        long_passages,
        ..RerankOptions::default()
    };
    for (options, layer, cut) in [
        (asked(None, None), 40, 4),
        (asked(Some(9), Some(LongPassages::MaxSlice)), 9, 0),
    ] {
        let plan = world.plan_with("reranking passages", options);
        let plan = plan.with_checked_models(world.ports()).await.expect("fits");
        let retrieval = retrieve(world.ports(), &plan).await.expect("searches");
        let ranking = rank(world.ports(), &plan, &retrieval).await;
        assert_eq!(ranking.report.cutoff_layer, Some(layer));
        assert_eq!(ranking.report.truncated_pairs, cut);
        assert_eq!(ranking.cut.len(), cut as usize);
        let told = ranking.stages[0].expect("scored").raw;
        assert_eq!(told, layer as f32);
    }
}

#[tokio::test]
async fn a_reranker_or_layer_that_the_request_names_and_that_is_not_there_is_its_mistake() {
    let with_layers = |layers| FakeProvider {
        reranker: Some(RerankerScript::ByLength),
        layers,
        ..FakeProvider::english()
    };
    for (layers, reranker, cutoff_layer, field) in [
        (None, Some("other"), None, "`rerank.model`"),
        (None, None, Some(3), "`rerank.cutoff_layer` needs"),
        (Some((8, 40)), None, Some(7), "between 8 and 40"),
        (
            Some((8, 40)),
            Some("scripted"),
            Some(41),
            "between 8 and 40",
        ),
    ] {
        let world = World::new(&TEXTS, with_layers(layers));
        let options = RerankOptions {
            reranker: reranker.map(|name| Some(name.to_owned())),
            cutoff_layer: Some(cutoff_layer),
            ..RerankOptions::default()
        };
        let plan = world.plan_with("reranking", options);
        let checked = plan.clone().with_checked_models(world.ports()).await;
        let error = checked.expect_err("refused");
        assert!(matches!(error, EngineError::InvalidRequest(_)), "{error}");
        assert!(error.to_string().contains(field), "{error}");
        let without = SearchPlan {
            rerank: false,
            ..plan
        };
        let checked = without.with_checked_models(world.ports()).await;
        checked.expect("not looked at");
    }
    let none = World::new(&TEXTS, FakeProvider::english());
    let options = RerankOptions {
        cutoff_layer: Some(Some(3)),
        ..RerankOptions::default()
    };
    let plan = none.plan_with("reranking", options);
    let checked = plan.with_checked_models(none.ports()).await;
    let error = checked.expect_err("refused");
    assert!(error.to_string().contains("no reranker is on this machine"));
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
            .text
            .contains("stands in")
    );
}

/// Nine texts, of which the one that is found last is scored as long as the model is held.
fn with_a_slow_one() -> Vec<String> {
    let fast = (0..8).map(|n| format!("reranking passages, number {n}"));
    fast.chain([format!("passages come {SLOWLY}")]).collect()
}

#[tokio::test]
async fn the_fallback_scores_the_best_candidates_in_its_own_time_and_leaves_the_rest() {
    let provider = FakeProvider::english();
    let held = Arc::clone(&provider.passages_held);
    held.store(true, Ordering::SeqCst);
    let texts = with_a_slow_one();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut world = World::new(&texts, provider);
    world.options.fallback_deadline = Duration::from_secs(3);
    let (retrieval, ranking) = ranked(&world, "reranking passages").await;
    held.store(false, Ordering::SeqCst);
    let report = &ranking.report;
    assert_eq!(report.status, RerankStatus::Applied);
    assert_eq!((report.pairs, report.unscored_pairs), (8, 1));
    let reason = &report.reason.as_ref().expect("a reason").text;
    assert!(reason.contains("stands in"), "{reason}");
    assert!(reason.contains("`stand_in_deadline_ms`"), "{reason}");
    assert_eq!(order(&retrieval, &ranking).last(), Some(&8));
}

#[tokio::test]
async fn a_fallback_without_time_changes_nothing_and_says_so() {
    let provider = FakeProvider::english();
    let held = Arc::clone(&provider.passages_held);
    held.store(true, Ordering::SeqCst);
    let slow = [1, 2].map(|n| format!("reranking passages {SLOWLY}, number {n}"));
    let mut world = World::new(&[&slow[0], &slow[1]], provider);
    world.options.fallback_deadline = Duration::from_millis(30);
    let (_, late) = ranked(&world, "reranking passages").await;
    held.store(false, Ordering::SeqCst);
    world.options.fallback_deadline = Duration::ZERO;
    let (_, off) = ranked(&world, "reranking passages").await;
    for (ranking, code) in [
        (late, RerankReasonCode::DeadlinePassed),
        (off, RerankReasonCode::NoReranker),
    ] {
        assert_eq!(ranking.report.status, RerankStatus::Skipped);
        let reason = ranking.report.reason.expect("a reason");
        assert_eq!(reason.code, code);
        assert!(reason.text.contains("stand_in_deadline_ms"), "{reason:?}");
        let indices: Vec<usize> = ranking.order.iter().map(|p| p.index).collect();
        assert_eq!(indices, [0, 1]);
    }
}

#[tokio::test]
async fn a_deadline_that_somebody_has_set_goes_before_the_fallbacks_own() {
    let mut world = World::new(&TEXTS, FakeProvider::english());
    world.options.fallback_deadline = Duration::ZERO;
    let patient = RerankOptions {
        deadline_ms: Some(Some(60_000)),
        ..RerankOptions::default()
    };
    let asked = world.plan_with("reranking passages", patient);
    world.knowledge_base.settings.retrieval.rerank_deadline_ms = Some(60_000);
    let set = world.plan("reranking passages");
    for plan in [asked, set] {
        let retrieval = retrieve(world.ports(), &plan).await.expect("searches");
        let report = rank(world.ports(), &plan, &retrieval).await.report;
        assert_eq!(report.status, RerankStatus::Applied);
        assert_eq!((report.pairs, report.unscored_pairs), (4, 0));
    }
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_a_failure() {
    let mut world = World::new(&TEXTS, FakeProvider::english());
    world.options.rerank_deadline = Duration::ZERO;
    let (_, ranking) = ranked(&world, "reranking passages").await;
    assert_eq!(ranking.report.status, RerankStatus::Failed);
    assert_eq!(ranking.report.unscored_pairs, 4);
    let reason = ranking.report.reason.expect("a reason");
    assert_eq!(reason.code, RerankReasonCode::DeadlinePassed);
}

#[tokio::test]
async fn a_reranker_that_is_being_loaded_is_waited_for_until_the_deadline_and_loaded_on() {
    let provider = FakeProvider {
        reranker: Some(RerankerScript::ByLength),
        ..FakeProvider::english()
    };
    let held = Arc::clone(&provider.loading_held);
    held.store(true, Ordering::SeqCst);
    let mut world = World::new(&TEXTS, provider);
    world.options.rerank_deadline = Duration::from_millis(30);
    // Whether the request named it or not, and however often it is asked for.
    for reranker in [None, Some("scripted".to_owned()), None] {
        let options = RerankOptions {
            reranker: reranker.map(Some),
            ..RerankOptions::default()
        };
        let started = Instant::now();
        let plan = world.plan_with("reranking passages", options);
        let checked = plan.with_checked_models(world.ports()).await;
        let plan = checked.expect("may be good");
        let retrieval = retrieve(world.ports(), &plan).await.expect("searches");
        let ranking = rank(world.ports(), &plan, &retrieval).await;
        let report = &ranking.report;
        assert!(started.elapsed() >= Duration::from_millis(30));
        assert_eq!(report.status, RerankStatus::Skipped);
        let reason = report.reason.as_ref().expect("a reason");
        assert_eq!(reason.code, RerankReasonCode::Loading);
        assert_eq!(report.model.as_deref(), Some("scripted"));
        assert_eq!(report.kind, Some(RerankKind::CrossEncoder));
        assert_eq!((report.pairs, report.unscored_pairs), (0, 4));
        assert_eq!(ranking.queue_ms, report.queue_ms);
        let indices: Vec<usize> = ranking.order.iter().map(|p| p.index).collect();
        assert_eq!(indices, [0, 1, 2, 3]);
    }
    held.store(false, Ordering::SeqCst);
    world.options.rerank_deadline = Duration::from_secs(20);
    let (_, ranking) = ranked(&world, "reranking passages").await;
    assert_eq!(ranking.report.status, RerankStatus::Applied);
    assert_eq!(world.models.loaded_rerankers().len(), 1);
}

#[tokio::test]
async fn a_reranker_that_cannot_be_loaded_is_reported_with_its_own_kind() {
    let provider = FakeProvider {
        reranker: Some(RerankerScript::Unloadable),
        ..FakeProvider::english()
    };
    let world = World::new(&TEXTS, provider);
    let (_, ranking) = ranked(&world, "reranking passages").await;
    assert_eq!(ranking.report.status, RerankStatus::Failed);
    let reason = ranking.report.reason.expect("a reason");
    assert_eq!(reason.code, RerankReasonCode::LoadFailed);
    assert_eq!(ranking.report.kind, Some(RerankKind::YesNo));
}

#[tokio::test]
async fn nothing_to_order_and_nothing_to_order_with_are_skipped() {
    let single = World::new(&TEXTS[..1], FakeProvider::english());
    let (_, ranking) = ranked(&single, "reranking").await;
    assert_eq!(ranking.report.status, RerankStatus::Skipped);

    let no_models = World::new(&TEXTS, FakeProvider::default());
    let (_, ranking) = ranked(&no_models, "reranking passages").await;
    assert_eq!(ranking.report.status, RerankStatus::Skipped);
    let reason = ranking.report.reason.expect("a reason").text;
    assert!(reason.contains("no cross-encoder"), "{reason}");
}

#[tokio::test]
async fn the_fallback_does_not_score_a_language_it_does_not_know() {
    let world = World::new(&["重排序 很 有用", "重排序 很 慢"], FakeProvider::english());
    let (retrieval, ranking) = ranked(&world, "重排序 有用 吗").await;
    assert_eq!(retrieval.candidates.len(), 2);
    assert_eq!(ranking.report.status, RerankStatus::Skipped);
    assert!(
        ranking
            .report
            .reason
            .expect("a reason")
            .text
            .contains("Chinese")
    );
}

#[test]
fn a_failure_of_the_server_itself_is_logged_as_an_error_and_one_of_the_model_as_a_warning() {
    let model = EngineError::Model(ModelError::Failed {
        model: "a".to_owned(),
        message: "as told".to_owned(),
    });
    let own = EngineError::internal("reranking", InternalCause::Gone);
    for (error, level) in [(model, Level::WARN), (own, Level::ERROR)] {
        let (log, _recording) = Log::of_this_thread();
        log_failure("a", &error);
        assert_eq!(log.levels_of("reranking failed"), [level]);
    }
}
