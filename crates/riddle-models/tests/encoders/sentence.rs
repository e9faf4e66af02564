//! Embedders told by sentence-transformers' own files give its vectors.

use std::path::{Path, PathBuf};

use riddle_core::{Embedder, Purpose, Similarity};
use riddle_models::{
    EmbedderSpec, ModelRole, Precision, Snapshot, TextEmbedder, Wishes, recognise,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::setup::{data, reranker_spec, runtime, ways};
use crate::tiny::{assert_close, check_scores, recorded_texts};

#[derive(Deserialize)]
struct Reference {
    texts: Vec<String>,
    queries: Vec<Vec<f32>>,
    passages: Vec<Vec<f32>>,
}

/// Files that a model consists of, over those of the tiny network.
fn folder_of(name: &str, whole: &Path) {
    let network = data().join("tiny/bert");
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(network.join(file), whole.join(file)).expect("copied");
    }
    copy(&data().join("tiny/sentence").join(name), whole);
}

fn copy(from: &Path, to: &Path) {
    for found in std::fs::read_dir(from).expect("committed") {
        let path = found.expect("readable").path();
        let target = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            std::fs::create_dir_all(&target).expect("made");
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("copied");
        }
    }
}

fn spec_of(folder: PathBuf, cache: &Path) -> EmbedderSpec {
    let (snapshot, folder) = Snapshot::of_folder(&folder).expect("it is a folder");
    let found = recognise(&snapshot, &Wishes::default()).expect("it can be run");
    let ModelRole::Embedder(facts) = found.entry.role else {
        panic!("{:?}", found.entry.role);
    };
    EmbedderSpec {
        name: found.entry.name,
        folder,
        weights: found.entry.weights,
        cache: cache.to_owned(),
        precision: Precision::Fp32,
        pooling: facts.pooling,
        similarity: facts.similarity,
        dimensions: facts.dimensions,
        query_prefix: facts.query_prefix,
        passage_prefix: facts.passage_prefix,
        max_tokens: found.entry.max_tokens,
        languages: found.entry.languages,
    }
}

#[test]
fn recognised_embedders_equal_sentence_transformers() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    let mut checked = 0;
    for found in std::fs::read_dir(data().join("tiny/sentence")).expect("committed") {
        let path = found.expect("readable").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        let json = std::fs::read(path.join("reference.json")).expect("committed");
        let reference: Reference = serde_json::from_slice(&json).expect("it is a reference");
        let work = tempfile::tempdir().expect("a temporary folder");
        let (whole, cache) = (work.path().join(name), work.path().join("cache"));
        std::fs::create_dir_all(&whole).expect("made");
        folder_of(name, &whole);
        let spec = spec_of(whole, &cache);
        for way in ways() {
            let (mut embedder, _) = TextEmbedder::load(&way.on(&runtime), &spec).expect("it loads");
            let texts: Vec<&str> = reference.texts.iter().map(String::as_str).collect();
            for (purpose, expected) in [
                (Purpose::Query, &reference.queries),
                (Purpose::Passage, &reference.passages),
            ] {
                let vectors = embedder.embed(&texts, purpose).expect("it runs");
                for ((vector, expected), text) in vectors.iter().zip(expected).zip(&texts) {
                    assert_eq!(vector.len(), expected.len(), "{name}");
                    let far = vector.iter().zip(expected).map(|(a, b)| (a - b).abs());
                    let worst = far.fold(0.0, f32::max);
                    assert!(
                        worst < 1e-4,
                        "{name}, {way:?}, {purpose:?}, {text}: off by {worst}"
                    );
                }
            }
        }
        checked += 1;
    }
    assert_eq!(checked, 12);
}

