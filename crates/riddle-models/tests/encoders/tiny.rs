use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use riddle_core::{
    Embedder, LanguageCoverage, Pair, PairScore, Purpose, Reranker, ScoreOptions, Similarity,
};
use riddle_models::{
    BatchShape, Compute, Conversion, CrossEncoder, EmbedderSpec, Head, HfTokenizer, PoolingKind,
    Precision, RerankerSpec, TextEmbedder, convert,
};
use serde::Deserialize;

use crate::setup::{data, reranker_spec, runtime, ways, worst_inversion};

/// What transformers computed.
#[derive(Deserialize)]
struct Reference {
    max_tokens: usize,
    texts: Vec<Text>,
    pairs: Vec<RecordedPair>,
}

#[derive(Deserialize)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) ids: Vec<u32>,
    pub(crate) hidden: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct RecordedPair {
    query: String,
    passage: String,
    ids: Vec<u32>,
    logit: f32,
}

/// Every kind of encoder that is converted.
pub(crate) const ARCHITECTURES: [&str; 7] = [
    "bert",
    "bert-two-labels",
    "distilbert",
    "roberta",
    "xlm-roberta",
    "modernbert",
    "modernbert-biases",
];

#[test]
fn bert_equals_transformers() {
    check("bert");
}

/// The same tokenizer, given by its vocabulary alone: a line for each piece, and what `tokenizer_config.json` says.
#[test]
fn a_vocabulary_of_word_pieces_tokenizes_as_transformers_does() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    let from = data().join("tiny").join("bert");
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["config.json", "model.safetensors", "reference.json"] {
        std::fs::copy(from.join(file), folder.path().join(file)).expect("copied");
    }
    let tokenizer = std::fs::read(from.join("tokenizer.json")).expect("committed");
    let tokenizer: serde_json::Value = serde_json::from_slice(&tokenizer).expect("JSON");
    let vocabulary = tokenizer["model"]["vocab"].as_object().expect("pieces");
    let mut pieces: Vec<_> = vocabulary.iter().collect();
    pieces.sort_by_key(|(_, id)| id.as_u64());
    let lines: Vec<String> = pieces
        .iter()
        .map(|(piece, _)| format!("{piece}\n"))
        .collect();
    std::fs::write(folder.path().join("vocab.txt"), lines.concat()).expect("written");
    check_in(&runtime, folder.path().to_owned(), "bert");
    let settings = r#"{"do_lower_case": true, "unk_token": {"content": "[UNK]"}}"#;
    std::fs::write(folder.path().join("tokenizer_config.json"), settings).expect("written");
    check_in(&runtime, folder.path().to_owned(), "bert");
    // A vocabulary without the tokens that the network is marked with is another one's.
    std::fs::write(folder.path().join("vocab.txt"), "a\nb\n").expect("written");
    let refused = HfTokenizer::open("bert", folder.path())
        .err()
        .expect("refused");
    assert!(
        refused
            .to_string()
            .contains("lacks the special token `[PAD]`"),
        "{refused}"
    );
}

#[test]
fn distilbert_equals_transformers() {
    check("distilbert");
}

#[test]
fn roberta_equals_transformers() {
    check("roberta");
}

#[test]
fn xlm_roberta_equals_transformers() {
    check("xlm-roberta");
}

#[test]
fn two_labels_give_the_difference_of_their_logits() {
    check("bert-two-labels");
}

#[test]
fn modernbert_equals_transformers() {
    check("modernbert");
}

#[test]
fn modernbert_with_biases_equals_transformers() {
    check("modernbert-biases");
}

#[test]
fn quantized_scores_keep_the_order_of_those_that_differ_clearly() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    for name in ARCHITECTURES {
        for way in ways() {
            let runtime = way.on(&runtime);
            let scored = scored_beside_reference(&runtime, name, Precision::Int8);
            let worst = worst_inversion(&scored);
            eprintln!("{name}, {way:?}: {:.1} % of the range", 100.0 * worst);
            assert!(worst < 0.02, "{name}, {way:?}: {worst}");
        }
    }
}

