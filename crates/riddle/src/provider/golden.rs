use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use riddle_core::{Pair, Reranker, ScoreOptions};
use riddle_models::{GoldenPair, Precision};

/// Published scores are in 16 bits, often rounded.
const EXACT: f32 = 0.05;
/// In bf16, a score may be off by this share of the range of the published ones.
const ROUNDED: f32 = 0.01;
/// In 8 bits, a score may be off by this share of the range of the published ones.
const QUANTIZED: f32 = 0.06;
/// A large model may take seconds for each pair.
const PATIENCE: Duration = Duration::from_secs(600);

/// A published score and the one that the model gives.
pub(crate) struct GoldenScore {
    pub(crate) query: String,
    pub(crate) passage: String,
    /// The layer that gives it; `None` is the last, or the only one.
    pub(crate) layer: Option<u32>,
    pub(crate) expected: f32,
    pub(crate) got: f32,
    /// The largest difference that agrees.
    pub(crate) tolerance: f32,
    pub(crate) agrees: bool,
}

/// Scores the pairs again, those of one layer together: scores of different layers have nothing to do with one another.
pub(super) fn check(
    reranker: &mut dyn Reranker,
    golden: &[GoldenPair],
    precision: Precision,
) -> anyhow::Result<Vec<GoldenScore>> {
    let mut layers: Vec<Option<u32>> = Vec::new();
    for pair in golden {
        if !layers.contains(&pair.layer) {
            layers.push(pair.layer);
        }
    }
    let mut scores = Vec::with_capacity(golden.len());
    for layer in layers {
        check_layer(reranker, layer)?;
        let pairs: Vec<&GoldenPair> = golden.iter().filter(|pair| pair.layer == layer).collect();
        scores.extend(compare(reranker, &pairs, layer, precision)?);
    }
    Ok(scores)
}

/// A layer that the model does not have would be scored at its nearest one.
fn check_layer(reranker: &dyn Reranker, layer: Option<u32>) -> anyhow::Result<()> {
    let Some(layer) = layer else { return Ok(()) };
    match reranker.info().layers {
        Some((first, last)) if (first..=last).contains(&layer) => Ok(()),
        Some((first, last)) => bail!(
            "its published scores are those of layer {layer} and it has layers {first} to {last}; correct `golden` in the catalogue"
        ),
        None => bail!(
            "its published scores name layer {layer} and it has one score alone; remove `layer` from the catalogue"
        ),
    }
}

fn compare(
    reranker: &mut dyn Reranker,
    golden: &[&GoldenPair],
    layer: Option<u32>,
    precision: Precision,
) -> anyhow::Result<Vec<GoldenScore>> {
    let pairs: Vec<Pair<'_>> = golden
        .iter()
        .map(|pair| Pair {
            query: &pair.query,
            passage: &pair.passage,
        })
        .collect();
    let options = ScoreOptions {
        cutoff_layer: layer,
        ..ScoreOptions::until(Instant::now() + PATIENCE)
    };
    let scores = reranker.score(&pairs, &options)?;
    let tolerance = tolerance(golden, precision);
    let compared = golden.iter().zip(scores).map(|(pair, score)| {
        let got = score.context("the model took too long for its pairs")?.raw;
        Ok(GoldenScore {
            query: pair.query.clone(),
            passage: pair.passage.clone(),
            layer,
            expected: pair.raw,
            got,
            tolerance,
            agrees: (got - pair.raw).abs() <= tolerance,
        })
    });
    compared.collect()
}

fn tolerance(golden: &[&GoldenPair], precision: Precision) -> f32 {
    let expected = || golden.iter().map(|pair| pair.raw);
    let range = expected().fold(f32::MIN, f32::max) - expected().fold(f32::MAX, f32::min);
    match precision {
        Precision::Fp32 | Precision::Fp16 => EXACT,
        Precision::Bf16 => (ROUNDED * range).max(EXACT),
        Precision::Int8 => (QUANTIZED * range).max(EXACT),
    }
}

#[cfg(test)]
mod tests {
    use riddle_core::{ModelError, PairScore, RerankKind, RerankerInfo, ScoreScale};

    use super::*;

    /// Scores the length of a passage, times ten for each layer.
    struct Layers(RerankerInfo);

    impl Reranker for Layers {
        fn info(&self) -> &RerankerInfo {
            &self.0
        }

        fn score(
            &mut self,
            pairs: &[Pair<'_>],
            options: &ScoreOptions,
        ) -> Result<Vec<Option<PairScore>>, ModelError> {
            let factor = 10.0 * options.cutoff_layer.unwrap_or(4) as f32;
            let score = |pair: &Pair<'_>| PairScore {
                raw: factor * pair.passage.len() as f32,
                tokens: 1,
                truncated: false,
                window: None,
            };
            Ok(pairs.iter().map(|pair| Some(score(pair))).collect())
        }

        fn read_whole(
            &mut self,
            pairs: &[Pair<'_>],
            _options: &ScoreOptions,
        ) -> Result<Vec<bool>, ModelError> {
            Ok(vec![true; pairs.len()])
        }
    }

    fn layers(layers: Option<(u32, u32)>) -> Layers {
        Layers(RerankerInfo {
            name: "layers".to_owned(),
            kind: RerankKind::Layerwise,
            max_tokens: 512,
            scale: ScoreScale::Logit,
            default_weight: 1.0,
            device: "cpu".to_owned(),
            layers,
            fingerprint: None,
        })
    }

    fn pair(passage: &str, raw: f32, layer: Option<u32>) -> GoldenPair {
        GoldenPair {
            query: "what?".to_owned(),
            passage: passage.to_owned(),
            raw,
            layer,
        }
    }

    #[test]
    fn each_pair_is_scored_at_its_layer() {
        let golden = [
            pair("ab", 80.0, None),
            pair("ab", 40.0, Some(2)),
            pair("a", 40.0, None),
            pair("a", 21.0, Some(2)),
        ];
        let scores = check(&mut layers(Some((1, 4))), &golden, Precision::Fp32).expect("it scores");
        let told: Vec<_> = scores.iter().map(|s| (s.layer, s.got, s.agrees)).collect();
        let last = [(None, 80.0, true), (None, 40.0, true)];
        let second = [(Some(2), 40.0, true), (Some(2), 20.0, false)];
        assert_eq!(told, [last, second].concat());
    }

    #[test]
    fn in_8_bits_a_layer_has_the_tolerance_of_its_own_range() {
        let golden = [
            pair("ab", 80.0, None),
            pair("a", 40.0, None),
            pair("ab", 20.5, Some(1)),
            pair("a", 10.5, Some(1)),
        ];
        let scores = check(&mut layers(Some((1, 4))), &golden, Precision::Int8).expect("it scores");
        let told: Vec<f32> = scores.iter().map(|score| score.tolerance).collect();
        for (tolerance, expected) in told.iter().zip([2.4, 2.4, 0.6, 0.6]) {
            assert!((tolerance - expected).abs() < 1e-5, "{tolerance}");
        }
        assert!(scores.iter().all(|score| score.agrees));
    }

    #[test]
    fn a_layer_that_the_model_does_not_have_is_told() {
        let golden = [pair("a", 1.0, Some(9))];
        let told = |has| {
            let error = check(&mut layers(has), &golden, Precision::Fp32).err();
            error.expect("it has none").to_string()
        };
        assert!(told(Some((1, 4))).contains("layer 9 and it has layers 1 to 4"));
        assert!(told(None).contains("remove `layer`"));
    }
}
