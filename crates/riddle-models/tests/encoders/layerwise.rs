use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use riddle_core::{LongPassages, Pair, PairScore, RerankKind, Reranker, ScoreOptions};
use riddle_models::{Layerwise, Precision, RerankerSpec};
use serde::Deserialize;

use crate::setup::{data, reranker_spec, runtime};

/// What FlagEmbedding computed.
#[derive(Deserialize)]
struct Reference {
    max_tokens: usize,
    layers: (u32, u32),
    pairs: Vec<Recorded>,
}

#[derive(Deserialize)]
struct Recorded {
    query: String,
    passage: String,
    /// By layer.
    scores: BTreeMap<u32, f32>,
}

#[test]
fn scores_equal_those_of_flagembedding_at_every_layer() {
    for (precision, tolerance) in [(Precision::Fp32, 1e-4), (Precision::Fp16, 2e-2)] {
        check(precision, tolerance);
    }
}

fn check(precision: Precision, tolerance: f32) {
    let Some((_cache, mut reranker, reference)) = opened(precision) else {
        return;
    };
    assert_eq!(reranker.info().kind, RerankKind::Layerwise);
    assert_eq!(reranker.info().layers, Some(reference.layers));
    for recorded in &reference.pairs {
        for (layer, expected) in &recorded.scores {
            let score = score(&mut reranker, &[pair(recorded)], Some(*layer))[0];
            let difference = (score.raw - expected).abs();
            assert!(
                difference < tolerance,
                "layer {layer}: {} instead of {expected}",
                score.raw
            );
        }
        let last = score(&mut reranker, &[pair(recorded)], None)[0].raw;
        let expected = recorded.scores[&reference.layers.1];
        assert!(
            (last - expected).abs() < tolerance,
            "{last} instead of {expected}"
        );
    }
}

#[test]
fn a_batch_scores_like_single_pairs_in_any_order() {
    for precision in [Precision::Fp32, Precision::Int8] {
        let Some((_cache, mut reranker, reference)) = opened(precision) else {
            return;
        };
        let mut all: Vec<Pair<'_>> = reference.pairs.iter().map(pair).collect();
        let together = score(&mut reranker, &all, Some(3));
        all.reverse();
        let mut reversed = score(&mut reranker, &all, Some(3));
        reversed.reverse();
        assert_eq!(together, reversed);
        all.reverse();
        for (pair, together) in all.iter().zip(together) {
            assert_eq!(score(&mut reranker, &[*pair], Some(3))[0], together);
        }
    }
}

#[test]
fn quantized_scores_keep_the_order_of_those_that_differ_clearly() {
    let Some((_cache, mut reranker, reference)) = opened(Precision::Int8) else {
        return;
    };
    for layer in reference.layers.0..=reference.layers.1 {
        let scored: Vec<(f32, f32)> = reference
            .pairs
            .iter()
            .map(|recorded| {
                let score = score(&mut reranker, &[pair(recorded)], Some(layer))[0].raw;
                (recorded.scores[&layer], score)
            })
            .collect();
        let exact = || scored.iter().map(|(exact, _)| *exact);
        let range = exact().fold(f32::MIN, f32::max) - exact().fold(f32::MAX, f32::min);
        let inverted = scored.iter().flat_map(|(exact, got)| {
            let others = scored.iter().filter(move |(_, other)| got <= other);
            others.map(move |(other, _)| exact - other)
        });
        let worst = inverted.fold(0.0, f32::max) / range;
        eprintln!(
            "layer {layer}: pairs {:.1} % of the range apart are inverted",
            100.0 * worst
        );
        assert!(worst < 0.02, "layer {layer}: {worst}");
    }
}

