//! Tokens per second of llama.cpp through the chat port beside busy threads, as a part of the fair share of the
//! machine, and of prompts of several lengths.
//!
//! `cargo run --release -p riddle-llm --features llama --example llama_sharing -- MODEL.gguf [THREADS]`
//!
//! With as many threads as there are CPUs, `n` of them are due `n / (n + busy)` of the machine. The rate without
//! giving way stands beside each figure. All figures are of one run.

#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use futures_util::StreamExt;
use riddle_core::ChatDelta;
use riddle_llm::{LlamaCpp, LlamaOptions};

const CONTEXT_TOKENS: u32 = 8192;
/// How long one figure is measured.
const TIME: Duration = Duration::from_secs(4);
const MOST_ANSWER_TOKENS: u32 = 300;
const PROMPT_TOKENS: [usize; 4] = [400, 800, 2_000, 4_000];

/// Threads that do nothing but keep CPUs busy, as other programs do.
struct Busy {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Busy {
    fn start(threads: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let busy = |_| {
            let stop = Arc::clone(&stop);
            spawn(move || while !stop.load(Ordering::Relaxed) {})
        };
        Self {
            threads: (0..threads).map(busy).collect(),
            stop,
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // It cannot panic.
            let _ = thread.join();
        }
    }
}

struct Rates {
    prompt_tokens: u32,
    read: f64,
    written: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let path = std::env::args()
        .nth(1)
        .context("usage: llama_sharing MODEL.gguf [THREADS]")?;
    let mut options = LlamaOptions::new(path, "bench");
    options.context_tokens = CONTEXT_TOKENS;
    if let Some(threads) = std::env::args().nth(2) {
        options.threads = threads.parse()?;
    }
    let sharing = LlamaCpp::load(&options)?;
    options.give_way = false;
    let stubborn = LlamaCpp::load(&options)?;
    sharing_figures(&options, &sharing, &stubborn).await?;
    reading_figures(&sharing).await
}

async fn sharing_figures(
    options: &LlamaOptions,
    sharing: &LlamaCpp,
    stubborn: &LlamaCpp,
) -> anyhow::Result<()> {
    println!(
        "{:<26}{:>10}{:>14}{:>12}{:>16}",
        "tokens/s", "giving way", "without", "fair share", "of fair share"
    );
    let mut quiet = (0.0, 0.0);
    for busy in 0..=2 {
        let load = Busy::start(busy);
        let mine = measure(sharing, 800, MOST_ANSWER_TOKENS).await?;
        let others = measure(stubborn, 800, 8).await?;
        drop(load);
        if busy == 0 {
            quiet = (mine.read, mine.written);
        }
        let share = options.threads as f64 / (options.threads + busy) as f64;
        for (what, quiet, mine, other) in [
            ("reading", quiet.0, mine.read, others.read),
            ("writing", quiet.1, mine.written, others.written),
        ] {
            println!(
                "{:<26}{mine:>10.1}{other:>14.1}{:>12.1}{:>16.2}",
                format!("{what}, {busy} busy"),
                quiet * share,
                mine / (quiet * share)
            );
        }
    }
    Ok(())
}

async fn reading_figures(model: &LlamaCpp) -> anyhow::Result<()> {
    let mut short = None;
    for tokens in PROMPT_TOKENS {
        let read = measure(model, tokens, 1).await?;
        let first = *short.get_or_insert(read.read);
        println!(
            "reading {:>5} tokens{:>18.1} tokens/s, {:.2} of the first",
            read.prompt_tokens,
            read.read,
            read.read / first
        );
    }
    Ok(())
}

/// Medians over as many answers as the time allows, three at least.
async fn measure(
    model: &LlamaCpp,
    prompt_tokens: usize,
    answer_tokens: u32,
) -> anyhow::Result<Rates> {
    let started = Instant::now();
    let (mut read, mut written) = (Vec::new(), Vec::new());
    let mut length = 0;
    while read.len() < 3 || started.elapsed() < TIME {
        let mut stream = model.complete_raw(&prompt(read.len(), prompt_tokens), answer_tokens);
        loop {
            match stream.next().await {
                Some(Ok(ChatDelta::Text(_) | ChatDelta::Restart)) => {}
                Some(Ok(ChatDelta::End { usage, .. })) => {
                    let rate = |tokens: u32, ms: Option<f64>| {
                        f64::from(tokens) * 1e3 / ms.unwrap_or_default().max(1e-3)
                    };
                    length = usage.prompt_tokens;
                    read.push(rate(usage.prompt_tokens, usage.prefill_ms));
                    written.push(rate(usage.completion_tokens, usage.decode_ms));
                    break;
                }
                Some(Err(error)) => return Err(error.into()),
                None => bail!("the stream ended without its end"),
            }
        }
    }
    Ok(Rates {
        prompt_tokens: length,
        read: median(read),
        written: median(written),
    })
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Some nine tokens for each phrase. The first word differs, so that no prompt is in the cache.
fn prompt(round: usize, tokens: usize) -> String {
    let phrases = tokens / 9;
    let mut text = format!("Round {round}{}:", round * 7 + tokens);
    for phrase in 0..phrases {
        text.push_str(&format!(" the source number {} says so;", phrase * 7 % 50));
    }
    text
}
