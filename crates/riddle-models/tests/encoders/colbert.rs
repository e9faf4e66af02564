//! ColBERTs in their own form, told by the files that PyLate writes, against plain loops over the same weights.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use riddle_core::{LongPassages, Pair, PairScore, Reranker, ScoreOptions, ScoreScale, Tokenizer};
use riddle_models::{
    Compute, HfTokenizer, LateInteraction, LateInteractionHead, ModelRole, Precision, Recognised,
    RerankerSpec, Snapshot, Wishes, recognise,
};
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use serde_json::{Value, json};

use crate::plain_bert::{PlainBert, Rows, product};
use crate::setup::{data, reranker_spec, runtime, ways};

/// The marker of queries and that of passages, in the place of these rows of the vocabulary.
const MARKERS: [(&str, usize); 2] = [("[Q] ", 73), ("[D] ", 74)];
const MASK: usize = 4;
const QUERY_TOKENS: usize = 20;
const PASSAGE_TOKENS: usize = 44;
const HIDDEN: usize = 32;

/// How queries are filled up.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Expansion {
    None,
    LeftOut,
    AttendedTo,
}

const EXPANSIONS: [Expansion; 3] = [Expansion::None, Expansion::LeftOut, Expansion::AttendedTo];

/// A linear layer of these sizes: its matrix, and that of what is added to it.
struct Layer {
    matrix: Rows,
    added: Option<Rows>,
}

fn layers() -> [Layer; 2] {
    let matrix = |inputs: usize, outputs: usize, seed: usize| -> Rows {
        let number = |place: usize| ((place * 37 + seed) % 101) as f32 / 100.0 - 0.5;
        let row = |row: usize| {
            (0..inputs)
                .map(|column| number(row * inputs + column))
                .collect()
        };
        (0..outputs).map(row).collect()
    };
    [
        Layer {
            matrix: matrix(HIDDEN, 16, 1),
            added: None,
        },
        Layer {
            matrix: matrix(16, 8, 5),
            added: Some(matrix(16, 8, 9)),
        },
    ]
}

/// A model as PyLate writes it, over the weights of the tiny BERT.
fn write(folder: &Path, expansion: Expansion) {
    std::fs::create_dir_all(folder).expect("made");
    let network = data().join("tiny/bert");
    for file in ["config.json", "model.safetensors"] {
        std::fs::copy(network.join(file), folder.join(file)).expect("copied");
    }
    let put = |file: &str, value: Value| {
        std::fs::write(folder.join(file), value.to_string()).expect("written");
    };
    put("tokenizer.json", tokenizer(&network));
    put("tokenizer_config.json", json!({"mask_token": "[MASK]"}));
    put(
        "modules.json",
        json!([
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Dense", "type": "pylate.models.Dense.Dense"},
            {"idx": 2, "name": "2", "path": "2_Dense", "type": "pylate.models.Dense.Dense"},
        ]),
    );
    put(
        "config_sentence_transformers.json",
        json!({
            "query_prefix": MARKERS[0].0, "document_prefix": MARKERS[1].0,
            "skiplist_words": [".", ",", "?", "no such token"],
            "query_length": QUERY_TOKENS, "document_length": PASSAGE_TOKENS,
            "do_query_expansion": expansion != Expansion::None,
            "attend_to_expansion_tokens": expansion == Expansion::AttendedTo,
        }),
    );
    for (layer, name) in layers().iter().zip(["1_Dense", "2_Dense"]) {
        write_layer(&folder.join(name), layer);
    }
}

/// That of the tiny BERT with the markers as tokens that were added to it.
fn tokenizer(network: &Path) -> Value {
    let bytes = std::fs::read(network.join("tokenizer.json")).expect("committed");
    let mut file: Value = serde_json::from_slice(&bytes).expect("JSON");
    for (marker, id) in MARKERS {
        let vocabulary = file["model"]["vocab"].as_object_mut().expect("an object");
        vocabulary.retain(|_, known| *known != json!(id));
        vocabulary.insert(marker.to_owned(), json!(id));
        let added = file["added_tokens"].as_array_mut().expect("a list");
        added.push(json!({
            "id": id, "content": marker, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": true, "special": false
        }));
    }
    file
}