#[test]
fn long_passages_are_covered_by_windows() {
    let Some((_cache, mut reranker, reference)) = opened(Precision::Fp32) else {
        return;
    };
    let passage = "熊猫 the sieve 🐼 ".repeat(40);
    let pair = Pair {
        query: "what is it?",
        passage: &passage,
    };
    let cut = score(&mut reranker, &[pair], None)[0];
    assert!(cut.truncated && cut.window.is_none());
    assert!(cut.tokens as usize <= 4 * reference.max_tokens);
    let options = ScoreOptions {
        long_passages: LongPassages::MaxSlice,
        ..soon(None)
    };
    let whole = reranker.score(&[pair], &options).expect("it runs")[0].expect("scored");
    let window = whole.window.expect("it has windows");
    assert!(window.count > 2 && window.index < window.count);
    assert!(window.span.start < window.span.end);
    assert!(window.span.end as usize <= passage.chars().count());
    assert!(whole.raw >= cut.raw - 1e-5 && !whole.truncated);
}

#[test]
fn a_passage_has_at_most_the_tokens_that_it_may_have() {
    let Some((_cache, mut reranker, _)) = opened(Precision::Fp32) else {
        return;
    };
    let (passage, short) = ("x ".repeat(30), "x ".repeat(30)[..17].to_owned());
    let pair = |passage| Pair {
        query: "what is it?",
        passage,
    };
    let expected = score(&mut reranker, &[pair(&short)], None)[0];
    let empty = score(&mut reranker, &[pair("")], None)[0];
    let own = (expected.tokens - empty.tokens) as usize;
    let matches = (own.saturating_sub(1)..=own + 1).filter(|&limit| {
        let options = ScoreOptions {
            passage_tokens: Some(limit),
            ..soon(None)
        };
        let pairs = [pair(&*passage)];
        let whole = reranker.read_whole(&pairs, &options).expect("it is text");
        assert_eq!(whole, [false]);
        let limited = reranker.score(&pairs, &options).expect("the model runs")[0];
        let limited = limited.expect("there is time enough");
        assert!(limited.truncated);
        (limited.raw, limited.tokens) == (expected.raw, expected.tokens)
    });
    assert_eq!(
        matches.count(),
        1,
        "one limit leaves what the shorter one has"
    );
}

#[test]
fn a_shard_that_is_missing_is_named() {
    let Some(runtime) = runtime(1) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tiny = data().join("tiny/minicpm-layerwise");
    for file in [
        "config.json",
        "tokenizer.json",
        "model.safetensors.index.json",
    ] {
        std::fs::copy(tiny.join(file), folder.path().join(file)).expect("copied");
    }
    let mut spec = spec(folder.path(), Precision::Fp32, 64);
    spec.folder = folder.path().to_owned();
    let error = Layerwise::open(&runtime, &spec).err().expect("no weights");
    let message = error.to_string();
    assert!(
        message.contains("model-00001-of-00003.safetensors"),
        "{message}"
    );
}

fn opened(precision: Precision) -> Option<(tempfile::TempDir, Layerwise, Reference)> {
    let runtime = runtime(2)?;
    let json = std::fs::read(data().join("tiny/minicpm-layerwise/reference.json"));
    let json = json.expect("it is committed");
    let reference: Reference = serde_json::from_slice(&json).expect("it is a reference");
    let cache = tempfile::tempdir().expect("a temporary folder");
    let spec = spec(cache.path(), precision, reference.max_tokens);
    let reranker = Layerwise::open(&runtime, &spec).expect("it loads");
    Some((cache, reranker, reference))
}

fn spec(cache: &std::path::Path, precision: Precision, max_tokens: usize) -> RerankerSpec {
    RerankerSpec {
        weights: "model.safetensors.index.json".to_owned(),
        max_tokens,
        ..reranker_spec(data().join("tiny/minicpm-layerwise"), cache, precision)
    }
}

fn pair(recorded: &Recorded) -> Pair<'_> {
    Pair {
        query: &recorded.query,
        passage: &recorded.passage,
    }
}

fn soon(cutoff_layer: Option<u32>) -> ScoreOptions {
    ScoreOptions {
        cutoff_layer,
        ..ScoreOptions::until(Instant::now() + Duration::from_secs(600))
    }
}

fn score(reranker: &mut Layerwise, pairs: &[Pair<'_>], layer: Option<u32>) -> Vec<PairScore> {
    let scores = reranker.score(pairs, &soon(layer)).expect("the model runs");
    let scored = |score: Option<PairScore>| score.expect("there is time enough");
    scores.into_iter().map(scored).collect()
}
