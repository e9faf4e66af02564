//! Scores passages with a cross-encoder from a folder: `rerank LIBRARY FOLDER QUERY PASSAGE…`.
//!
//! LIBRARY is the shared library of ONNX Runtime, FOLDER holds `config.json`, `tokenizer.json` and
//! `model.safetensors`. The converted graph is kept in a temporary folder.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::error::Error;
use std::time::{Duration, Instant};

use riddle_core::{Pair, Reranker, ScoreOptions, ScoreScale};
use riddle_models::{OnnxCrossEncoder, OnnxRuntime, Precision, RerankerSpec};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder, query, passages @ ..] = &arguments[..] else {
        return Err("give the library, the model's folder, a query and passages".into());
    };
    let cache = tempfile::tempdir()?;
    let runtime = OnnxRuntime::load(library.as_ref(), 2)?;
    let spec = RerankerSpec {
        name: "my-reranker".to_owned(),
        folder: folder.into(),
        weights: "model.safetensors".to_owned(),
        cache: cache.path().to_path_buf(),
        precision: Precision::Fp32,
        max_tokens: 512,
        scale: ScoreScale::Logit,
        default_weight: 1.0,
    };
    let mut reranker = OnnxCrossEncoder::open(&runtime, &spec)?;
    let pairs: Vec<Pair<'_>> = passages
        .iter()
        .map(|passage| Pair { query, passage })
        .collect();
    let options = ScoreOptions::until(Instant::now() + Duration::from_secs(10));
    for (passage, score) in passages.iter().zip(reranker.score(&pairs, &options)?) {
        let raw = score.map_or(f32::NAN, |score| score.raw);
        println!(
            "{:.4}  {raw:.4}  {passage}",
            ScoreScale::Logit.normalize(raw)
        );
    }
    Ok(())
}
