//! Cross-encoders that other tools exported as ONNX, used as they are.

use std::path::Path;
use std::time::{Duration, Instant};

use riddle_core::{LongPassages, Pair, PairScore, Reranker, ScoreOptions};
use riddle_models::{CrossEncoder, Precision};
use serde::Deserialize;

use crate::setup::{Way, data, reranker_spec, runtime, ways};

/// What transformers computed in 32 bits.
#[derive(Deserialize)]
struct Reference {
    max_tokens: usize,
    pairs: Vec<Recorded>,
}

#[derive(Deserialize)]
struct Recorded {
    query: String,
    passage: String,
    tokens: u32,
    logit: f32,
}

const EXPORTS: [&str; 2] = ["one-label", "two-labels"];
const FILES: [(&str, f32); 2] = [("model.onnx", 1e-4), ("model_fp16.onnx", 2e-2)];

#[test]
fn exports_of_one_label_and_of_two_score_like_transformers() {
    for way in ways() {
        for name in EXPORTS {
            let folder = data().join("foreign-onnx").join(name);
            for (file, tolerance) in FILES {
                let Some(mut reranker) = open(&folder, file, way) else {
                    return;
                };
                check(&mut reranker, &folder, tolerance);
            }
        }
    }
}

/// Nothing but `config.json` says how long a pair may be: the graph fails on a longer one.
#[test]
fn the_limit_of_the_configuration_holds_for_exports() {
    for name in EXPORTS {
        let folder = data().join("foreign-onnx").join(name);
        let Some(mut reranker) = open(&folder, "model.onnx", Way::USUAL) else {
            return;
        };
        let limit = reference(&folder).max_tokens;
        assert_eq!(reranker.info().max_tokens, limit);
        let passage = "a coarse net that lets small things through ".repeat(20);
        let pair = Pair {
            query: "what is a sieve?",
            passage: &passage,
        };
        let cut = score(&mut reranker, pair, LongPassages::Truncate);
        assert_eq!((cut.tokens as usize, cut.truncated), (limit, true));
        let whole = score(&mut reranker, pair, LongPassages::MaxSlice);
        assert!(whole.window.is_some_and(|window| window.count > 2));
    }
}

fn check(reranker: &mut CrossEncoder, folder: &Path, tolerance: f32) {
    for recorded in &reference(folder).pairs {
        let pair = Pair {
            query: &recorded.query,
            passage: &recorded.passage,
        };
        let score = score(reranker, pair, LongPassages::Truncate);
        assert_eq!(score.tokens, recorded.tokens);
        let difference = (score.raw - recorded.logit).abs();
        assert!(
            difference < tolerance,
            "{} instead of {}",
            score.raw,
            recorded.logit
        );
    }
}

fn open(folder: &Path, file: &str, way: Way) -> Option<CrossEncoder> {
    let runtime = way.on(&runtime(2)?);
    let cache = tempfile::tempdir().expect("a temporary folder");
    let mut spec = reranker_spec(folder.to_owned(), cache.path(), Precision::Int8);
    spec.weights = file.to_owned();
    Some(CrossEncoder::open(&runtime, &spec).expect("it loads"))
}

fn reference(folder: &Path) -> Reference {
    let json = std::fs::read(folder.join("reference.json")).expect("it is committed");
    serde_json::from_slice(&json).expect("it is a reference")
}

fn score(reranker: &mut CrossEncoder, pair: Pair<'_>, long_passages: LongPassages) -> PairScore {
    let options = ScoreOptions {
        long_passages,
        ..ScoreOptions::until(Instant::now() + Duration::from_secs(60))
    };
    let scores = reranker.score(&[pair], &options);
    scores.expect("the model runs")[0].expect("there is time enough")
}
