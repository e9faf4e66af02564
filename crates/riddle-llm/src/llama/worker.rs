//! The thread that owns a model.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use riddle_core::ChatError;

use super::backend;
use super::counters::Counters;
use super::gguf_file;
use super::load_error::{LlamaLoadError, file_name};
use super::options::LlamaOptions;
use super::queue::Queue;
use super::session::Session;

/// Some tokenizers of llama.cpp recurse once per character of a long word.
pub(super) const STACK_BYTES: usize = 16 << 20;

/// A thread that answers.
pub(super) struct Ready {
    pub(super) model: Arc<LlamaModel>,
    pub(super) context_tokens: u32,
    pub(super) on_gpu: bool,
    pub(super) thread: JoinHandle<()>,
}

struct Loaded {
    model: Arc<LlamaModel>,
    context_tokens: u32,
    on_gpu: bool,
}

/// Starts the thread and waits until its model is loaded.
pub(super) fn spawn(
    options: &LlamaOptions,
    queue: &Arc<Queue>,
    counters: &Arc<Counters>,
) -> Result<Ready, LlamaLoadError> {
    let (report, reported) = sync_channel(1);
    let (options, queue, counters) = (options.clone(), Arc::clone(queue), Arc::clone(counters));
    let thread = std::thread::Builder::new()
        .name("llama.cpp".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || run(&options, &queue, counters, &report))
        .map_err(|error| LlamaLoadError::Engine(format!("no thread is to be had: {error}")))?;
    let loaded = reported
        .recv()
        .map_err(|_gone| LlamaLoadError::Engine("its thread ended while loading".to_owned()))??;
    Ok(Ready {
        model: loaded.model,
        context_tokens: loaded.context_tokens,
        on_gpu: loaded.on_gpu,
        thread,
    })
}

fn run(
    options: &LlamaOptions,
    queue: &Queue,
    counters: Arc<Counters>,
    report: &SyncSender<Result<Loaded, LlamaLoadError>>,
) {
    // The receiver waits for exactly one report and lives until it has it.
    let (backend, model, architecture) = match open(options) {
        Ok(opened) => opened,
        Err(error) => {
            let _ = report.send(Err(error));
            return;
        }
    };
    let mut session = match Session::new(backend, &model, &architecture, options, counters) {
        Ok(session) => session,
        Err(error) => {
            let _ = report.send(Err(error));
            return;
        }
    };
    let _ = report.send(Ok(Loaded {
        model: Arc::clone(&model),
        context_tokens: session.context_tokens(),
        on_gpu: options.gpu_layers > 0 && backend.supports_gpu_offload(),
    }));
    while let Some(job) = queue.next() {
        if catch_unwind(AssertUnwindSafe(|| session.answer(&job))).is_err() {
            session.forget();
            job.reply.send(Err(ChatError::Failed {
                message: "llama.cpp met an internal error; ask again".to_owned(),
            }));
        }
    }
}

pub(super) fn open(
    options: &LlamaOptions,
) -> Result<(&'static LlamaBackend, Arc<LlamaModel>, String), LlamaLoadError> {
    let architecture = gguf_file::check(&options.path)?;
    let backend = backend::get(options.engine_log)?;
    // Read, not mapped: a process that has mapped a file is killed where somebody shortens that file in place.
    let params = LlamaModelParams::default()
        .with_n_gpu_layers(options.gpu_layers)
        .with_use_mmap(false);
    match LlamaModel::load_from_file(backend, &options.path, &params) {
        Ok(model) => Ok((backend, Arc::new(model), architecture)),
        Err(error) => {
            tracing::warn!(%error, model.name = %options.name, "llama.cpp refuses a model file");
            Err(refusal(backend, options, architecture))
        }
    }
}

/// llama.cpp says no more than that it failed. A load that stops short of the tensors tells the two causes apart.
fn refusal(backend: &LlamaBackend, options: &LlamaOptions, architecture: String) -> LlamaLoadError {
    let file = file_name(&options.path);
    let header_only = LlamaModelParams::default().with_vocab_only(true);
    if LlamaModel::load_from_file(backend, &options.path, &header_only).is_ok() {
        LlamaLoadError::Refused { file, architecture }
    } else {
        LlamaLoadError::UnsupportedArchitecture { file, architecture }
    }
}
