//! Tokens per second of llama.cpp through the chat port against a bare loop over the same model, side by side.
//!
//! `cargo run --release -p riddle-llm --features llama --example llama_overhead -- MODEL.gguf [THREADS]`
//!
//! Rounds alternate between the two and their order, and each round has a prompt of its own, so that neither profits
//! from a warm cache or a calmer machine. The fastest round of each is the fair one where other work runs beside it. A
//! suitable model is made by
//! `scripts/reference/tiny_qwen3_gguf.py --size bench`.

#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::mem::ManuallyDrop;
use std::num::NonZeroU32;
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use futures_util::StreamExt;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::sampling::LlamaSampler;
use riddle_core::ChatDelta;
use riddle_llm::{LlamaCpp, LlamaOptions};

const ROUNDS: usize = 20;
const ANSWER_TOKENS: u32 = 64;
const PROMPT_WORDS: usize = 24;
const CONTEXT_TOKENS: u32 = 2048;

/// One run: whole time from text to last token, and its two parts.
struct Run {
    text: String,
    prompt_tokens: usize,
    answer_tokens: usize,
    prefill_s: f64,
    decode_s: f64,
    total_s: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let path = std::env::args()
        .nth(1)
        .context("usage: llama_overhead MODEL.gguf [THREADS]")?;
    let mut options = LlamaOptions::new(path, "bench");
    options.context_tokens = CONTEXT_TOKENS;
    // The bare loop does not give way either.
    options.give_way = false;
    if let Some(threads) = std::env::args().nth(2) {
        options.threads = threads.parse()?;
    }
    let port = LlamaCpp::load(&options)?;

    // The port has started the library already; this stands for it and must not stop it.
    let backend = ManuallyDrop::new(LlamaBackend {});
    let read = LlamaModelParams::default().with_use_mmap(false);
    let model = LlamaModel::load_from_file(&backend, &options.path, &read)?;
    let threads = i32::try_from(options.threads)?;
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(CONTEXT_TOKENS))
        .with_n_batch(options.batch)
        .with_n_ubatch(options.batch)
        .with_n_threads(threads)
        .with_n_threads_batch(threads);
    let mut context = model.new_context(&backend, params)?;

    let (mut ports, mut bares) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let prompt = prompt(round);
        let (through_port, bare) = if round % 2 == 0 {
            let through_port = run_port(&port, &prompt).await?;
            (
                through_port,
                run_bare(&model, &mut context, &prompt, options.batch)?,
            )
        } else {
            let bare = run_bare(&model, &mut context, &prompt, options.batch)?;
            (run_port(&port, &prompt).await?, bare)
        };
        ensure!(
            through_port.text == bare.text,
            "the two wrote different text"
        );
        // The first round pages the weights in.
        if round > 0 {
            ports.push(through_port);
            bares.push(bare);
        }
    }
    report(&options, &ports, &bares);
    Ok(())
}

async fn run_port(port: &LlamaCpp, prompt: &str) -> anyhow::Result<Run> {
    let started = Instant::now();
    let mut stream = port.complete_raw(prompt, ANSWER_TOKENS);
    let mut text = String::new();
    while let Some(delta) = stream.next().await {
        match delta? {
            ChatDelta::Text(piece) => text.push_str(&piece),
            ChatDelta::Restart => {}
            ChatDelta::End { usage, .. } => {
                return Ok(Run {
                    text,
                    prompt_tokens: usage.prompt_tokens as usize,
                    answer_tokens: usage.completion_tokens as usize,
                    prefill_s: usage.prefill_ms.unwrap_or_default() / 1000.0,
                    decode_s: usage.decode_ms.unwrap_or_default() / 1000.0,
                    total_s: started.elapsed().as_secs_f64(),
                });
            }
        }
    }
    bail!("the stream ended without its end")
}

