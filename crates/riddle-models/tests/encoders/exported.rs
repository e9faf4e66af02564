//! ONNX files of known architectures on our own engine, beside ONNX Runtime on the same files.

use std::path::{Path, PathBuf};

use riddle_core::{Embedder, LanguageCoverage, LongPassages, Pair, Purpose, Similarity, dot};
use riddle_models::{
    Compute, CrossEncoder, EmbedderSpec, EncoderEngine, PoolingKind, Precision, TextEmbedder,
};
use riddle_test_support::shared_data;

use crate::foreign::{EXPORTS, check, reference, score};
use crate::setup::{
    data, floats_are_ours, range_of_exact, reranker_spec, runtime, worst_inversion,
};

const QUANTIZED: &str = "model_quantized.onnx";

fn exports(name: &str) -> PathBuf {
    data().join("foreign-onnx").join(name)
}

fn open(
    compute: &Compute,
    folder: &Path,
    file: &str,
    cache: &Path,
) -> Result<CrossEncoder, String> {
    let mut spec = reranker_spec(folder.to_owned(), cache, Precision::Int8);
    spec.weights = file.to_owned();
    CrossEncoder::open(compute, &spec).map_err(|error| error.to_string())
}

fn on_onnxruntime(compute: &Compute) -> Compute {
    compute.clone().with_engine(EncoderEngine::OnnxRuntime)
}

/// A copy of an export whose graph has other bytes, without `config.json`.
fn changed(name: &str, change: impl FnOnce(&mut Vec<u8>)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in ["tokenizer.json", "reference.json"] {
        std::fs::copy(exports(name).join(file), folder.path().join(file)).expect("it copies");
    }
    let mut graph = std::fs::read(exports(name).join("model.onnx")).expect("it is committed");
    change(&mut graph);
    std::fs::write(folder.path().join("model.onnx"), graph).expect("written");
    folder
}

fn find(bytes: &[u8], part: &[u8]) -> usize {
    let mut windows = bytes.windows(part.len());
    windows
        .position(|window| window == part)
        .expect("it is there")
}

/// Another function of one number in place of the error function.
fn with_cosine() -> tempfile::TempDir {
    changed("one-label", |graph| {
        let place = find(graph, b"\x22\x03Erf");
        graph[place + 2..place + 5].copy_from_slice(b"Cos");
    })
}

#[test]
fn known_exports_need_no_library_and_score_like_transformers() {
    let cache = tempfile::tempdir().expect("a temporary folder");
    for name in EXPORTS {
        let folder = exports(name);
        // What 8 bits do to tiny models of random weights, of whose scores some are far from others.
        for (file, tolerance) in [
            ("model.onnx", 1e-4),
            ("model_fp16.onnx", 2e-2),
            (QUANTIZED, 0.5),
        ] {
            let opened = open(&Compute::new(2), &folder, file, cache.path());
            let mut reranker = opened.expect("our own engine knows it");
            assert!(reranker.engine().starts_with("native"), "{file}");
            check(&mut reranker, &folder, tolerance);
        }
    }
}

/// Scores by our own engine and by ONNX Runtime, both of the same file.
fn beside_onnxruntime(
    compute: &Compute,
    folder: &Path,
    file: &str,
    pairs: &[(String, String)],
) -> Vec<(f32, f32)> {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let mut ours = open(compute, folder, file, cache.path()).expect("it opens");
    assert_eq!(
        ours.engine().starts_with("native"),
        file == QUANTIZED || floats_are_ours(),
        "{file}: {}",
        ours.engine()
    );
    let mut theirs = open(&on_onnxruntime(compute), folder, file, cache.path()).expect("it opens");
    assert_eq!(theirs.engine(), "onnxruntime");
    let scored = pairs.iter().map(|(query, passage)| {
        let pair = Pair { query, passage };
        let [theirs, ours] =
            [&mut theirs, &mut ours].map(|engine| score(engine, pair, LongPassages::Truncate).raw);
        (theirs, ours)
    });
    scored.collect()
}

fn recorded(folder: &Path) -> Vec<(String, String)> {
    let pairs = reference(folder).pairs.into_iter();
    pairs.map(|pair| (pair.query, pair.passage)).collect()
}

#[test]
fn scores_are_those_of_onnxruntime_within_the_bounds_of_8_bits() {
    let Some(compute) = runtime(2) else {
        return;
    };
    for name in EXPORTS {
        let folder = exports(name);
        let pairs = recorded(&folder);
        let scored = beside_onnxruntime(&compute, &folder, QUANTIZED, &pairs);
        // Both round, and each is as far from exact scores as 8 bits are.
        let exact = reference(&folder).pairs.into_iter().map(|pair| pair.logit);
        let ours = exact.zip(scored.iter().map(|(_, ours)| *ours));
        let beside_exact = worst_inversion(&ours.collect::<Vec<_>>());
        let beside_theirs = worst_inversion(&scored);
        eprintln!("{name}: {beside_exact}, {beside_theirs}");
        assert!(beside_exact < 0.02, "{name}: {beside_exact}");
        assert!(beside_theirs < 0.05, "{name}: {beside_theirs}");
        for (theirs, ours) in beside_onnxruntime(&compute, &folder, "model.onnx", &pairs) {
            assert!(
                (ours - theirs).abs() < 1e-4,
                "{name}: {ours} instead of {theirs}"
            );
        }
    }
}

