//! What vectors of earlier versions have in common with the present ones.

use riddle_core::dot;
use riddle_native::Instructions;
use riddle_test_support::{Resource, model, need};

use super::*;
use crate::catalogue::PoolingKind;

/// Questions among the texts: as many as a search's answers are worth being counted for.
const QUERIES: usize = 60;
/// Passages that a search would find.
const FOUND: usize = 10;

fn vectors(folder: &std::path::Path, texts: &[&str], same_everywhere: bool) -> Vec<Vec<f32>> {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let spec = EmbedderSpec {
        name: "all-minilm-l6-v2".to_owned(),
        folder: folder.to_owned(),
        weights: "model.safetensors".to_owned(),
        cache: cache.path().to_owned(),
        precision: Precision::Int8,
        pooling: PoolingKind::Mean.into(),
        similarity: Similarity::Cosine,
        dimensions: 384,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: 256,
        languages: LanguageCoverage::Multilingual,
    };
    let (mut embedder, _) = TextEmbedder::load_with(&Compute::new(2), &spec, same_everywhere)
        .expect("our own engine runs it");
    embedder.embed(texts, Purpose::Passage).expect("it runs")
}

/// The best passages for a vector, without the text itself.
fn found(query: &[f32], passages: &[Vec<f32>], itself: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..passages.len())
        .filter(|place| *place != itself)
        .collect();
    places.sort_by(|a, b| dot(query, &passages[*b]).total_cmp(&dot(query, &passages[*a])));
    places.truncate(FOUND);
    places
}

/// Passages that earlier versions embedded with attention in bf16 are found by the present questions as well as by
/// those of their own kind: nothing has to be embedded anew.
#[test]
fn an_index_with_attention_in_bf16_serves_questions_without() {
    let Some(folder) = model("all-minilm-l6-v2") else {
        return;
    };
    let has_bf16 = Some(()).filter(|()| Instructions::Avx512Bf16.is_available());
    if need(Resource::Cpu, has_bf16, "no instructions for bf16").is_none() {
        return;
    }
    let json = include_str!("../../tests/data/texts.json");
    let texts: Vec<String> = serde_json::from_str(json).expect("it is a list of texts");
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let [before, now] = [false, true].map(|same| vectors(&folder, &texts, same));
    let cosines: Vec<f32> = before.iter().zip(&now).map(|(a, b)| dot(a, b)).collect();
    let lowest = cosines.iter().copied().fold(f32::MAX, f32::min);
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    let shared = |query: &[f32], place: usize, own: &[f32], passages: &[Vec<f32>]| {
        let expected = found(own, passages, place);
        let got = found(query, passages, place);
        got.iter().filter(|place| expected.contains(place)).count()
    };
    let total = QUERIES * FOUND;
    let both: usize = (0..QUERIES)
        .map(|place| shared(&now[place], place, &before[place], &before))
        .sum();
    let first = (0..QUERIES)
        .filter(|place| {
            found(&now[*place], &before, *place)[0] == found(&before[*place], &before, *place)[0]
        })
        .count();
    eprintln!(
        "lowest cosine {lowest}, mean {mean}; {both} of {total} found by both, {first} of {QUERIES} first"
    );
    assert!(lowest > 0.99 && mean > 0.998, "{lowest}, {mean}");
    assert!(both * 100 >= 97 * total, "{both} of {total}");
}
