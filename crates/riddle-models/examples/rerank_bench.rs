//! Riddle's cross-encoder as a worker of `make bench-rerank` and `make bench-gpu`: a workload file in, one measured
//! call for each line read. A set may have a query of its own. Passages are tokenized in each call, as the peers do;
//! with KEPT_BYTES their token ids are kept as the server keeps them, so that calls after the first show what that is
//! worth.
//!
//! `cargo run --release --example rerank_bench -- LIBRARY MODEL_FOLDER CACHE PRECISION WORKLOAD THREADS [KEPT_BYTES]`
//!
//! PRECISION is int8, bf16, fp16 or fp32. At the end, `--device cuda` runs on the first GPU, `--engine onnxruntime` on
//! ONNX Runtime, and `--engine avx2` on our own engine with no better instructions than these.

#![expect(clippy::print_stdout, reason = "its answers go to whoever started it")]

#[path = "shared/scoring.rs"]
mod scoring;

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use riddle_core::Reranker;
use riddle_models::{Compute, CrossEncoder, CudaOptions, EncoderEngine, Instructions, Precision};
use scoring::{pairs, patiently, spec};
use serde_json::json;

type Failure = Box<dyn std::error::Error>;

#[derive(serde::Deserialize)]
struct Workload {
    query: String,
    sets: HashMap<String, Vec<String>>,
    #[serde(default)]
    queries: HashMap<String, String>,
}

fn main() -> Result<(), Failure> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let options = Options::take(&mut arguments)?;
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
            "usage: rerank_bench LIBRARY MODEL_FOLDER CACHE int8|bf16|fp16|fp32 WORKLOAD THREADS [KEPT_BYTES] [--device cpu|cuda] [--engine ENGINE]"
                .into(),
        );
    };
    let workload: Workload = serde_json::from_slice(&std::fs::read(workload)?)?;
    let mut runtime = Compute::with_library(Path::new(library), threads.parse()?)?
        .with_engine(options.engine)
        .with_instructions(options.instructions);
    if options.on_gpu {
        runtime = runtime.on_cuda(CudaOptions::default())?;
    }
    let spec = spec(folder, Path::new(cache), named(precision)?);
    let mut reranker = CrossEncoder::open(&runtime, &spec)?;
    if let [bytes] = kept {
        reranker = reranker.keep_passages(bytes.parse()?);
    }
    let (engine, device) = (reranker.engine(), &reranker.info().device);
    let ready = format!(
        "Riddle {}, {precision} on {engine}, {device}",
        env!("CARGO_PKG_VERSION")
    );
    println!("{}", json!({"ready": ready}));
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let passages = workload.sets.get(line.trim()).ok_or("no such set")?;
        let query = workload.queries.get(line.trim());
        let query = query.unwrap_or(&workload.query);
        let started = Instant::now();
        let scores = reranker.score(&pairs(query, passages), &patiently())?;
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

/// What runs the model.
#[derive(Default)]
struct Options {
    on_gpu: bool,
    engine: EncoderEngine,
    instructions: Instructions,
}

impl Options {
    /// Takes the options away from the end of the arguments.
    fn take(arguments: &mut Vec<String>) -> Result<Self, Failure> {
        let mut options = Self::default();
        let first = arguments.iter().position(|text| text.starts_with("--"));
        let given = arguments.split_off(first.unwrap_or(arguments.len()));
        for option in given.chunks(2) {
            match option {
                [name, device] if name == "--device" => match &**device {
                    "cuda" => options.on_gpu = true,
                    "cpu" => options.on_gpu = false,
                    _ => return Err("the device is cpu or cuda".into()),
                },
                [name, engine] if name == "--engine" => options.run_on(engine)?,
                _ => return Err("the options are --device and --engine, and come last".into()),
            }
        }
        Ok(options)
    }

    fn run_on(&mut self, engine: &str) -> Result<(), Failure> {
        let mut sets = Instructions::ALL.into_iter();
        match sets.find(|set| set.as_str() == engine) {
            Some(set) => self.instructions = set,
            None if engine == "onnxruntime" => self.engine = EncoderEngine::OnnxRuntime,
            None => return Err("the engine is onnxruntime, or instructions such as avx2".into()),
        }
        Ok(())
    }
}

fn named(precision: &str) -> Result<Precision, Failure> {
    match precision {
        "int8" => Ok(Precision::Int8),
        "bf16" => Ok(Precision::Bf16),
        "fp16" => Ok(Precision::Fp16),
        "fp32" => Ok(Precision::Fp32),
        _ => Err("the precision is int8, bf16, fp16 or fp32".into()),
    }
}
