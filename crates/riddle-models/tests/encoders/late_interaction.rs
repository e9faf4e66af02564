use std::path::Path;
use std::time::{Duration, Instant};

use riddle_core::{LongPassages, Pair, PairScore, RerankKind, Reranker, ScoreOptions, ScoreScale};
use riddle_models::{LateInteraction, LateInteractionHead, Precision, RerankerSpec};
use serde::Deserialize;

use crate::setup::{data, reranker_spec, runtime, ways, worst_inversion};

const HEAD: &str = "colbert_linear.pt";

/// A model with a head, and who computed its reference.
struct Model {
    folder: &'static str,
    reference: &'static str,
}

const MODELS: [Model; 2] = [
    // FlagEmbedding.
    Model {
        folder: "tiny/xlm-roberta",
        reference: "colbert.json",
    },
    // RAG-Retrieval.
    Model {
        folder: "tiny/bert",
        reference: "rag-retrieval-colbert.json",
    },
];

/// What it computed.
#[derive(Deserialize)]
struct Reference {
    max_tokens: usize,
    pairs: Vec<Recorded>,
}

#[derive(Deserialize)]
struct Recorded {
    query: String,
    passage: String,
    score: f32,
}

#[test]
fn scores_equal_those_of_flagembedding_and_of_rag_retrieval() {
    for (precision, tolerance) in [(Precision::Fp32, 1e-4), (Precision::Fp16, 2e-2)] {
        for (mut reranker, reference) in opened(precision) {
            assert_eq!(reranker.info().kind, RerankKind::LateInteraction);
            for pair in &reference.pairs {
                let alone = score(&mut reranker, &[pairs(pair)], LongPassages::Truncate)[0];
                let difference = (alone.raw - pair.score).abs();
                assert!(
                    difference < tolerance,
                    "{} instead of {}",
                    alone.raw,
                    pair.score
                );
            }
        }
    }
}

#[test]
fn a_batch_scores_like_single_pairs_in_any_order() {
    for (mut reranker, reference) in opened(Precision::Int8) {
        let mut all: Vec<Pair<'_>> = reference.pairs.iter().map(pairs).collect();
        let together = score(&mut reranker, &all, LongPassages::Truncate);
        all.reverse();
        let mut reversed = score(&mut reranker, &all, LongPassages::Truncate);
        reversed.reverse();
        assert_eq!(together, reversed);
        all.reverse();
        for (pair, together) in all.iter().zip(&together) {
            let alone = score(&mut reranker, &[*pair], LongPassages::Truncate)[0];
            assert_eq!(alone, *together);
        }
    }
}

#[test]
fn quantized_scores_keep_the_order_of_those_that_differ_clearly() {
    for (mut reranker, reference) in opened(Precision::Int8) {
        let pairs: Vec<Pair<'_>> = reference.pairs.iter().map(pairs).collect();
        let scores = score(&mut reranker, &pairs, LongPassages::Truncate);
        let exact = reference.pairs.iter().map(|pair| pair.score);
        let scored: Vec<(f32, f32)> = exact.zip(scores.iter().map(|score| score.raw)).collect();
        let worst = worst_inversion(&scored);
        eprintln!("{:.2} % of the range", 100.0 * worst);
        assert!(worst < 0.02, "{worst}");
    }
}

#[test]
fn a_passage_has_at_most_the_tokens_that_it_may_have() {
    for (mut reranker, _) in opened(Precision::Fp32) {
        let passage = "x ".repeat(30);
        let short = &passage[..7];
        let pair = |passage| Pair {
            query: "sieve x",
            passage,
        };
        let expected = score(&mut reranker, &[pair(short)], LongPassages::Truncate)[0];
        let empty = score(&mut reranker, &[pair("")], LongPassages::Truncate)[0];
        let options = ScoreOptions {
            passage_tokens: Some((expected.tokens - empty.tokens) as usize),
            ..ScoreOptions::until(Instant::now() + Duration::from_secs(600))
        };
        let pairs = [pair(&passage), pair(short)];
        let limited = reranker.score(&pairs, &options).expect("the model runs");
        let limited = limited[0].expect("there is time enough");
        let got = (limited.raw, limited.tokens, limited.truncated);
        assert_eq!(got, (expected.raw, expected.tokens, true));
        let whole = reranker.read_whole(&pairs, &options).expect("it is text");
        assert_eq!(whole, [false, true]);
    }
}