#[test]
fn a_dense_layer_decides_about_the_fingerprint_and_must_fit() {
    let Some(runtime) = runtime(1) else {
        return;
    };
    let work = tempfile::tempdir().expect("a temporary folder");
    let whole = work.path().join("dense");
    std::fs::create_dir_all(&whole).expect("made");
    folder_of("dense", &whole);
    let spec = spec_of(whole.clone(), work.path());
    let fingerprint = |spec: &EmbedderSpec| {
        let (embedder, _) = TextEmbedder::load(&runtime, spec).expect("it loads");
        embedder.info().fingerprint.clone()
    };
    let before = fingerprint(&spec);
    let weights = whole.join(&spec.pooling.dense[0].weights);
    let mut bytes = std::fs::read(&weights).expect("there");
    let last = bytes.len() - 2;
    bytes[last] ^= 0x10;
    std::fs::write(&weights, &bytes).expect("written");
    assert_ne!(fingerprint(&spec), before);
    let mut wider = spec;
    wider.pooling.kinds.push(riddle_models::PoolingKind::Max);
    let refused = TextEmbedder::load(&runtime, &wider)
        .err()
        .expect("64 numbers come in");
    let message = refused.to_string();
    assert!(
        message.contains("takes vectors of 32") && message.contains("2_Dense"),
        "{message}"
    );
}

/// Without the last step, and compared by dot product, as msmarco-distilbert-dot-v5 and multi-qa-mpnet-base-dot-v1 are.
fn for_dot_products(pooling: &str, whole: &Path) {
    std::fs::create_dir_all(whole).expect("made");
    folder_of(pooling, whole);
    let change = |file: &str, change: &dyn Fn(&mut Value)| {
        let path = whole.join(file);
        let bytes = std::fs::read(&path).expect("there");
        let mut json: Value = serde_json::from_slice(&bytes).expect("JSON");
        change(&mut json);
        std::fs::write(&path, json.to_string()).expect("written");
    };
    change("modules.json", &|modules| {
        let steps = modules.as_array_mut().expect("a list");
        steps.retain(|step| step["path"] != "2_Normalize");
        assert_eq!(steps.len(), 2);
    });
    change("config_sentence_transformers.json", &|settings| {
        settings["similarity_fn_name"] = json!("dot");
    });
}

/// The mean of the vectors of the tokens, or that of the first.
fn pooled(tokens: &[Vec<f32>], pooling: &str) -> Vec<f32> {
    if pooling == "pooling-cls_token" {
        return tokens[0].clone();
    }
    let sum = |column: usize| tokens.iter().map(|row| row[column]).sum::<f32>();
    let columns = 0..tokens[0].len();
    columns
        .map(|column| sum(column) / tokens.len() as f32)
        .collect()
}

/// What transformers gives for each token, pooled without another step, is what sentence-transformers gives for a text.
#[test]
fn vectors_for_dot_products_are_what_the_network_and_the_pooling_give() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    for pooling in ["pooling-mean_tokens", "pooling-cls_token"] {
        let work = tempfile::tempdir().expect("a temporary folder");
        let whole = work.path().join("whole");
        for_dot_products(pooling, &whole);
        let spec = spec_of(whole, &work.path().join("cache"));
        assert_eq!(spec.similarity, Similarity::Dot);
        for way in ways() {
            let (mut embedder, _) = TextEmbedder::load(&way.on(&runtime), &spec).expect("it loads");
            let similarity = Similarity::of_fingerprint(&embedder.info().fingerprint);
            assert_eq!(similarity, Similarity::Dot);
            for text in recorded_texts("bert") {
                let vectors = embedder.embed(&[&text.text], Purpose::Passage);
                assert_close(
                    &vectors.expect("it runs")[0],
                    &pooled(&text.hidden, pooling),
                );
            }
        }
    }
}

#[test]
fn a_cross_encoder_is_recognised_and_gives_its_scores() {
    let Some(runtime) = runtime(1) else {
        return;
    };
    for (name, labels) in [("bert", "one label"), ("bert-two-labels", "two labels")] {
        let (snapshot, folder) =
            Snapshot::of_folder(&data().join("tiny").join(name)).expect("it is a folder");
        let found = recognise(&snapshot, &Wishes::default()).expect("it can be run");
        assert!(
            found.recognised[0].contains(labels),
            "{:?}",
            found.recognised
        );
        assert!(matches!(found.entry.role, ModelRole::Reranker(_)));
        let cache = tempfile::tempdir().expect("a temporary folder");
        let mut spec = reranker_spec(folder, cache.path(), Precision::Fp32);
        spec.weights = found.entry.weights;
        check_scores(&runtime, spec);
    }
}
