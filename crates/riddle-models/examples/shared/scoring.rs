//! What the examples that score pairs have in common.

use std::path::Path;
use std::time::{Duration, Instant};

use riddle_core::{Pair, ScoreOptions, ScoreScale};
use riddle_models::{Precision, RerankerSpec};

/// A cross-encoder with one label in `model.safetensors` of this folder, or else in `model.onnx`.
pub(crate) fn spec(folder: &str, cache: &Path, precision: Precision) -> RerankerSpec {
    let files = ["model.safetensors", "model.onnx"];
    let found = files
        .iter()
        .find(|file| Path::new(folder).join(file).exists());
    RerankerSpec {
        name: "measured".to_owned(),
        folder: folder.into(),
        weights: (*found.unwrap_or(&files[0])).to_owned(),
        cache: cache.to_owned(),
        precision,
        max_tokens: 512,
        scale: ScoreScale::Logit,
        default_weight: 1.0,
    }
}

/// Each passage with the query.
pub(crate) fn pairs<'a>(query: &'a str, passages: &'a [String]) -> Vec<Pair<'a>> {
    passages
        .iter()
        .map(|passage| Pair { query, passage })
        .collect()
}

/// Time enough for everything.
pub(crate) fn patiently() -> ScoreOptions {
    ScoreOptions::until(Instant::now() + Duration::from_secs(600))
}