#[test]
fn the_best_window_of_a_long_passage_wins() {
    for (mut reranker, reference) in opened(Precision::Fp32) {
        let answer = "重排序 sieve riddle";
        let passage = format!("{} {answer} {}", "x ".repeat(90), "y ".repeat(90));
        let pair = Pair {
            query: answer,
            passage: &passage,
        };
        let cut = score(&mut reranker, &[pair], LongPassages::Truncate)[0];
        assert!(cut.truncated && cut.window.is_none());
        assert!(cut.tokens as usize <= 2 * reference.max_tokens);
        let whole = score(&mut reranker, &[pair], LongPassages::MaxSlice)[0];
        assert!(!whole.truncated);
        let window = whole.window.expect("it has windows");
        assert!(window.index < window.count && window.count > 2);
        assert!(window.span.start < window.span.end);
        assert!(window.span.end as usize <= passage.chars().count());
        // What is left by cutting is the first of the windows.
        assert!(whole.raw >= cut.raw && whole.tokens > 2 * cut.tokens);
    }
}

#[test]
fn a_deadline_that_has_passed_leaves_everything_unscored() {
    for (mut reranker, reference) in opened(Precision::Fp32) {
        let all: Vec<Pair<'_>> = reference.pairs.iter().map(pairs).collect();
        let options = ScoreOptions::until(Instant::now());
        let scores = reranker.score(&all, &options).expect("no failure");
        assert_eq!(scores, vec![None; all.len()]);
    }
}

#[test]
fn a_head_that_is_missing_or_does_not_fit_is_told() {
    let Some(runtime) = runtime(1) else {
        return;
    };
    let cache = tempfile::tempdir().expect("a temporary folder");
    for (head, says) in [
        ("absent.pt", "is missing"),
        ("tokenizer.json", "no archive of PyTorch"),
        ("model.safetensors", "holds no tensor `weight`"),
    ] {
        let spec = spec(&MODELS[0], cache.path(), Precision::Fp32, 48);
        let head = LateInteractionHead::Layer(head);
        let error = LateInteraction::open(&runtime, &spec, head)
            .err()
            .expect("it has no head");
        assert!(error.to_string().contains(says), "{error}");
    }
}

/// Its folder has neither a head nor a `config.json`.
#[test]
fn a_graph_that_has_the_projection_inside_is_taken_as_it_is() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    let folder = data().join("foreign-onnx/late-interaction");
    let json = std::fs::read(folder.join("reference.json")).expect("it is committed");
    let reference: Reference = serde_json::from_slice(&json).expect("it is a reference");
    let cache = tempfile::tempdir().expect("a temporary folder");
    let spec = RerankerSpec {
        weights: "model.onnx".to_owned(),
        max_tokens: reference.max_tokens,
        scale: ScoreScale::Similarity,
        ..reranker_spec(folder, cache.path(), Precision::Int8)
    };
    let inside = LateInteractionHead::InGraph;
    let mut reranker = LateInteraction::open(&runtime, &spec, inside).expect("it loads");
    for pair in &reference.pairs {
        let got = score(&mut reranker, &[pairs(pair)], LongPassages::Truncate)[0].raw;
        let difference = (got - pair.score).abs();
        assert!(difference < 1e-5, "{got} instead of {}", pair.score);
    }
}

fn opened(precision: Precision) -> Vec<(LateInteraction, Reference)> {
    let Some(runtime) = runtime(2) else {
        return Vec::new();
    };
    let mut opened = Vec::new();
    for model in &MODELS {
        let json = std::fs::read(data().join(model.folder).join(model.reference));
        let json = json.expect("it is committed");
        for way in ways() {
            let reference: Reference = serde_json::from_slice(&json).expect("it is a reference");
            let cache = tempfile::tempdir().expect("a temporary folder");
            let spec = spec(model, cache.path(), precision, reference.max_tokens);
            let runtime = way.on(&runtime);
            let head = LateInteractionHead::Layer(HEAD);
            let reranker = LateInteraction::open(&runtime, &spec, head).expect("it loads");
            opened.push((reranker, reference));
        }
    }
    opened
}

fn spec(model: &Model, cache: &Path, precision: Precision, max_tokens: usize) -> RerankerSpec {
    RerankerSpec {
        max_tokens,
        scale: ScoreScale::Similarity,
        ..reranker_spec(data().join(model.folder), cache, precision)
    }
}

fn pairs(recorded: &Recorded) -> Pair<'_> {
    Pair {
        query: &recorded.query,
        passage: &recorded.passage,
    }
}

fn score(
    reranker: &mut LateInteraction,
    pairs: &[Pair<'_>],
    long_passages: LongPassages,
) -> Vec<PairScore> {
    let options = ScoreOptions {
        long_passages,
        ..ScoreOptions::until(Instant::now() + Duration::from_secs(600))
    };
    let scores = reranker.score(pairs, &options).expect("the model runs");
    let scored = |score: Option<PairScore>| score.expect("there is time enough");
    scores.into_iter().map(scored).collect()
}
