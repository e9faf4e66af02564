//! Cross-encoders that other tools exported as ONNX, used as they are.

use std::path::Path;
use std::time::{Duration, Instant};

use riddle_core::{LongPassages, Pair, PairScore, Reranker, ScoreOptions};
use riddle_models::{CrossEncoder, Precision, RerankerSpec};
use serde::Deserialize;

use crate::setup::{Way, data, reranker_spec, runtime, ways};

/// What transformers computed in 32 bits.
#[derive(Deserialize)]
pub(crate) struct Reference {
    max_tokens: usize,
    pub(crate) pairs: Vec<Recorded>,
}

#[derive(Deserialize)]
pub(crate) struct Recorded {
    pub(crate) query: String,
    pub(crate) passage: String,
    tokens: u32,
    pub(crate) logit: f32,
}

pub(crate) const EXPORTS: [&str; 2] = ["one-label", "two-labels"];
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

/// The sizes are in the graph, the special tokens in the tokenizer, and how long a pair may be in the catalogue.
#[test]
fn an_export_without_a_configuration_scores_all_the_same() {
    let root = tempfile::tempdir().expect("a folder");
    for name in EXPORTS {
        let folder = data().join("foreign-onnx").join(name);
        let bare = root.path().join(name);
        std::fs::create_dir(&bare).expect("a folder");
        for file in ["model.onnx", "tokenizer.json", "reference.json"] {
            std::fs::copy(folder.join(file), bare.join(file)).expect("it copies");
        }
        let Some(runtime) = runtime(2) else {
            return;
        };
        let spec = RerankerSpec {
            weights: "model.onnx".to_owned(),
            max_tokens: reference(&bare).max_tokens,
            ..reranker_spec(bare.clone(), root.path(), Precision::Int8)
        };
        let mut reranker = CrossEncoder::open(&runtime, &spec).expect("it loads");
        check(&mut reranker, &bare, 1e-4);
    }
}

/// ONNX Runtime fails on a longer pair, and nothing beside the graph says how long one may be.
#[test]
fn the_limit_of_a_graph_without_a_configuration_holds() {
    let bare = tempfile::tempdir().expect("a folder");
    for name in EXPORTS {
        let folder = data().join("foreign-onnx").join(name);
        for file in ["model.onnx", "tokenizer.json"] {
            std::fs::copy(folder.join(file), bare.path().join(file)).expect("it copies");
        }
        let Some(mut reranker) = open(bare.path(), "model.onnx", Way::OnnxRuntime) else {
            return;
        };
        let limit = reference(&folder).max_tokens;
        assert_eq!(reranker.info().max_tokens, limit, "{name}");
        let passage = "a coarse net that lets small things through ".repeat(20);
        let pair = Pair {
            query: "what is a sieve?",
            passage: &passage,
        };
        let cut = score(&mut reranker, pair, LongPassages::Truncate);
        assert_eq!(
            (cut.tokens as usize, cut.truncated),
            (limit, true),
            "{name}"
        );
    }
}

pub(crate) fn check(reranker: &mut CrossEncoder, folder: &Path, tolerance: f32) {
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

pub(crate) fn reference(folder: &Path) -> Reference {
    let json = std::fs::read(folder.join("reference.json")).expect("it is committed");
    serde_json::from_slice(&json).expect("it is a reference")
}

pub(crate) fn score(
    reranker: &mut CrossEncoder,
    pair: Pair<'_>,
    long_passages: LongPassages,
) -> PairScore {
    let options = ScoreOptions {
        long_passages,
        ..ScoreOptions::until(Instant::now() + Duration::from_secs(60))
    };
    let scores = reranker.score(&[pair], &options);
    scores.expect("the model runs")[0].expect("there is time enough")
}

/// A field of a protocol buffer that holds bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).expect("it is short");
    assert!(length < 128 && number < 16);
    [&[number << 3 | 2, length], bytes].concat()
}

/// A field that holds a small number.
fn number(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

/// A graph that gives back weights of a file of this name.
fn graph_with_weights_in(location: &str) -> Vec<u8> {
    let place = [field(1, b"location"), field(2, location.as_bytes())].concat();
    let weights = [
        number(1, 4),
        number(2, 1),
        field(8, b"w"),
        field(13, &place),
        number(14, 1),
    ];
    let node = [field(1, b"w"), field(2, b"y"), field(4, b"Identity")];
    let shape = field(2, &field(1, &number(1, 4)));
    let tensor = [number(1, 1), shape].concat();
    let output = [field(1, b"y"), field(2, &field(1, &tensor))];
    let graph = [
        field(1, &node.concat()),
        field(2, b"g"),
        field(5, &weights.concat()),
        field(12, &output.concat()),
    ];
    let opset = [field(1, b""), number(2, 13)].concat();
    [number(1, 8), field(7, &graph.concat()), field(8, &opset)].concat()
}

#[test]
fn an_error_about_a_graph_names_no_folder_of_this_machine() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("my private models");
    std::fs::create_dir(&folder).expect("a folder");
    let sound = data().join("foreign-onnx").join(EXPORTS[0]);
    for entry in std::fs::read_dir(sound).expect("a folder") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), folder.join(entry.file_name())).expect("it copies");
    }
    for location in ["absent.bin", "../elsewhere.bin", "/etc/passwd"] {
        std::fs::write(folder.join("model.onnx"), graph_with_weights_in(location))
            .expect("written");
        let Some(runtime) = runtime(1) else {
            return;
        };
        let mut spec = reranker_spec(folder.clone(), root.path(), Precision::Fp32);
        spec.weights = "model.onnx".to_owned();
        let error = CrossEncoder::open(&runtime, &spec)
            .err()
            .expect("it is refused");
        let message = error.to_string();
        assert!(message.contains("model.onnx"), "{message}");
        for secret in [
            root.path().to_str().expect("text"),
            "private",
            "/tmp",
            "/etc",
        ] {
            assert!(!message.contains(secret), "{secret}: {message}");
        }
    }
}
