//! Damaged files of a model are told, or do no harm.

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use riddle_core::{Pair, Reranker, ScoreOptions};
use riddle_models::{Compute, CrossEncoder, Precision};

use crate::setup::{data, reranker_spec};

/// Bytes that are replaced, each at a place of its own.
type Damage = Vec<(Index, u8)>;

/// Fewer than other properties have: each case opens a model.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: ProptestConfig::default().cases.div_ceil(4),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Bytes of any kind, and characters that keep a JSON file readable more often.
fn damage() -> impl Strategy<Value = Damage> {
    let value = prop_oneof![
        any::<u8>(),
        prop::sample::select(b"0123456789-\",:{}[] ".to_vec())
    ];
    prop::collection::vec((any::<Index>(), value), 1..6)
}

fn damaged(mut bytes: Vec<u8>, damage: Damage) -> Vec<u8> {
    for (place, value) in damage {
        let place = place.index(bytes.len());
        bytes[place] = value;
    }
    bytes
}

/// Opens a model whose one file is other than it was, and scores with it where it opens. Nothing may panic.
fn open_and_score(file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>, precision: Precision) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tiny = data().join("tiny/bert");
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(tiny.join(name), folder.path().join(name)).expect("copied");
    }
    let bytes = std::fs::read(tiny.join(file)).expect("it is committed");
    std::fs::write(folder.path().join(file), change(bytes)).expect("written");
    score(folder.path(), precision);
}

/// The same with a graph of another tool.
fn open_graph_and_score(change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let export = data().join("foreign-onnx/one-label");
    let tokenizer = "tokenizer.json";
    std::fs::copy(export.join(tokenizer), folder.path().join(tokenizer)).expect("copied");
    let bytes = std::fs::read(export.join("model_quantized.onnx")).expect("it is committed");
    std::fs::write(folder.path().join("model.onnx"), change(bytes)).expect("written");
    score(folder.path(), Precision::Int8);
}

fn score(folder: &Path, precision: Precision) {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let mut spec = reranker_spec(folder.to_owned(), cache.path(), precision);
    if folder.join("model.onnx").exists() {
        spec.weights = "model.onnx".to_owned();
    }
    let Ok(mut reranker) = CrossEncoder::open(&Compute::new(1), &spec) else {
        return;
    };
    let pair = Pair {
        query: "what is a sieve?",
        passage: "A sieve keeps what is coarse. 筛子 🐼",
    };
    let options = ScoreOptions::until(Instant::now() + Duration::from_secs(600));
    let _ = reranker.score(&[pair], &options);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn fuzz_damaged_configurations(damage in damage()) {
        open_and_score("config.json", |bytes| damaged(bytes, damage), Precision::Int8);
    }

    #[test]
    fn fuzz_damaged_tokenizers(damage in damage()) {
        open_and_score("tokenizer.json", |bytes| damaged(bytes, damage), Precision::Fp32);
    }

    /// Most of the file is numbers, of which any will do; what describes them is at the start.
    #[test]
    fn fuzz_damaged_weights(damage in damage(), anywhere in damage()) {
        let change = |bytes: Vec<u8>| {
            let (head, rest) = bytes.split_at(3_000.min(bytes.len()));
            let bytes = [&*damaged(head.to_vec(), damage), rest].concat();
            damaged(bytes, anywhere)
        };
        open_and_score("model.safetensors", change, Precision::Int8);
    }

    /// On our own engine, which reads what it can of a graph.
    #[test]
    fn fuzz_damaged_graphs_of_other_tools(damage in damage()) {
        open_graph_and_score(|bytes| damaged(bytes, damage));
    }

    #[test]
    fn fuzz_files_that_end_early(
        file in prop::sample::select(vec!["config.json", "tokenizer.json", "model.safetensors"]),
        end in any::<Index>(),
    ) {
        let change = |mut bytes: Vec<u8>| {
            bytes.truncate(end.index(bytes.len()));
            bytes
        };
        open_and_score(file, change, Precision::Bf16);
    }
}
