//! What llama.cpp needs to be told.

use std::path::PathBuf;
use std::thread::available_parallelism;

/// A GGUF model and how to run it.
#[derive(Clone, Debug)]
pub struct LlamaOptions {
    /// The GGUF file.
    pub path: PathBuf,
    /// Catalogue name, as shown to users.
    pub name: String,
    /// Tokens that prompt and answer share; at most what the model was trained for. Memory grows with it.
    pub context_tokens: u32,
    /// Threads that compute; best the number of physical cores.
    pub threads: usize,
    /// Whether fewer threads compute while other work keeps CPUs busy. Known on Linux alone.
    pub give_way: bool,
    /// Prompt tokens that are read between two looks at whether somebody still waits.
    pub batch: u32,
    /// Layers put on a GPU, where the build has one.
    pub gpu_layers: u32,
    /// Requests that may wait; further ones are refused as busy.
    pub queue: usize,
    /// Whether llama.cpp's own lines become tracing events (target `llama-cpp-2`). They name paths. The first model
    /// loaded in a process decides for all.
    pub engine_log: bool,
}

impl LlamaOptions {
    /// A model on the CPU with everything else as it suits question answering: 8,192 tokens, all cores that are
    /// free, prompt batches of 256, eight requests waiting, a silent engine.
    pub fn new(path: impl Into<PathBuf>, name: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            name: name.into(),
            context_tokens: 8192,
            threads: available_parallelism().map_or(1, usize::from),
            give_way: true,
            batch: 256,
            gpu_layers: 0,
            queue: 8,
            engine_log: false,
        }
    }
}
