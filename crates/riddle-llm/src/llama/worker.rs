//! The thread that owns a model.

use std::path::Path;
use std::sync::Arc;
use std::thread::Builder;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use riddle_core::MODEL_STACK_BYTES;
use riddle_owner_thread::{Fifo, OwnerThread, StartError};

use super::backend;
use super::counters::Counters;
use super::gguf_file;
use super::job::Job;
use super::load_error::{LlamaLoadError, file_name};
use super::options::LlamaOptions;
use super::panicked::message_of;
use super::session::Session;

/// What a thread tells of its model when it is loaded.
pub(super) struct Ready {
    pub(super) model: Arc<LlamaModel>,
    pub(super) context_tokens: u32,
    pub(super) on_gpu: bool,
}

/// Starts the thread and waits until its model is loaded.
pub(super) fn spawn(
    options: &LlamaOptions,
    counters: &Arc<Counters>,
) -> Result<(OwnerThread<Fifo<Job>>, Ready), LlamaLoadError> {
    let queue = Fifo::new(options.queue);
    let (options, counters) = (options.clone(), Arc::clone(counters));
    let builder = Builder::new()
        .name("llama.cpp".to_owned())
        .stack_size(MODEL_STACK_BYTES);
    let started = OwnerThread::spawn(builder, queue, move |owner| {
        let (backend, model, architecture) = open(&options)?;
        let mut session = Session::new(backend, &model, &architecture, &options, counters)?;
        let ready = Ready {
            model: Arc::clone(&model),
            context_tokens: session.context_tokens(),
            on_gpu: options.gpu_layers > 0 && backend.supports_gpu_offload(),
        };
        Ok(owner.serve(
            ready,
            &mut session,
            |session, job: &mut Job| session.answer(job),
            |session| session.forget(),
        ))
    });
    started.map_err(|error| match error {
        StartError::Failed(error) => error,
        StartError::NoThread(error) => {
            LlamaLoadError::Engine(format!("no thread is to be had: {error}"))
        }
        StartError::Panicked(panicked) => LlamaLoadError::Engine(message_of(&panicked)),
    })
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

/// Has llama.cpp read all of a file but its tensors, and lets go of it. `prepared` is called when llama.cpp is ready,
/// before it opens the file.
///
/// # Errors
/// The file cannot be used.
pub fn open_vocabulary(path: &Path, prepared: impl FnOnce()) -> Result<(), LlamaLoadError> {
    let backend = backend::get(false)?;
    prepared();
    let architecture = gguf_file::check(path)?;
    let params = LlamaModelParams::default()
        .with_vocab_only(true)
        .with_use_mmap(false);
    match LlamaModel::load_from_file(backend, path, &params) {
        Ok(_model) => Ok(()),
        Err(_) => Err(LlamaLoadError::UnsupportedArchitecture {
            file: file_name(path),
            architecture,
        }),
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
