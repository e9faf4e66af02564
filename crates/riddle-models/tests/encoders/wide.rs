//! Encoders as wide as small trained ones, with made-up weights, in 8 bits.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use riddle_core::{Pair, Reranker, ScoreOptions};
use riddle_models::{Compute, CrossEncoder, Precision};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize_to_file};
use serde_json::Value;

use crate::setup::{data, reranker_spec, runtime, texts, ways, worst_inversion};
use crate::tiny::ARCHITECTURES;

/// How much wider than the committed models, whose vectors have 32 numbers.
const FACTOR: usize = 4;
/// Sizes of the committed models that grow: vectors, feed-forward layers and what is joined of them.
const GROWING: [usize; 3] = [32, 48, 96];

/// Scores of made-up weights lie closer together than those of trained ones, so that the worst of many pairs is off by
/// up to 10 % of their range here; what must not happen is that more than few pairs change places.
#[test]
fn quantized_scores_of_wide_models_keep_the_order_of_nearly_all_that_differ_by_2_percent() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    for name in ARCHITECTURES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        widen(name, folder.path());
        let texts = texts();
        let pairs: Vec<Pair<'_>> = pairs(&texts).collect();
        let exact = scores(&runtime, folder.path(), Precision::Fp32, &pairs);
        for way in ways() {
            let runtime = way.on(&runtime);
            let quantized = scores(&runtime, folder.path(), Precision::Int8, &pairs);
            let scored: Vec<(f32, f32)> = exact.iter().copied().zip(quantized).collect();
            let (share, worst) = (share_inverted(&scored), worst_inversion(&scored));
            eprintln!(
                "{name}, {way:?}: {:.2} % change places, at most {:.1} % of the range apart",
                100.0 * share,
                100.0 * worst
            );
            assert!(share < 0.015, "{name}, {way:?}: {share}");
            assert!(worst < 0.12, "{name}, {way:?}: {worst}");
        }
    }
}

/// Of all two scores that differ by more than 2 % of the range, the share of those whose quantized ones change places.
fn share_inverted(scored: &[(f32, f32)]) -> f32 {
    let exact = || scored.iter().map(|(exact, _)| *exact);
    let range = exact().fold(f32::MIN, f32::max) - exact().fold(f32::MAX, f32::min);
    let (mut apart, mut inverted) = (0_u32, 0_u32);
    for (exact, got) in scored {
        for (other, other_got) in scored {
            if exact - other > 0.02 * range {
                apart += 1;
                inverted += u32::from(got <= other_got);
            }
        }
    }
    inverted as f32 / apart as f32
}

/// Three questions beside passages of many languages and lengths.
fn pairs(texts: &[String]) -> impl Iterator<Item = Pair<'_>> {
    let queries = ["what is a sieve?", "重排序为什么有用？", ""];
    texts.iter().enumerate().map(move |(place, passage)| Pair {
        query: queries[place % queries.len()],
        passage,
    })
}

fn scores(runtime: &Compute, folder: &Path, precision: Precision, pairs: &[Pair<'_>]) -> Vec<f32> {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let spec = reranker_spec(folder.to_owned(), cache.path(), precision);
    let mut reranker = CrossEncoder::open(runtime, &spec).expect("it loads");
    let options = ScoreOptions::until(Instant::now() + Duration::from_secs(600));
    let scores = reranker.score(pairs, &options).expect("the model runs");
    let raw = scores.iter().flatten().map(|score| score.raw);
    raw.collect()
}

/// A committed model with larger tensors, whose numbers are made up anew.
fn widen(name: &str, folder: &Path) {
    let tiny = data().join("tiny").join(name);
    std::fs::copy(tiny.join("tokenizer.json"), folder.join("tokenizer.json")).expect("copied");
    let config = std::fs::read(tiny.join("config.json")).expect("it is committed");
    let mut config: Value = serde_json::from_slice(&config).expect("it is JSON");
    for key in ["hidden_size", "intermediate_size", "dim", "hidden_dim"] {
        if let Some(size) = config[key].as_u64() {
            config[key] = (size * FACTOR as u64).into();
        }
    }
    std::fs::write(folder.join("config.json"), config.to_string()).expect("written");
    let weights = std::fs::read(tiny.join("model.safetensors")).expect("it is committed");
    let weights = SafeTensors::deserialize(&weights).expect("it is committed");
    let mut names: Vec<&str> = weights.names();
    names.sort_unstable();
    let mut random = Random(7);
    let mut made: HashMap<&str, (Vec<usize>, Vec<u8>)> = HashMap::new();
    for name in names {
        let shape = weights
            .tensor(name)
            .expect("it has a name")
            .shape()
            .to_vec();
        let shape: Vec<usize> = shape.into_iter().map(grown).collect();
        let values = random.tensor(name, &shape);
        made.insert(name, (shape, values));
    }
    let views = made.iter().map(|(name, (shape, values))| {
        let view = TensorView::new(Dtype::F32, shape.clone(), values);
        (*name, view.expect("as many numbers as its shape says"))
    });
    serialize_to_file(views, None, &folder.join("model.safetensors")).expect("written");
}

fn grown(size: usize) -> usize {
    if GROWING.contains(&size) {
        size * FACTOR
    } else {
        size
    }
}

/// The same numbers on every run.
struct Random(u64);

impl Random {
    /// A tensor as fresh models have it, but with the spread that the committed ones have.
    fn tensor(&mut self, name: &str, shape: &[usize]) -> Vec<u8> {
        let count = shape.iter().product();
        let (middle, spread) = match shape {
            [_] if name.to_lowercase().contains("norm") && name.ends_with("weight") => (1.0, 0.2),
            [_] => (0.0, 0.2),
            [.., inputs] => (0.0, 1.7 / (*inputs as f32).sqrt()),
            [] => (0.0, 0.0),
        };
        let values = (0..count).map(|_| middle + spread * self.normal());
        values.flat_map(f32::to_le_bytes).collect()
    }

    /// A normal number, by Box and Muller.
    fn normal(&mut self) -> f32 {
        let (radius, angle) = (self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (std::f32::consts::TAU * angle).cos()
    }

    /// Above 0 and up to 1, by splitmix64.
    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        ((bits >> 40) as f32 + 1.0) / (1_u64 << 24) as f32
    }
}