#[test]
fn scores_in_16_bits_are_near_those_of_transformers() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    for name in ARCHITECTURES {
        // With relu, this one's numbers grow so much that transformers itself is off by 0.032 in 16 bits.
        let tolerance = match name {
            "modernbert-biases" => 3.2e-2,
            _ => 2e-2,
        };
        let mut worst = 0.0_f32;
        for (exact, got) in scored_beside_reference(&runtime, name, Precision::Fp16) {
            let difference = (got - exact).abs();
            assert!(difference < tolerance, "{name}: off by {difference}");
            worst = worst.max(difference);
        }
        assert!(worst > 0.0, "{name} was computed in 32 bits");
    }
}

/// What FlagEmbedding computed.
#[derive(Deserialize)]
struct FlagReference {
    max_tokens: usize,
    pairs: Vec<FlagPair>,
}

#[derive(Deserialize)]
struct FlagPair {
    query: String,
    passage: String,
    raw: f32,
    normalized: f32,
}

#[test]
fn scores_equal_those_of_flagembedding() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    for name in ["bert", "xlm-roberta"] {
        let folder = data().join("tiny").join(name);
        let json = std::fs::read(folder.join("flag-reranker.json")).expect("it is committed");
        let reference: FlagReference = serde_json::from_slice(&json).expect("it is a reference");
        let cache = tempfile::tempdir().expect("a temporary folder");
        let mut spec = reranker_spec(folder, cache.path(), Precision::Fp32);
        spec.max_tokens = reference.max_tokens;
        let mut reranker = CrossEncoder::open(&runtime, &spec).expect("it loads");
        let pairs: Vec<Pair<'_>> = reference
            .pairs
            .iter()
            .map(|pair| Pair {
                query: &pair.query,
                passage: &pair.passage,
            })
            .collect();
        let deadline = Instant::now() + Duration::from_secs(60);
        let scores = reranker.score(&pairs, &ScoreOptions::until(deadline));
        let scale = reranker.info().scale;
        for (score, expected) in scores.expect("the model runs").iter().zip(&reference.pairs) {
            let raw = score.expect("there is time enough").raw;
            let normalized = scale.normalize(raw);
            assert_close(&[raw, normalized], &[expected.raw, expected.normalized]);
        }
    }
}

#[test]
fn graphs_for_padded_batches_score_alike() {
    let Some(runtime) = runtime(1) else {
        return;
    };
    for name in ["bert", "modernbert"] {
        let folder = data().join("tiny").join(name);
        let work = tempfile::tempdir().expect("a temporary folder");
        let conversion = Conversion {
            model: name.to_owned(),
            head: Head::Classifier,
            precision: Precision::Fp32,
            batches: BatchShape::Padded,
        };
        let graph = work.path().join("model.onnx");
        convert(&folder, "model.safetensors", &conversion, &graph).expect("it converts");
        for file in ["tokenizer.json", "reference.json"] {
            std::fs::copy(folder.join(file), work.path().join(file)).expect("copied");
        }
        let mut spec = reranker_spec(work.path().to_owned(), work.path(), Precision::Fp32);
        spec.weights = "model.onnx".to_owned();
        check_pairs(&runtime, &reference(work.path()), spec);
    }
}

/// The logit of each recorded pair as transformers computed it, and as we do.
pub(crate) fn scored_beside_reference(
    runtime: &Compute,
    name: &str,
    precision: Precision,
) -> Vec<(f32, f32)> {
    let folder = data().join("tiny").join(name);
    let reference = reference(&folder);
    let cache = tempfile::tempdir().expect("a temporary folder");
    let mut spec = reranker_spec(folder, cache.path(), precision);
    spec.max_tokens = reference.max_tokens;
    let mut reranker = CrossEncoder::open(runtime, &spec).expect("it loads");
    let pairs = reference.pairs.iter();
    pairs
        .map(|pair| (pair.logit, score(&mut reranker, pair).raw))
        .collect()
}

fn reference(folder: &Path) -> Reference {
    let json = std::fs::read(folder.join("reference.json")).expect("it is committed");
    serde_json::from_slice(&json).expect("it is a reference")
}