#[test]
fn a_graph_that_is_not_understood_runs_on_onnxruntime() {
    let folder = with_cosine();
    let cache = tempfile::tempdir().expect("a temporary folder");
    let refused = open(&Compute::new(1), folder.path(), "model.onnx", cache.path());
    let told = refused.err().expect("it needs ONNX Runtime");
    for part in ["an ONNX file", "ONNX Runtime", "scripts/setup-runtime.sh"] {
        assert!(told.contains(part), "{told}");
    }
    let Some(compute) = runtime(1) else {
        return;
    };
    let opened = open(&compute, folder.path(), "model.onnx", cache.path());
    assert_eq!(opened.expect("it opens").engine(), "onnxruntime");
}

/// Our own engine would take the vector of another token for each that the graph does not have.
#[test]
fn a_tokenizer_of_another_graph_is_refused() {
    let folder = changed("two-labels", |_| {});
    let (from, to) = (exports("one-label"), folder.path());
    std::fs::copy(from.join("tokenizer.json"), to.join("tokenizer.json")).expect("it copies");
    let cache = tempfile::tempdir().expect("a temporary folder");
    let own = Compute::new(1);
    let runtimes = [
        Some(own),
        runtime(1).map(|compute| on_onnxruntime(&compute)),
    ];
    for compute in runtimes.into_iter().flatten() {
        let opened = open(&compute, to, "model.onnx", cache.path());
        let told = opened.err().expect("it is another model's");
        let says = "`tokenizer.json`: has the token 596 where the graph has a vocabulary of 400";
        assert!(told.contains(says), "{told}");
    }
}

/// The graph calls the first special token the padding, from behind which positions are counted, so that each text
/// begins with padding, which no text of a sound model does. Nothing but running it tells.
fn with_padding_that_is_none() -> tempfile::TempDir {
    changed("two-labels", |graph| {
        let number = [&b"\x4a\x08"[..], &1_i64.to_le_bytes()].concat();
        for constant in ["Constant", "Constant_2"] {
            let name = format!("/model/roberta/embeddings/{constant}_output_0");
            let node = find(graph, name.as_bytes());
            let place = node + find(&graph[node..], &number) + 2;
            graph[place..place + 8].copy_from_slice(&0_i64.to_le_bytes());
        }
    })
}

#[test]
fn a_graph_that_gives_other_scores_than_ours_runs_on_onnxruntime_and_is_remembered() {
    let Some(compute) = runtime(1) else {
        return;
    };
    let folder = with_padding_that_is_none();
    let cache = tempfile::tempdir().expect("a temporary folder");
    let opened = open(&compute, folder.path(), "model.onnx", cache.path());
    assert_eq!(opened.expect("it opens").engine(), "onnxruntime");
    // Without the library nobody can be asked, but this was asked before.
    let refused = open(&Compute::new(1), folder.path(), "model.onnx", cache.path());
    let told = refused.err().expect("it needs ONNX Runtime");
    assert!(
        told.contains("did not give what ONNX Runtime gives"),
        "{told}"
    );
}

#[test]
fn a_sound_file_is_compared_once() {
    let Some(compute) = runtime(1) else {
        return;
    };
    let (folder, cache) = (exports("one-label"), tempfile::tempdir().expect("a folder"));
    let remembered = || {
        let files = std::fs::read_dir(cache.path()).expect("a folder");
        let paths = files.map(|file| file.expect("an entry").path());
        let mut found = paths.filter(|path| path.to_string_lossy().ends_with("exported.json"));
        found.next().expect("it was compared")
    };
    let opened = open(&compute, &folder, QUANTIZED, cache.path());
    assert!(opened.expect("it opens").engine().starts_with("native"));
    let known = std::fs::read_to_string(remembered()).expect("it is text");
    assert!(known.contains("\"agrees\":true"), "{known}");
    let other = known.replace("true", "false");
    std::fs::write(remembered(), &other).expect("written");
    let opened = open(&compute, &folder, QUANTIZED, cache.path());
    assert_eq!(
        opened.expect("it opens").engine(),
        "onnxruntime",
        "it is taken from there"
    );
    // Of another version of the comparison it is asked again.
    let old = known.replace("\"version\":", "\"version\":10");
    std::fs::write(remembered(), old).expect("written");
    let opened = open(&compute, &folder, QUANTIZED, cache.path());
    assert!(opened.expect("it opens").engine().starts_with("native"));
    assert_eq!(std::fs::read_to_string(remembered()).expect("text"), known);
}

