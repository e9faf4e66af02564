use std::time::{Duration, Instant};

use anyhow::Context;
use riddle_core::{Pair, Reranker, ScoreOptions};
use riddle_models::{GoldenPair, Precision};

/// Published scores are in 16 bits, often rounded.
const EXACT: f32 = 0.05;
/// In 8 bits, a score may be off by this share of the range of the published ones.
const QUANTIZED: f32 = 0.06;
/// A large model may take seconds for each pair.
const PATIENCE: Duration = Duration::from_secs(600);

/// A published score and the one that the model gives.
pub(crate) struct GoldenScore {
    pub(crate) query: String,
    pub(crate) passage: String,
    pub(crate) expected: f32,
    pub(crate) got: f32,
    /// The largest difference that agrees.
    pub(crate) tolerance: f32,
    pub(crate) agrees: bool,
}

/// Scores the pairs again.
pub(super) fn check(
    reranker: &mut dyn Reranker,
    golden: &[GoldenPair],
    precision: Precision,
) -> anyhow::Result<Vec<GoldenScore>> {
    let pairs: Vec<Pair<'_>> = golden
        .iter()
        .map(|pair| Pair {
            query: &pair.query,
            passage: &pair.passage,
        })
        .collect();
    let scores = reranker.score(&pairs, &ScoreOptions::until(Instant::now() + PATIENCE))?;
    let expected = || golden.iter().map(|pair| pair.raw);
    let range = expected().fold(f32::MIN, f32::max) - expected().fold(f32::MAX, f32::min);
    let tolerance = match precision {
        Precision::Fp32 | Precision::Fp16 => EXACT,
        Precision::Int8 => (QUANTIZED * range).max(EXACT),
    };
    let compared = golden.iter().zip(scores).map(|(pair, score)| {
        let got = score.context("the model took too long for its pairs")?.raw;
        Ok(GoldenScore {
            query: pair.query.clone(),
            passage: pair.passage.clone(),
            expected: pair.raw,
            got,
            tolerance,
            agrees: (got - pair.raw).abs() <= tolerance,
        })
    });
    compared.collect()
}
