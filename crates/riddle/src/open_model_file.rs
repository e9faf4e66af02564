//! The hidden command that opens a model file for the server, and may be crashed by it.

use std::path::Path;
use std::process::ExitCode;

use riddle_models::{FileKind, OnnxRuntime, OpeningProgram};
use riddle_sandbox::{confine_to_file, limit};

use crate::arguments::OpenModelFileArguments;
use crate::output;

/// The name of the command.
const COMMAND: &str = "open-model-file";

/// How the server starts it; `None` where this program does not know itself.
pub(crate) fn program(onnxruntime: &Path) -> Option<OpeningProgram> {
    let program = std::env::current_exe();
    if let Err(error) = &program {
        tracing::warn!(%error, "this program cannot find itself, so model files are opened by the server itself");
    }
    Some(OpeningProgram {
        program: program.ok()?,
        arguments: vec![
            COMMAND.to_owned(),
            "--library".to_owned(),
            // A path that is no text leaves ONNX files to the walk over their outline.
            onnxruntime.to_str().unwrap_or_default().to_owned(),
        ],
    })
}

/// Opens the file within limits and without access to anything else. A file that cannot be read is no failure: what
/// counts is that reading it came to an end.
pub(crate) fn run(arguments: &OpenModelFileArguments) -> ExitCode {
    match open(arguments) {
        Ok(()) => {}
        Err(problem) => output::note(&problem),
    }
    ExitCode::SUCCESS
}

fn open(arguments: &OpenModelFileArguments) -> Result<(), String> {
    let path = arguments.file.as_path();
    let kind = FileKind::parse(&arguments.kind).ok_or("no such kind of file")?;
    // What the reader itself needs, while it may still be opened.
    let library = match kind {
        FileKind::Onnx => OnnxRuntime::load(&arguments.library).ok(),
        _ => None,
    };
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?;
    limit(kind.limits(size.len())).map_err(|error| error.to_string())?;
    match kind {
        FileKind::Gguf => open_gguf(path),
        // Weights may lie beside their graph.
        FileKind::Onnx => {
            confine_to_file(path.parent().unwrap_or(path));
            kind.read(path, library.as_ref())
        }
        _ => {
            confine_to_file(path);
            kind.read(path, None)
        }
    }
}

#[cfg(feature = "llama")]
fn open_gguf(path: &Path) -> Result<(), String> {
    let prepared = || drop(confine_to_file(path));
    riddle_llm::open_vocabulary(path, prepared).map_err(|error| error.to_string())
}

#[cfg(not(feature = "llama"))]
fn open_gguf(path: &Path) -> Result<(), String> {
    confine_to_file(path);
    FileKind::Gguf.read(path, None)
}
