//! Prints how long an embedder takes for 20 texts of 64, 128 and 256 tokens, alone and with tokenization, and how much
//! memory it holds.
//!
//! `cargo run --release --example encoder_speed -- LIBRARY MODEL_FOLDER DIMENSIONS [THREADS]`

#![expect(clippy::print_stdout, reason = "this program prints its measurements")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use riddle_core::{Embedder, LanguageCoverage, Purpose, Similarity, Tokenizer};
use riddle_models::{Compute, EmbedderSpec, HfTokenizer, PoolingKind, Precision, TextEmbedder};

const TEXTS: usize = 20;
const ROUNDS: usize = 11;
/// English words that are one token each in the usual vocabularies.
const WORDS: [&str; 8] = [
    "the", "river", "carried", "small", "stones", "down", "to", "sand",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder, dimensions, rest @ ..] = &*arguments else {
        return Err("usage: encoder_speed LIBRARY MODEL_FOLDER DIMENSIONS [THREADS]".into());
    };
    let threads = rest.first().map_or(Ok(2), |text| text.parse())?;
    let runtime = Compute::with_library(Path::new(library), threads)?;
    println!("{} threads", runtime.threads());
    let cache = tempfile::tempdir()?;
    for precision in [Precision::Int8, Precision::Fp32] {
        let before = resident_megabytes();
        let started = Instant::now();
        let spec = EmbedderSpec {
            name: "measured".to_owned(),
            folder: PathBuf::from(folder),
            weights: "model.safetensors".to_owned(),
            cache: cache.path().to_owned(),
            precision,
            pooling: PoolingKind::Mean.into(),
            similarity: Similarity::Cosine,
            dimensions: dimensions.parse()?,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            max_tokens: 512,
            languages: LanguageCoverage::Multilingual,
        };
        drop(TextEmbedder::load(&runtime, &spec)?);
        let converted = started.elapsed().as_secs_f64() * 1e3;
        let started = Instant::now();
        let (mut embedder, tokenizer) = TextEmbedder::load(&runtime, &spec)?;
        println!(
            "{}: convert and load {converted:.0} ms, load {:.0} ms",
            precision.as_str(),
            started.elapsed().as_secs_f64() * 1e3
        );
        println!("  tokens  whole ms  graph alone ms  CPU ms per thread");
        for tokens in [16, 64, 128, 256] {
            measure(&mut embedder, tokens, threads)?;
        }
        measure_tokenizer(&tokenizer);
        println!("  resident: {:.0} MB more", resident_megabytes() - before);
    }
    Ok(())
}

fn measure(
    embedder: &mut TextEmbedder,
    tokens: usize,
    threads: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let texts: Vec<String> = (0..TEXTS)
        .map(|text| {
            let words =
                (0..tokens - 2).map(|word| WORDS[(text * 7 + word * 3 + word / 5) % WORDS.len()]);
            words.collect::<Vec<_>>().join(" ")
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let prepared = embedder.prepare(&texts, Purpose::Passage)?;
    let (mut whole, mut graph) = (f64::INFINITY, f64::INFINITY);
    let mut busy = 0.0;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        embedder.embed(&texts, Purpose::Passage)?;
        whole = whole.min(started.elapsed().as_secs_f64() * 1e3);
        let (started, busy_before) = (Instant::now(), cpu_milliseconds());
        embedder.run_prepared(&prepared)?;
        graph = graph.min(started.elapsed().as_secs_f64() * 1e3);
        busy += cpu_milliseconds() - busy_before;
    }
    let busy = busy / (ROUNDS * threads) as f64;
    println!("  {tokens:6}  {whole:8.1}  {graph:14.1}  {busy:23.1}");
    Ok(())
}

fn measure_tokenizer(tokenizer: &HfTokenizer) {
    const PLENTY: usize = 1_000_000;
    let words = WORDS.join(" ");
    let lines = format!("{words}.\n").repeat(PLENTY / words.len());
    let unspaced = "河流把小石子带到下游".repeat(PLENTY / 30);
    for (name, text) in [("lines", &lines), ("unspaced", &unspaced)] {
        let started = Instant::now();
        let tokens = tokenizer.token_starts(text).len();
        let ms = started.elapsed().as_secs_f64() * 1e3;
        println!(
            "  {} kB of {name}: {tokens} tokens in {ms:.0} ms",
            text.len() / 1000
        );
    }
}

/// What the threads of this process have computed. On a machine that does other work too, it says more than a clock.
fn cpu_milliseconds() -> f64 {
    const TICK: f64 = 10.0;
    let Ok(text) = std::fs::read_to_string("/proc/self/stat") else {
        return 0.0;
    };
    // Fields after the name in brackets; user and system time are the twelfth and thirteenth.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        * TICK
}

/// Zero where the system does not tell.
fn resident_megabytes() -> f64 {
    const PAGES_TO_MEGABYTES: f64 = 4096.0 / 1e6;
    std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split_whitespace().nth(1)?.parse::<f64>().ok())
        .map_or(0.0, |pages| pages * PAGES_TO_MEGABYTES)
}
