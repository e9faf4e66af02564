//! A score knows nothing of what else is in the call, nor of its place there.

use std::time::{Duration, Instant};

use riddle_core::{Pair, PairScore, Reranker, ScoreOptions};
use riddle_models::{Compute, CrossEncoder, Precision};

use crate::setup::{Way, data, reranker_spec, runtime, ways};
use crate::tiny::ARCHITECTURES;

const QUERIES: [&str; 3] = ["what is a sieve?", "", "重排序为什么有用？"];

/// Passages of many lengths, an empty one and ones that are cut among them.
fn passages() -> Vec<String> {
    let lengths = [3, 0, 40, 1, 7, 90, 12, 2, 25];
    let passage = |length: usize| "sieve 北京 🙂 don't ".repeat(length);
    lengths.map(passage).to_vec()
}

#[test]
fn a_batch_scores_like_single_pairs_in_any_order_on_every_engine() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    for name in ARCHITECTURES {
        for way in ways() {
            for precision in [Precision::Fp32, Precision::Fp16, Precision::Int8] {
                let runtime = way.on(&runtime);
                let worst = largest_difference(&runtime, name, precision);
                let allowed = allowed(way, precision);
                assert!(
                    worst <= allowed,
                    "{name} on {way:?} in {}: {worst}",
                    precision.as_str()
                );
            }
        }
    }
}

/// Where texts run one by one, nothing differs. In a padded batch, sums are made in another order.
fn allowed(way: Way, precision: Precision) -> f32 {
    match (way, precision) {
        (Way::PaddedBatches, Precision::Fp16) => 2e-2,
        (Way::PaddedBatches, _) => 1e-4,
        _ => 0.0,
    }
}

pub(crate) fn largest_difference(runtime: &Compute, name: &str, precision: Precision) -> f32 {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let spec = reranker_spec(data().join("tiny").join(name), cache.path(), precision);
    let mut reranker = CrossEncoder::open(runtime, &spec).expect("it loads");
    let passages = passages();
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    for query in QUERIES {
        pairs.extend(passages.iter().map(|passage| Pair { query, passage }));
    }
    let together = score(&mut reranker, &pairs);
    let alone = pairs.iter().map(|pair| score(&mut reranker, &[*pair])[0]);
    let mut worst = apart(&together, &alone.collect::<Vec<_>>());
    // Queries alternate and lengths mix where they came in runs.
    for step in [pairs.len() - 1, 10] {
        let order: Vec<usize> = (0..pairs.len()).map(|n| n * step % pairs.len()).collect();
        let mixed: Vec<Pair<'_>> = order.iter().map(|place| pairs[*place]).collect();
        let expected: Vec<PairScore> = order.iter().map(|place| together[*place]).collect();
        worst = worst.max(apart(&score(&mut reranker, &mixed), &expected));
    }
    worst
}

fn apart(scores: &[PairScore], expected: &[PairScore]) -> f32 {
    assert_eq!(scores.len(), expected.len());
    let apart = scores.iter().zip(expected).map(|(score, expected)| {
        assert_eq!(
            (score.tokens, score.truncated),
            (expected.tokens, expected.truncated)
        );
        (score.raw - expected.raw).abs()
    });
    apart.fold(0.0, f32::max)
}

fn score(reranker: &mut CrossEncoder, pairs: &[Pair<'_>]) -> Vec<PairScore> {
    let options = ScoreOptions::until(Instant::now() + Duration::from_secs(600));
    let scores = reranker.score(pairs, &options).expect("the model runs");
    let scored = |score: Option<PairScore>| score.expect("there is time enough");
    scores.into_iter().map(scored).collect()
}
