//! Scores passages with a cross-encoder from a folder: `rerank LIBRARY FOLDER QUERY PASSAGE…`.
//!
//! LIBRARY is the shared library of ONNX Runtime, FOLDER holds `config.json`, `tokenizer.json` and
//! `model.safetensors`. The converted graph is kept in a temporary folder.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

#[path = "shared/scoring.rs"]
mod scoring;

use std::error::Error;

use riddle_core::{Reranker, ScoreScale};
use riddle_models::{Compute, CrossEncoder, Precision};
use scoring::{pairs, patiently, spec};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder, query, passages @ ..] = &arguments[..] else {
        return Err("give the library, the model's folder, a query and passages".into());
    };
    let cache = tempfile::tempdir()?;
    let runtime = Compute::with_library(library.as_ref(), 2)?;
    let spec = spec(folder, cache.path(), Precision::Fp32);
    let mut reranker = CrossEncoder::open(&runtime, &spec)?;
    let scores = reranker.score(&pairs(query, passages), &patiently())?;
    for (passage, score) in passages.iter().zip(scores) {
        let raw = score.map_or(f32::NAN, |score| score.raw);
        println!(
            "{:.4}  {raw:.4}  {passage}",
            ScoreScale::Logit.normalize(raw)
        );
    }
    Ok(())
}
