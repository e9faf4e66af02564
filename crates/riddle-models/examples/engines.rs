//! Prints how long 20 pairs take on each engine, at each precision, for equal and for mixed lengths: with tokenizing,
//! the best of several rounds, the engines in turn.
//!
//! `cargo run --release --example engines -- LIBRARY MODEL_FOLDER [ROUNDS] [THREADS]`

#![expect(clippy::print_stdout, reason = "this program prints its measurements")]

#[path = "shared/scoring.rs"]
mod scoring;

use std::path::Path;
use std::time::{Duration, Instant};

use riddle_core::{ModelError, Reranker};
use riddle_models::{Compute, CrossEncoder, EncoderEngine, Precision};
use scoring::{pairs, patiently, spec};

const PAIRS: usize = 20;
/// English words that are one token each in the usual vocabularies.
const WORDS: [&str; 8] = [
    "the", "river", "carried", "small", "stones", "down", "to", "sand",
];
const QUERY: &str = "the river to the sand";
const ENGINES: [EncoderEngine; 2] = [EncoderEngine::Native, EncoderEngine::OnnxRuntime];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder, rest @ ..] = &*arguments else {
        return Err("usage: engines LIBRARY MODEL_FOLDER [ROUNDS] [THREADS]".into());
    };
    let rounds = rest.first().map_or(Ok(7), |text| text.parse())?;
    let threads = rest.get(1).map_or(Ok(2), |text| text.parse())?;
    let runtime = Compute::with_library(Path::new(library), threads)?;
    let cache = tempfile::tempdir()?;
    println!("precision engine        load ms     64    128    256    512  mixed");
    for precision in [Precision::Int8, Precision::Fp32] {
        let spec = spec(folder, cache.path(), precision);
        let mut rerankers = Vec::new();
        for engine in ENGINES {
            let started = Instant::now();
            let reranker = CrossEncoder::open(&runtime.clone().with_engine(engine), &spec)?;
            rerankers.push((engine, started.elapsed(), reranker, Vec::new()));
        }
        for set in [64, 128, 256, 512, 0].map(passages) {
            let mut best = [Duration::MAX; ENGINES.len()];
            for _ in 0..rounds {
                for (best, (.., reranker, _)) in best.iter_mut().zip(&mut rerankers) {
                    *best = time(reranker, &set)?.min(*best);
                }
            }
            for (best, (.., results)) in best.iter().zip(&mut rerankers) {
                results.push(best.as_secs_f64() * 1e3);
            }
        }
        for (engine, load, _, results) in &rerankers {
            let engine = format!("{engine:?}");
            let load = load.as_secs_f64() * 1e3;
            print!("{:9} {engine:13} {load:7.0}", precision.as_str());
            results.iter().for_each(|ms| print!(" {ms:6.1}"));
            println!();
        }
    }
    Ok(())
}

/// Pairs of `tokens` tokens, or for 0 of every length from 40 to 236.
fn passages(tokens: usize) -> Vec<String> {
    let specials = 3;
    let passage = |pair: usize| {
        let tokens = match tokens {
            0 => 40 + (pair * 7 % PAIRS) * 196 / (PAIRS - 1),
            tokens => tokens,
        };
        let words = tokens - specials - QUERY.split(' ').count();
        let words = (0..words).map(|word| WORDS[(pair * 7 + word * 3 + word / 5) % WORDS.len()]);
        words.collect::<Vec<_>>().join(" ")
    };
    (0..PAIRS).map(passage).collect()
}

fn time(reranker: &mut CrossEncoder, passages: &[String]) -> Result<Duration, ModelError> {
    let pairs = pairs(QUERY, passages);
    let started = Instant::now();
    reranker.score(&pairs, &patiently())?;
    Ok(started.elapsed())
}