fn run_bare(
    model: &LlamaModel,
    context: &mut LlamaContext<'_>,
    prompt: &str,
    batch_tokens: u32,
) -> anyhow::Result<Run> {
    let started = Instant::now();
    let vocab = model.vocab();
    context.clear_kv_cache();
    let tokens = vocab.tokenize(prompt.as_bytes(), true, false);
    let mut batch = LlamaBatch::new(batch_tokens as usize, 1);
    let mut position = 0;
    for part in tokens.chunks(batch_tokens as usize) {
        batch.clear();
        for &token in part {
            let is_last = position as usize + 1 == tokens.len();
            batch.add(token, position, &[0], is_last)?;
            position += 1;
        }
        context.decode(&mut batch)?;
    }
    let prefill_s = started.elapsed().as_secs_f64();

    let decode_started = Instant::now();
    let mut sampler = LlamaSampler::greedy();
    let mut bytes = Vec::new();
    let mut answer_tokens = 0;
    while answer_tokens < ANSWER_TOKENS as usize {
        let token = sampler.sample(context, -1);
        if vocab.is_eog(token) {
            break;
        }
        bytes.extend(vocab.token_to_piece(token, false, None));
        answer_tokens += 1;
        if answer_tokens < ANSWER_TOKENS as usize {
            batch.clear();
            batch.add(token, position, &[0], true)?;
            position += 1;
            context.decode(&mut batch)?;
        }
    }
    Ok(Run {
        // The port drops a character that is cut at the end.
        text: String::from_utf8_lossy(&bytes)
            .trim_end_matches(char::REPLACEMENT_CHARACTER)
            .to_owned(),
        prompt_tokens: tokens.len(),
        answer_tokens,
        prefill_s,
        decode_s: decode_started.elapsed().as_secs_f64(),
        total_s: started.elapsed().as_secs_f64(),
    })
}

fn prompt(round: usize) -> String {
    // The first letter differs, so that no prefix is reused.
    let letter = char::from(b'a' + (round % 26) as u8);
    let mut text = format!("{letter} round;");
    for word in 0..PROMPT_WORDS {
        let number = (word * 7 + round) % 50;
        text.push_str(&format!(" the source number {number} says so;"));
    }
    text.push_str(" and");
    text
}

fn report(options: &LlamaOptions, ports: &[Run], bares: &[Run]) {
    println!(
        "{} rounds of {} + {} tokens, {} threads, batches of {}",
        ports.len(),
        ports[0].prompt_tokens,
        ports[0].answer_tokens,
        options.threads,
        options.batch
    );
    println!(
        "{:<17}{:>11}{:>11}{:>8}",
        "tokens/s", "bare loop", "port", "ratio"
    );
    for (name, speed) in [
        ("prefill", prefill as fn(&Run) -> f64),
        ("decode", decode),
        ("total", total),
    ] {
        let (bare, port) = (sorted(bares, speed), sorted(ports, speed));
        line(name, "median", bare[bare.len() / 2], port[port.len() / 2]);
        line(name, "fastest", bare[bare.len() - 1], port[port.len() - 1]);
    }
}

fn prefill(run: &Run) -> f64 {
    run.prompt_tokens as f64 / run.prefill_s
}

fn decode(run: &Run) -> f64 {
    run.answer_tokens as f64 / run.decode_s
}

fn total(run: &Run) -> f64 {
    (run.prompt_tokens + run.answer_tokens) as f64 / run.total_s
}

fn line(name: &str, which: &str, bare: f64, port: f64) {
    println!(
        "{name:<8} {which:<8}{bare:>11.1}{port:>11.1}{:>8.3}",
        port / bare
    );
}

/// Speeds, slowest first.
fn sorted(runs: &[Run], speed: fn(&Run) -> f64) -> Vec<f64> {
    let mut speeds: Vec<f64> = runs.iter().map(speed).collect();
    speeds.sort_by(f64::total_cmp);
    speeds
}
