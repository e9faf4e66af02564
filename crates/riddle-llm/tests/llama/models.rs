//! The models of the tests.

use std::path::PathBuf;

use riddle_llm::{LlamaCpp, LlamaOptions};

/// The tiny Qwen3 that `scripts/reference/tiny_qwen3_gguf.py` writes. A chat without thinking gets a fixed answer from
/// it, bare text is continued without end and depends on all that stands before.
pub(crate) fn tiny_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny-qwen3.gguf")
}

pub(crate) fn tiny_options() -> LlamaOptions {
    let mut options = LlamaOptions::new(tiny_path(), "tiny-qwen3");
    options.threads = 1;
    options
}

pub(crate) fn tiny() -> anyhow::Result<LlamaCpp> {
    Ok(LlamaCpp::load(&tiny_options())?)
}