fn write_layer(folder: &Path, layer: &Layer) {
    std::fs::create_dir_all(folder).expect("made");
    let config = json!({
        "in_features": layer.matrix[0].len(), "out_features": layer.matrix.len(), "bias": false,
        "activation_function": "torch.nn.modules.linear.Identity", "use_residual": layer.added.is_some()
    });
    std::fs::write(folder.join("config.json"), config.to_string()).expect("written");
    let bytes = |matrix: &Rows| -> Vec<u8> {
        let numbers = matrix.iter().flatten();
        numbers.flat_map(|number| number.to_le_bytes()).collect()
    };
    let matrices = [
        ("linear.weight", Some(&layer.matrix)),
        ("residual.weight", layer.added.as_ref()),
    ];
    let tensors: Vec<(&str, [usize; 2], Vec<u8>)> = matrices
        .into_iter()
        .filter_map(|(name, matrix)| Some((name, matrix?)))
        .map(|(name, matrix)| (name, [matrix.len(), matrix[0].len()], bytes(matrix)))
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.to_vec(), bytes);
        (*name, view.expect("it fits"))
    });
    serialize_to_file(views, None, &folder.join("model.safetensors")).expect("written");
}

fn recognised(folder: &Path) -> (Recognised, PathBuf) {
    let (snapshot, folder) = Snapshot::of_folder(folder).expect("it is a folder");
    let found = recognise(&snapshot, &Wishes::default());
    (found.unwrap_or_else(|refusal| panic!("{refusal}")), folder)
}

fn open(compute: &Compute, folder: &Path, cache: &Path) -> Result<LateInteraction, String> {
    let (found, folder) = recognised(folder);
    let ModelRole::Reranker(facts) = &found.entry.role else {
        panic!("{:?}", found.entry.role);
    };
    let spec = RerankerSpec {
        weights: found.entry.weights.clone(),
        max_tokens: found.entry.max_tokens,
        scale: ScoreScale::Similarity,
        ..reranker_spec(folder, cache, Precision::Fp32)
    };
    let head = LateInteractionHead::of(facts);
    LateInteraction::open(compute, &spec, head).map_err(|error| error.to_string())
}

/// The tokens of a text between the first and the last one, with the marker behind the first.
fn marked(tokenizer: &HfTokenizer, text: &str, marker: usize, longest: usize) -> Vec<usize> {
    let tokens = tokenizer.tokens(text, true).expect("it tells them");
    let ids = tokens.iter().map(|token| token.id as usize);
    let mut ids: Vec<usize> = ids.collect();
    let last = ids.pop().expect("the template ends texts");
    ids.truncate(longest - 2);
    ids.insert(1, marker);
    ids.push(last);
    ids
}

/// Their vectors behind the layers, each of length 1.
fn compared(hidden: &[Vec<f32>]) -> Rows {
    let apply = |matrix: &Rows, row: &[f32]| -> Vec<f32> {
        matrix.iter().map(|weights| product(weights, row)).collect()
    };
    let through = |row: &Vec<f32>| {
        let mut row = row.clone();
        for layer in layers() {
            let mut next = apply(&layer.matrix, &row);
            if let Some(added) = &layer.added {
                let added = apply(added, &row);
                next.iter_mut()
                    .zip(added)
                    .for_each(|(x, added)| *x += added);
            }
            row = next;
        }
        let length = product(&row, &row).sqrt();
        row.iter().map(|x| x / length).collect()
    };
    hidden.iter().map(through).collect()
}

/// The mean over the query's tokens of the best cosine with a token of the passage that counts.
fn expected(
    plain: &PlainBert,
    tokenizer: &HfTokenizer,
    expansion: Expansion,
    pair: &Pair<'_>,
) -> f32 {
    let mut query = marked(tokenizer, pair.query, MARKERS[0].1, QUERY_TOKENS);
    let own = query.len();
    if expansion != Expansion::None {
        query.resize(QUERY_TOKENS, MASK);
    }
    let attended = match expansion {
        Expansion::AttendedTo => query.len(),
        Expansion::None | Expansion::LeftOut => own,
    };
    let query = compared(&plain.hidden(&query, attended));
    let ids = marked(tokenizer, pair.passage, MARKERS[1].1, PASSAGE_TOKENS);
    let passage = compared(&plain.hidden(&ids, ids.len()));
    // The token for unknown words, `,`, `.` and `?`.
    let counts = |id: &usize| ![1, 16, 18, 35].contains(id);
    let best = |token: &Vec<f32>| {
        let passage = ids.iter().zip(&passage).filter(|(id, _)| counts(id));
        passage
            .map(|(_, other)| product(token, other))
            .fold(f32::MIN, f32::max)
    };
    query.iter().map(best).sum::<f32>() / query.len() as f32
}

const PAIRS: [(&str, &str); 5] = [
    (
        "what is a sieve?",
        "a coarse net that lets small things through",
    ),
    ("a", "a, b. a, b. a?"),
    ("", "the question and the passage"),
    (
        "a query that is longer than queries may be, by far and for no reason",
        "a passage that is longer than passages may be, by far and for no reason, so that its end is left out of it",
    ),
    ("嗨", "?., 嗨"),
];

