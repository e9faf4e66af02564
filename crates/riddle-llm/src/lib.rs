//! Chat models behind one port: llama.cpp in the process, and any server that speaks OpenAI's chat completions.
//!
//! Both are a [`riddle_core::ChatModel`]: a chat goes in, a stream of text comes out, and dropping the stream stops
//! the work. Thinking aloud (`<think>…</think>`) never reaches the stream.

#[cfg(feature = "llama")]
mod llama;
mod openai;
mod think;
#[cfg(feature = "llama")]
mod utf8;

#[cfg(feature = "llama")]
pub use llama::{
    LlamaCounters, LlamaCpp, LlamaLoadError, LlamaOptions, LlamaYesNo, YesNoModel, YesNoOptions,
    open_vocabulary,
};
pub use openai::{OpenAiCompatible, OpenAiOptions, UNNAMED};
