//! The hidden command that opens a model file for the server, and may be crashed by it.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use riddle_models::{FileKind, NOTHING_READ, OnnxRuntime, OpeningProgram};
use riddle_sandbox::{confine_to_file, limit};

use crate::arguments::OpenModelFileArguments;
use crate::output;

/// The name of the command.
const COMMAND: &str = "open-model-file";

/// How the server starts it.
pub(crate) fn program(onnxruntime: &Path) -> anyhow::Result<OpeningProgram> {
    Ok(OpeningProgram {
        program: std::env::current_exe()
            .context("this program cannot find itself, and model files are opened by no other")?,
        arguments: vec![
            COMMAND.to_owned(),
            "--library".to_owned(),
            // A path that is no text leaves ONNX files to the walk over their outline.
            onnxruntime.to_str().unwrap_or_default().to_owned(),
        ],
    })
}

/// Why a file is not known to be harmless, or that it cannot be used.
enum Problem {
    /// Reading it has not begun.
    NothingRead(String),
    /// It cannot be read. That is no failure: what counts is that reading it came to an end.
    Unreadable(String),
}

/// Opens the file within limits and without access to anything else.
pub(crate) fn run(arguments: &OpenModelFileArguments) -> ExitCode {
    match open(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Problem::Unreadable(problem)) => {
            output::note(&problem);
            ExitCode::SUCCESS
        }
        Err(Problem::NothingRead(problem)) => {
            output::note(&problem);
            ExitCode::from(NOTHING_READ)
        }
    }
}

fn open(arguments: &OpenModelFileArguments) -> Result<(), Problem> {
    let path = arguments.file.as_path();
    let unknown = || Problem::NothingRead("there is no such kind of file".to_owned());
    let kind = FileKind::parse(&arguments.kind).ok_or_else(unknown)?;
    // What the reader itself needs, while it may still be opened.
    let library = match kind {
        FileKind::Onnx => OnnxRuntime::load(&arguments.library).ok(),
        _ => None,
    };
    let nothing_read = |error: std::io::Error| Problem::NothingRead(error.to_string());
    let size = std::fs::metadata(path).map_err(nothing_read)?;
    limit(kind.limits(size.len())).map_err(nothing_read)?;
    match kind {
        FileKind::Gguf => open_gguf(path),
        // Weights may lie beside their graph.
        FileKind::Onnx => {
            confine(path.parent().unwrap_or(path));
            kind.read(path, library.as_ref())
                .map_err(Problem::Unreadable)
        }
        _ => {
            confine(path);
            kind.read(path, None).map_err(Problem::Unreadable)
        }
    }
}

/// Takes from this process what reading the file does not need, and tells whoever started it what holds.
fn confine(readable: &Path) {
    let confinement = confine_to_file(readable);
    if let Ok(told) = serde_json::to_string(&confinement) {
        output::line(&told);
    }
}

#[cfg(feature = "llama")]
fn open_gguf(path: &Path) -> Result<(), Problem> {
    let has_begun = std::cell::Cell::new(false);
    let prepared = || {
        confine(path);
        has_begun.set(true);
    };
    riddle_llm::open_vocabulary(path, prepared).map_err(|error| match has_begun.get() {
        true => Problem::Unreadable(error.to_string()),
        false => Problem::NothingRead(error.to_string()),
    })
}

#[cfg(not(feature = "llama"))]
fn open_gguf(path: &Path) -> Result<(), Problem> {
    confine(path);
    FileKind::Gguf.read(path, None).map_err(Problem::Unreadable)
}
