//! Memory of the reranker over many calls of mixed shapes, and its time for each 1,000 tokens at several lengths.
//!
//! `cargo run --release --example rerank_soak -- LIBRARY MODEL_FOLDER CACHE [CALLS] [THREADS]`
//!
//! It fails where the memory after all calls is more than 64 MB above that after the first tenth of them.

#![expect(clippy::print_stdout, reason = "this program prints its measurements")]

#[path = "shared/scoring.rs"]
mod scoring;

use std::path::Path;
use std::time::Instant;

use riddle_core::{ModelError, PairScore, Reranker};
use riddle_models::{Compute, CrossEncoder, Precision};
use scoring::{pairs, patiently, spec};

const CALLS: usize = 10_000;
/// Growth beyond this is a leak. Heaps of several threads settle by some megabytes.
const MOST_GROWTH_MB: f64 = 64.0;
const PAIRS: usize = 20;
const ROUNDS: usize = 5;
/// English words that are one token each in the usual vocabularies.
const WORDS: [&str; 8] = [
    "the", "river", "carried", "small", "stones", "down", "to", "sand",
];
const QUERY: &str = "the river to the sand";

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder, cache, rest @ ..] = &*arguments else {
        return Err("usage: rerank_soak LIBRARY MODEL_FOLDER CACHE [CALLS] [THREADS]".into());
    };
    let calls = rest.first().map_or(Ok(CALLS), |text| text.parse())?;
    let threads = rest.get(1).map_or(Ok(2), |text| text.parse())?;
    let runtime = Compute::with_library(Path::new(library), threads)?;
    let spec = spec(folder, Path::new(cache), Precision::Int8);
    let mut reranker = CrossEncoder::open(&runtime, &spec)?;
    measure_lengths(&mut reranker)?;
    measure_memory(&mut reranker, calls)
}

fn measure_lengths(reranker: &mut CrossEncoder) -> Result<(), Failure> {
    println!("tokens of a pair  ms for {PAIRS} pairs  ms for 1,000 tokens");
    for words in [16, 48, 112, 240, 368, 496] {
        let passages: Vec<String> = (0..PAIRS).map(|seed| passage(words, seed)).collect();
        let mut best = f64::INFINITY;
        let mut tokens = 0;
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let scores = score(reranker, &passages)?;
            best = best.min(started.elapsed().as_secs_f64() * 1e3);
            tokens = scores.iter().flatten().map(|score| score.tokens).sum();
        }
        println!(
            "{:16}  {best:15.1}  {:19.2}",
            tokens as usize / PAIRS,
            best * 1e3 / f64::from(tokens)
        );
    }
    Ok(())
}

/// Every call has another number of passages, each of another length, short ones more often than long ones.
fn measure_memory(reranker: &mut CrossEncoder, calls: usize) -> Result<(), Failure> {
    let mut after_warm_up = resident_megabytes();
    let mut random = 7_u64;
    for call in 0..calls {
        let count = 1 + next(&mut random) % 4;
        let passages: Vec<String> = (0..count)
            .map(|_| {
                let longest = if next(&mut random).is_multiple_of(20) {
                    600
                } else {
                    80
                };
                passage(next(&mut random) % longest, call)
            })
            .collect();
        if score(reranker, &passages)?.iter().any(Option::is_none) {
            return Err("a pair was not scored".into());
        }
        if (call + 1) % (calls / 10).max(1) == 0 {
            let now = resident_megabytes();
            println!("after {:6} calls: {now:.1} MB resident", call + 1);
            if call < calls / 10 {
                after_warm_up = now;
            }
        }
    }
    let growth = resident_megabytes() - after_warm_up;
    println!("grown by {growth:.1} MB after the first tenth");
    if growth > MOST_GROWTH_MB {
        return Err(format!("memory grew by more than {MOST_GROWTH_MB} MB").into());
    }
    Ok(())
}

fn score(
    reranker: &mut CrossEncoder,
    passages: &[String],
) -> Result<Vec<Option<PairScore>>, ModelError> {
    reranker.score(&pairs(QUERY, passages), &patiently())
}

fn passage(words: usize, seed: usize) -> String {
    let words = (0..words).map(|word| WORDS[(seed * 7 + word * 3 + word / 5) % WORDS.len()]);
    words.collect::<Vec<_>>().join(" ")
}

/// A linear congruential generator: the same calls on every machine.
fn next(state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

/// Zero where the system does not tell.
fn resident_megabytes() -> f64 {
    const PAGES_TO_MEGABYTES: f64 = 4096.0 / 1e6;
    std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split_whitespace().nth(1)?.parse::<f64>().ok())
        .map_or(0.0, |pages| pages * PAGES_TO_MEGABYTES)
}