fn embedder(compute: &Compute, file: &str, cache: &Path) -> TextEmbedder {
    let spec = EmbedderSpec {
        name: "an-export".to_owned(),
        folder: exports("hidden-states"),
        weights: file.to_owned(),
        cache: cache.to_owned(),
        precision: Precision::Int8,
        pooling: PoolingKind::Mean.into(),
        similarity: Similarity::Cosine,
        dimensions: 16,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: 40,
        languages: LanguageCoverage::Multilingual,
    };
    TextEmbedder::load(compute, &spec).expect("it opens").0
}

fn unit(vectors: &[Vec<f32>]) -> Vec<f32> {
    let length = dot(&vectors[0], &vectors[0]).sqrt();
    vectors[0].iter().map(|value| value / length).collect()
}

/// The cosine of what two embedders make of a text.
fn cosine(a: &mut TextEmbedder, b: &mut TextEmbedder, text: &str) -> f32 {
    let [a, b] = [a, b].map(|embedder| {
        let vectors = embedder.embed(&[text], Purpose::Passage);
        unit(&vectors.expect("the model runs"))
    });
    dot(&a, &b)
}

const TEXTS: [&str; 3] = [
    "what is a sieve?",
    "",
    "a coarse net lets small things through",
];

/// There is no `config.json`: the sizes come from the graph.
#[test]
fn vectors_in_floats_are_the_same_on_both_engines_and_share_a_fingerprint() {
    let Some(compute) = runtime(1) else {
        return;
    };
    let cache = tempfile::tempdir().expect("a temporary folder");
    let mut theirs = embedder(&on_onnxruntime(&compute), "model.onnx", cache.path());
    for compute in [compute, Compute::new(1)] {
        let mut ours = embedder(&compute, "model.onnx", cache.path());
        let elsewhere = compute.onnxruntime().is_ok() && !floats_are_ours();
        assert_ne!(ours.engine().starts_with("native"), elsewhere);
        assert_eq!(ours.info().fingerprint, theirs.info().fingerprint);
        for text in TEXTS {
            let cosine = cosine(&mut ours, &mut theirs, text);
            assert!(cosine > 0.9999, "{text}: {cosine}");
        }
    }
}

#[test]
fn vectors_in_8_bits_stay_those_of_the_engine_that_made_the_first() {
    let Some(library) = runtime(1) else {
        return;
    };
    let before = tempfile::tempdir().expect("a temporary folder");
    let mut theirs = embedder(&on_onnxruntime(&library), QUANTIZED, before.path());
    let still = embedder(&library, QUANTIZED, before.path());
    assert_eq!(
        still.engine(),
        "onnxruntime",
        "it has embedded with this file"
    );
    assert_eq!(still.info().fingerprint, theirs.info().fingerprint);

    let new = tempfile::tempdir().expect("a temporary folder");
    let mut ours = embedder(&Compute::new(1), QUANTIZED, new.path());
    let other = embedder(&library, QUANTIZED, new.path());
    assert!(
        other.engine().starts_with("native"),
        "the library came later"
    );
    assert_eq!(other.info().fingerprint, ours.info().fingerprint);
    assert_ne!(ours.info().fingerprint, theirs.info().fingerprint);
    assert!(ours.info().compatible.is_empty() && theirs.info().compatible.is_empty());
    let fresh = tempfile::tempdir().expect("a temporary folder");
    let first = embedder(&library, QUANTIZED, fresh.path());
    assert_eq!(
        first.info().fingerprint,
        ours.info().fingerprint,
        "nothing was embedded before"
    );
    for text in TEXTS {
        let cosine = cosine(&mut ours, &mut theirs, text);
        assert!(cosine > 0.98, "{text}: {cosine}");
    }
}

/// ms-marco-MiniLM-L-12-v2 as ONNX Runtime quantizes it, and passages of SciFact.
#[test]
fn a_trained_reranker_of_12_layers_scores_as_on_onnxruntime() {
    let model = shared_data("models/ms-marco-minilm-l12-int8");
    let corpus = shared_data("retrieval/scifact/corpus.jsonl");
    let (Some(folder), Some(corpus), Some(compute)) = (model, corpus, runtime(2)) else {
        return;
    };
    let lines = std::fs::read_to_string(corpus).expect("it is text");
    let passages = lines.lines().take(40).map(|line| {
        let passage: serde_json::Value = serde_json::from_str(line).expect("it is JSON");
        let text = passage["text"].as_str().expect("it has a text").to_owned();
        (
            passage["title"]
                .as_str()
                .expect("it has a title")
                .to_owned(),
            text,
        )
    });
    let passages: Vec<(String, String)> = passages.collect();
    let mut pairs = passages.clone();
    // Half of them answer to something else.
    for (pair, (title, _)) in pairs.iter_mut().zip(passages.iter().skip(1)).step_by(2) {
        pair.0.clone_from(title);
    }
    let scored = beside_onnxruntime(&compute, &folder, "model.onnx", &pairs);
    let range = range_of_exact(&scored);
    for (theirs, ours) in &scored {
        assert!(
            (ours - theirs).abs() < 0.06 * range,
            "{ours} instead of {theirs}"
        );
    }
    // ONNX Runtime itself is further than 2 % of the range from the exact scores.
    let worst = worst_inversion(&scored);
    assert!(worst < 0.05, "{worst}");
}