/// Texts with their tokens, and with the vectors that transformers gives for these.
pub(crate) fn recorded_texts(name: &str) -> Vec<Text> {
    reference(&data().join("tiny").join(name)).texts
}

fn check(name: &str) {
    let Some(runtime) = runtime(2) else {
        return;
    };
    for way in ways() {
        check_on(&way.on(&runtime), name);
    }
}

pub(crate) fn check_on(runtime: &Compute, name: &str) {
    check_in(runtime, data().join("tiny").join(name), name);
}

fn check_in(runtime: &Compute, folder: PathBuf, name: &str) {
    let reference = reference(&folder);
    let cache = tempfile::tempdir().expect("a temporary folder");
    let mut spec = EmbedderSpec {
        name: name.to_owned(),
        folder: folder.clone(),
        weights: "model.safetensors".to_owned(),
        cache: cache.path().to_owned(),
        precision: Precision::Fp32,
        pooling: PoolingKind::Cls.into(),
        similarity: Similarity::Cosine,
        dimensions: 32,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: reference.max_tokens,
        languages: LanguageCoverage::Multilingual,
    };
    let (mut cls, _) = TextEmbedder::load(runtime, &spec).expect("it loads");
    spec.pooling = PoolingKind::Mean.into();
    let (mut mean, _) = TextEmbedder::load(runtime, &spec).expect("it loads");
    for text in &reference.texts {
        let first = unit(&text.hidden[0]);
        let sum: Vec<f32> = (0..32)
            .map(|column| text.hidden.iter().map(|row| row[column]).sum())
            .collect();
        for (embedder, expected) in [(&mut cls, first), (&mut mean, unit(&sum))] {
            let vectors = embedder
                .embed(&[&text.text], Purpose::Passage)
                .expect("the model runs");
            assert_close(&vectors[0], &expected);
        }
        let tokens = cls
            .token_vectors(&[&text.text], Purpose::Passage)
            .expect("the model runs");
        let inner = &text.hidden[1..text.hidden.len() - 1];
        let expected: Vec<f32> = inner.iter().flat_map(|row| unit(row)).collect();
        assert_eq!(tokens[0].values.len(), (text.ids.len() - 2) * 32);
        assert_close(&tokens[0].values, &expected);
    }
    check_pairs(
        runtime,
        &reference,
        reranker_spec(folder, cache.path(), Precision::Fp32),
    );
}

/// Scores the pairs that transformers scored for the model in the folder.
pub(crate) fn check_scores(runtime: &Compute, spec: RerankerSpec) {
    let reference = reference(&spec.folder);
    assert!(!reference.pairs.is_empty());
    check_pairs(runtime, &reference, spec);
}

fn check_pairs(runtime: &Compute, reference: &Reference, mut spec: RerankerSpec) {
    spec.max_tokens = reference.max_tokens;
    let mut reranker = CrossEncoder::open(runtime, &spec).expect("it loads");
    for pair in &reference.pairs {
        let score = score(&mut reranker, pair);
        assert_eq!(score.tokens as usize, pair.ids.len());
        assert_close(&[score.raw], &[pair.logit]);
    }
}

fn score(reranker: &mut CrossEncoder, recorded: &RecordedPair) -> PairScore {
    let deadline = Instant::now() + Duration::from_secs(60);
    let pair = Pair {
        query: &recorded.query,
        passage: &recorded.passage,
    };
    let scores = reranker.score(&[pair], &ScoreOptions::until(deadline));
    scores.expect("the model runs")[0].expect("there is time enough")
}

fn unit(row: &[f32]) -> Vec<f32> {
    let norm = row.iter().map(|value| value * value).sum::<f32>().sqrt();
    row.iter().map(|value| value / norm).collect()
}

pub(crate) fn assert_close(values: &[f32], expected: &[f32]) {
    assert_eq!(values.len(), expected.len());
    for (value, expected) in values.iter().zip(expected) {
        assert!(
            (value - expected).abs() < 1e-4,
            "{value} instead of {expected}"
        );
    }
}