fn pairs() -> [Pair<'static>; 5] {
    PAIRS.map(|(query, passage)| Pair { query, passage })
}

fn score(reranker: &mut LateInteraction, long_passages: LongPassages) -> Vec<PairScore> {
    let options = ScoreOptions {
        long_passages,
        ..ScoreOptions::until(Instant::now() + Duration::from_secs(600))
    };
    let scores = reranker.score(&pairs(), &options).expect("it runs");
    let scored = |score: Option<PairScore>| score.expect("there is time enough");
    scores.into_iter().map(scored).collect()
}

#[test]
fn markers_fillings_and_what_does_not_count_are_as_in_pylate() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    let plain = PlainBert::open(&data().join("tiny/bert"));
    for expansion in EXPANSIONS {
        let work = tempfile::tempdir().expect("a temporary folder");
        let folder = work.path().join("whole");
        write(&folder, expansion);
        let tokenizer = HfTokenizer::open("tiny", &folder).expect("it is written");
        for way in ways() {
            let compute = way.on(&runtime);
            let cache = work.path().join("cache");
            let mut reranker = open(&compute, &folder, &cache).expect("it loads");
            let scores = score(&mut reranker, LongPassages::Truncate);
            for (pair, score) in pairs().iter().zip(&scores) {
                let expected = expected(&plain, &tokenizer, expansion, pair);
                let far = (score.raw - expected).abs();
                assert!(
                    far < 1e-4,
                    "{way:?}, {expansion:?}, {}: {} instead of {expected}",
                    pair.query,
                    score.raw
                );
            }
        }
    }
}

#[test]
fn a_fingerprint_tells_the_form_and_the_layers() {
    let Some(runtime) = runtime(1) else {
        return;
    };
    let work = tempfile::tempdir().expect("a temporary folder");
    let folder = work.path().join("whole");
    let fingerprint = || {
        let reranker = open(&runtime, &folder, work.path()).expect("it loads");
        reranker.info().fingerprint.clone().expect("it has one")
    };
    write(&folder, Expansion::None);
    let plain = fingerprint();
    assert_eq!(fingerprint(), plain);
    write(&folder, Expansion::AttendedTo);
    let expanded = fingerprint();
    assert_ne!(expanded, plain);
    let [mut first, _] = layers();
    first.matrix[0][0] += 1.0;
    write_layer(&folder.join("1_Dense"), &first);
    assert_ne!(fingerprint(), expanded);
}

#[test]
fn windows_have_the_marker_too_and_no_more_tokens_than_passages_may_have() {
    let Some(runtime) = runtime(2) else {
        return;
    };
    let work = tempfile::tempdir().expect("a temporary folder");
    let folder = work.path().join("whole");
    write(&folder, Expansion::LeftOut);
    let mut reranker = open(&runtime, &folder, work.path()).expect("it loads");
    let cut = score(&mut reranker, LongPassages::Truncate)[3];
    assert_eq!(cut.tokens as usize, QUERY_TOKENS + PASSAGE_TOKENS);
    assert!(cut.truncated);
    let whole = score(&mut reranker, LongPassages::MaxSlice)[3];
    assert!(whole.window.is_some_and(|window| window.count > 1));
    // What is left by cutting is the first of the windows.
    assert!(whole.raw >= cut.raw && !whole.truncated);
    let options = ScoreOptions::until(Instant::now());
    let read = reranker.read_whole(&pairs(), &options).expect("it is text");
    assert_eq!(read, [true, true, true, false, true]);
}

#[test]
fn a_tokenizer_without_the_markers_and_layers_that_do_not_fit_are_told() {
    let Some(runtime) = runtime(1) else {
        return;
    };
    let work = tempfile::tempdir().expect("a temporary folder");
    let folder = work.path().join("whole");
    write(&folder, Expansion::LeftOut);
    let said = || {
        open(&runtime, &folder, work.path())
            .err()
            .expect("it does not load")
    };
    let own = data().join("tiny/bert/tokenizer.json");
    std::fs::copy(own, folder.join("tokenizer.json")).expect("copied");
    let message = said();
    assert!(message.contains("has no token `[Q] `"), "{message}");
    write(&folder, Expansion::LeftOut);
    let first = folder.join("1_Dense/model.safetensors");
    std::fs::copy(first, folder.join("2_Dense/model.safetensors")).expect("copied");
    let message = said();
    assert!(
        message.contains("2_Dense") && message.contains("residual.weight"),
        "{message}"
    );
}
