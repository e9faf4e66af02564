//! Scores beside those of RAG-Retrieval and sentence-transformers.

use std::path::Path;
use std::time::{Duration, Instant};

use riddle_core::{LongPassages, Pair, PairScore, Reranker, ScoreOptions};
use riddle_models::{CrossEncoder, Precision};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::setup::{Way, data, reranker_spec, runtime, ways};

#[derive(Deserialize)]
struct RagRetrieval {
    max_tokens: usize,
    /// What `compute_score` gives.
    pairs: Vec<Recorded>,
    documents: Vec<String>,
    ranked: Vec<Ranked>,
}

#[derive(Deserialize)]
struct Recorded {
    query: String,
    passage: String,
    raw: f32,
    normalized: Option<f32>,
}

/// What `rerank` gives each document, the best of its windows.
#[derive(Deserialize)]
struct Ranked {
    query: String,
    scores: Vec<f32>,
}

#[derive(Deserialize)]
struct SentenceTransformers {
    max_tokens: usize,
    pairs: Vec<Recorded>,
}

#[test]
fn scores_equal_those_of_rag_retrieval() {
    let folder = data().join("tiny/xlm-roberta-long");
    let reference: RagRetrieval = read(&folder.join("rag-retrieval.json"));
    for mut reranker in opened(&folder, reference.max_tokens) {
        compare(&mut reranker, &reference.pairs);
    }
}

#[test]
fn long_documents_have_the_scores_of_rag_retrievals_best_slices() {
    let folder = data().join("tiny/xlm-roberta-long");
    let reference: RagRetrieval = read(&folder.join("rag-retrieval.json"));
    for mut reranker in opened(&folder, reference.max_tokens) {
        let mut windows = 0;
        for ranked in &reference.ranked {
            let pair = |passage| Pair {
                query: &ranked.query,
                passage,
            };
            let pairs: Vec<Pair<'_>> = reference.documents.iter().map(|d| pair(&**d)).collect();
            let scores = score(&mut reranker, &pairs, LongPassages::MaxSlice);
            for (score, expected) in scores.iter().zip(&ranked.scores) {
                assert_close(score.raw, *expected);
                windows += score.window.map_or(1, |window| window.count);
            }
        }
        assert!(windows > 20, "{windows}: most documents are long");
    }
}

#[test]
fn scores_equal_those_of_sentence_transformers() {
    let folder = data().join("tiny/bert");
    let reference: SentenceTransformers = read(&folder.join("sentence-transformers.json"));
    for mut reranker in opened(&folder, reference.max_tokens) {
        compare(&mut reranker, &reference.pairs);
    }
}

fn compare(reranker: &mut CrossEncoder, recorded: &[Recorded]) {
    let pairs: Vec<Pair<'_>> = recorded
        .iter()
        .map(|recorded| Pair {
            query: &recorded.query,
            passage: &recorded.passage,
        })
        .collect();
    let scale = reranker.info().scale;
    let scores = score(reranker, &pairs, LongPassages::Truncate);
    for (score, recorded) in scores.iter().zip(recorded) {
        assert_close(score.raw, recorded.raw);
        if let Some(normalized) = recorded.normalized {
            assert_close(scale.normalize(score.raw), normalized);
        }
    }
}

fn opened(folder: &Path, max_tokens: usize) -> Vec<CrossEncoder> {
    let Some(runtime) = runtime(2) else {
        return Vec::new();
    };
    let open = |way: Way| {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let mut spec = reranker_spec(folder.to_owned(), cache.path(), Precision::Fp32);
        spec.max_tokens = max_tokens;
        CrossEncoder::open(&way.on(&runtime), &spec).expect("it loads")
    };
    ways().map(open).collect()
}

fn read<T: DeserializeOwned>(path: &Path) -> T {
    let json = std::fs::read(path).expect("it is committed");
    serde_json::from_slice(&json).expect("it is a reference")
}

fn score(
    reranker: &mut CrossEncoder,
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

fn assert_close(score: f32, expected: f32) {
    let apart = (score - expected).abs();
    assert!(apart < 1e-4, "{score} instead of {expected}");
}
