//! Tokens per second of tokenising alone and of the whole of decoding and chunking, on text files.
//!
//! `cargo run --release --example chunk_speed -- TOKENIZER.json FILE…`

#![expect(clippy::print_stdout, reason = "an example reports on standard output")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use riddle_core::{ChunkingSettings, Extractor, Tokenizer, Unwatched};
use riddle_ingest::{ExtractionLimits, ExtractorOptions, WorkerExtractor, chunk};

struct HuggingFace(tokenizers::Tokenizer);

impl Tokenizer for HuggingFace {
    fn token_starts(&self, text: &str) -> Vec<usize> {
        self.0.encode(text, false).map_or_else(
            |_error| Vec::new(),
            |encoding| {
                encoding
                    .get_offsets()
                    .iter()
                    .map(|(start, _)| *start)
                    .collect()
            },
        )
    }
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let file = arguments.next().context("give a tokenizer.json")?;
    let mut tokenizer =
        tokenizers::Tokenizer::from_file(file).map_err(|error| anyhow!("tokenizer: {error}"))?;
    tokenizer
        .with_truncation(None)
        .map_err(|error| anyhow!("tokenizer: {error}"))?;
    tokenizer.with_padding(None);
    let tokenizer = HuggingFace(tokenizer);
    let extractor = WorkerExtractor::new(ExtractorOptions {
        pictures: None,
        program: PathBuf::new(),
        arguments: Vec::new(),
        limits: ExtractionLimits {
            memory_bytes: 0,
            cpu_seconds: 0,
            wall_time: Duration::ZERO,
            output_bytes: u64::MAX,
            documents_per_worker: 0,
        },
    });
    let settings = ChunkingSettings {
        max_tokens: 256,
        overlap_tokens: 32,
    };
    for path in arguments {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let started = Instant::now();
        let text = extractor
            .extract(&path, &name, None, &Unwatched)
            .map_err(|error| anyhow!("{name}: {error}"))?;
        let decoding = started.elapsed();
        let started = Instant::now();
        let tokens: usize = text
            .text
            .as_bytes()
            .chunks(16 * 1024)
            .map(|piece| {
                tokenizer
                    .token_starts(&String::from_utf8_lossy(piece))
                    .len()
            })
            .sum();
        let tokenising = started.elapsed();
        let started = Instant::now();
        let chunks = chunk(&text, &tokenizer, settings);
        let chunking = started.elapsed();
        let rate = |time: Duration| tokens as f64 / time.as_secs_f64() / 1000.0;
        println!(
            "{name}: {} bytes, {tokens} tokens, {} chunks; thousand tokens/s: tokenising {:.0}, chunk() {:.0}, decode + chunk() {:.0}",
            text.text.len(),
            chunks.len(),
            rate(tokenising),
            rate(chunking),
            rate(decoding + chunking),
        );
    }
    Ok(())
}
