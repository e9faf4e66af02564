//! Riddle's cross-encoder as a worker of `make bench-rerank`: a workload file in, one measured call for each line read.
//! A set may have a query of its own. Passages are tokenized in each call, as the peers do; with KEPT_BYTES their token ids
//! are kept as the server keeps them, so that calls after the first show what that is worth.
//!
//! `cargo run --release --example rerank_bench -- LIBRARY MODEL_FOLDER CACHE PRECISION WORKLOAD THREADS [KEPT_BYTES]`

#![expect(clippy::print_stdout, reason = "its answers go to whoever started it")]

use std::collections::HashMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use riddle_core::{Pair, Reranker, ScoreOptions, ScoreScale};
use riddle_models::{OnnxCrossEncoder, OnnxRuntime, Precision, RerankerSpec};
use serde_json::json;

#[derive(serde::Deserialize)]
struct Workload {
    query: String,
    sets: HashMap<String, Vec<String>>,
    #[serde(default)]
    queries: HashMap<String, String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [
        library,
        folder,
        cache,
        precision,
        workload,
        threads,
        kept @ ..,
    ] = &*arguments
    else {
        return Err(
            "usage: rerank_bench LIBRARY MODEL_FOLDER CACHE int8|fp32 WORKLOAD THREADS [KEPT_BYTES]"
                .into(),
        );
    };
    let workload: Workload = serde_json::from_slice(&std::fs::read(workload)?)?;
    let runtime = OnnxRuntime::load(Path::new(library), threads.parse()?)?;
    let spec = RerankerSpec {
        name: "measured".to_owned(),
        folder: PathBuf::from(folder),
        weights: "model.safetensors".to_owned(),
        cache: PathBuf::from(cache),
        precision: match &**precision {
            "int8" => Precision::Int8,
            "fp32" => Precision::Fp32,
            _ => return Err("the precision is int8 or fp32".into()),
        },
        max_tokens: 512,
        scale: ScoreScale::Logit,
        default_weight: 1.0,
    };
    let mut reranker = OnnxCrossEncoder::open(&runtime, &spec)?;
    if let [bytes] = kept {
        reranker = reranker.keep_passages(bytes.parse()?);
    }
    println!(
        "{}",
        json!({"ready": format!("Riddle {}", env!("CARGO_PKG_VERSION"))})
    );
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let passages = workload.sets.get(line.trim()).ok_or("no such set")?;
        let query = workload.queries.get(line.trim());
        let query = query.unwrap_or(&workload.query);
        let started = Instant::now();
        let pairs: Vec<Pair<'_>> = passages
            .iter()
            .map(|passage| Pair { query, passage })
            .collect();
        let options = ScoreOptions::until(Instant::now() + Duration::from_secs(600));
        let scores = reranker.score(&pairs, &options)?;
        let ms = started.elapsed().as_secs_f64() * 1e3;
        let tokens: Vec<u32> = scores.iter().flatten().map(|score| score.tokens).collect();
        let scores: Vec<Option<f32>> = scores
            .into_iter()
            .map(|score| score.map(|score| score.raw))
            .collect();
        println!("{}", json!({"ms": ms, "scores": scores, "tokens": tokens}));
    }
    Ok(())
}
