//! Padded batches, as a GPU needs them, computed on the CPU: what they give is what texts alone give.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use riddle_core::{Embedder, LongPassages, Pair, PairScore, Purpose, Reranker, ScoreOptions};
use riddle_models::{
    Compute, CrossEncoder, CudaOptions, EncoderEngine, Layerwise, Precision, TextEmbedder,
};

use crate::setup::{cut_by_a_deadline, data, minilm, minilm_spec, reranker_spec, runtime, starter};

const ALONE: EncoderEngine = EncoderEngine::OnnxRuntime;
const TOGETHER: EncoderEngine = EncoderEngine::PaddedBatches;

/// Passages of many lengths, an empty one and one that is cut among them.
fn passages() -> Vec<String> {
    (0..37_usize)
        .map(|number| match number {
            5 => String::new(),
            11 => "sand in the river ".repeat(300),
            _ => "the sieve lets 小さな stones through, ".repeat(1 + number * number % 23),
        })
        .collect()
}

fn options(long_passages: LongPassages) -> ScoreOptions {
    ScoreOptions {
        long_passages,
        ..ScoreOptions::until(Instant::now() + Duration::from_secs(600))
    }
}

fn score(
    reranker: &mut dyn Reranker,
    passages: &[String],
    options: &ScoreOptions,
) -> Vec<PairScore> {
    let query = "what does a sieve let through?";
    let pair = |passage| Pair { query, passage };
    let pairs: Vec<Pair<'_>> = passages.iter().map(|passage| pair(passage)).collect();
    let scores = reranker.score(&pairs, options).expect("the model runs");
    scores
        .into_iter()
        .map(|score| score.expect("in time"))
        .collect()
}

/// Every pair scored in batches beside the same alone.
fn compare(alone: &mut dyn Reranker, together: &mut dyn Reranker, near: f32) {
    let passages = passages();
    for long in [LongPassages::Truncate, LongPassages::MaxSlice] {
        let options = options(long);
        let expected = score(alone, &passages, &options);
        let scores = score(together, &passages, &options);
        assert_eq!(scores.len(), passages.len());
        for (score, expected) in scores.iter().zip(&expected) {
            let apart = (score.raw - expected.raw).abs();
            assert!(apart < near, "{} instead of {}", score.raw, expected.raw);
            let facts = |s: &PairScore| (s.tokens, s.truncated, s.window.map(|w| w.count));
            assert_eq!(facts(score), facts(expected));
        }
    }
}

fn compare_cross_encoders(runtime: &Compute, folder: PathBuf, precision: Precision, near: f32) {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let mut spec = reranker_spec(folder, cache.path(), precision);
    // What is too long for the model is cut by its own limit.
    spec.max_tokens = 300;
    let open = |engine| {
        let runtime = runtime.clone().with_engine(engine);
        CrossEncoder::open(&runtime, &spec).expect("it loads")
    };
    compare(&mut open(ALONE), &mut open(TOGETHER), near);
}

#[test]
fn every_architecture_scores_in_padded_batches_what_it_scores_alone() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    for name in [
        "bert",
        "distilbert",
        "roberta",
        "xlm-roberta",
        "modernbert",
        "modernbert-biases",
    ] {
        let folder = data().join("tiny").join(name);
        compare_cross_encoders(&runtime, folder.clone(), Precision::Fp32, 1e-4);
        compare_cross_encoders(&runtime, folder, Precision::Fp16, 2e-2);
    }
}

#[test]
fn a_trained_cross_encoder_scores_in_padded_batches_what_it_scores_alone() {
    let Some((folder, runtime)) = starter().zip(runtime(2)) else {
        return;
    };
    compare_cross_encoders(&runtime, folder, Precision::Fp32, 1e-4);
}

#[test]
fn a_layerwise_reranker_scores_in_padded_batches_what_it_scores_alone() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    let cache = tempfile::tempdir().expect("a temporary folder");
    let folder = data().join("tiny/minicpm-layerwise");
    let mut spec = reranker_spec(folder, cache.path(), Precision::Fp32);
    spec.weights = "model.safetensors.index.json".to_owned();
    spec.max_tokens = 100;
    let open = |engine| {
        let runtime = runtime.clone().with_engine(engine);
        Layerwise::open(&runtime, &spec).expect("it loads")
    };
    compare(&mut open(ALONE), &mut open(TOGETHER), 1e-4);
}

#[test]
fn vectors_of_texts_and_tokens_do_not_know_their_batch() {
    let Some((folder, runtime)) = minilm().zip(runtime(2)) else {
        return;
    };
    let cache = tempfile::tempdir().expect("a temporary folder");
    let spec = minilm_spec(folder, cache.path(), Precision::Fp32);
    let open = |engine| {
        let runtime = runtime.clone().with_engine(engine);
        TextEmbedder::load(&runtime, &spec).expect("it loads").0
    };
    let (mut alone, mut together) = (open(ALONE), open(TOGETHER));
    assert_eq!(alone.info().fingerprint, together.info().fingerprint);
    let passages = passages();
    let texts: Vec<&str> = passages.iter().map(String::as_str).collect();
    let near = |a: &[f32], b: &[f32]| {
        assert_eq!(a.len(), b.len());
        let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f32::max) < 1e-4);
    };
    let purpose = Purpose::Passage;
    let expected = alone.embed(&texts, purpose).expect("the model runs");
    let vectors = together.embed(&texts, purpose).expect("the model runs");
    for (vector, expected) in vectors.iter().zip(&expected) {
        near(vector, expected);
    }
    let expected = alone.token_vectors(&texts, purpose).expect("it runs");
    let tokens = together.token_vectors(&texts, purpose).expect("it runs");
    for (vectors, expected) in tokens.iter().zip(&expected) {
        near(&vectors.values, &expected.values);
    }
}

#[test]
fn a_deadline_leaves_whole_batches_unscored() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    let cache = tempfile::tempdir().expect("a temporary folder");
    let folder = data().join("tiny/bert");
    let spec = reranker_spec(folder, cache.path(), Precision::Fp32);
    let runtime = runtime.with_engine(TOGETHER);
    let mut reranker = CrossEncoder::open(&runtime, &spec).expect("it loads");
    let pair = Pair {
        query: "what?",
        passage: &"a sieve ".repeat(200),
    };
    let scores = cut_by_a_deadline(&mut reranker, pair);
    let scored = scores.iter().take_while(|score| score.is_some()).count();
    assert!(scores[scored..].iter().all(Option::is_none), "in order");
}

#[test]
fn a_library_without_cuda_is_told_with_the_remedy() {
    let Some(runtime) = runtime(1) else {
        return;
    };
    let error = runtime.on_cuda(CudaOptions::default());
    let message = error.expect_err("it is the library for CPUs").to_string();
    assert!(message.contains("setup-runtime.sh --cuda"), "{message}");
    assert!(message.contains("onnxruntime-gpu"), "{message}");
}
