use std::path::Path;

use riddle_sandbox::Limits;

use super::check;
use crate::OnnxRuntime;
use crate::catalogue::{CatalogueEntry, WeightsFormat};

const GIB: u64 = 1 << 30;
/// Seconds of CPU time for any file, and for each of its GiB.
const SECONDS: u64 = 120;

/// What reads a model file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// The tokenizers library.
    Tokenizer,
    /// ONNX Runtime.
    Onnx,
    /// llama.cpp.
    Gguf,
    /// The header of weights.
    Safetensors,
    /// Tensors as PyTorch saves them.
    Torch,
    /// Settings.
    Json,
}

impl FileKind {
    const ALL: [Self; 6] = [
        Self::Tokenizer,
        Self::Onnx,
        Self::Gguf,
        Self::Safetensors,
        Self::Torch,
        Self::Json,
    ];

    /// Its name, on a command line for instance.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tokenizer => "tokenizer",
            Self::Onnx => "onnx",
            Self::Gguf => "gguf",
            Self::Safetensors => "safetensors",
            Self::Torch => "torch",
            Self::Json => "json",
        }
    }

    /// By its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What `path` of a model is; `None` for what nothing reads but as bytes or text.
    pub(super) fn of(entry: &CatalogueEntry, path: &str) -> Option<Self> {
        let extension = Path::new(path).extension()?.to_str()?;
        match extension {
            "json" if path.ends_with("tokenizer.json") => Some(Self::Tokenizer),
            "json" => Some(Self::Json),
            "safetensors" => Some(Self::Safetensors),
            "onnx" => Some(Self::Onnx),
            "gguf" => Some(Self::Gguf),
            "pt" | "bin" | "pth" => Some(Self::Torch),
            _ if path != entry.weights => None,
            _ => match entry.format {
                WeightsFormat::Onnx => Some(Self::Onnx),
                WeightsFormat::Gguf => Some(Self::Gguf),
                WeightsFormat::Safetensors => Some(Self::Safetensors),
            },
        }
    }

    /// What opening a file of `size` bytes may use.
    pub fn limits(self, size: u64) -> Limits {
        let (base, times) = match self {
            // Words become entries of several tables.
            Self::Tokenizer | Self::Json => (2 * GIB, 48),
            // Mapped or read, and copied once or twice.
            Self::Onnx | Self::Gguf | Self::Safetensors => (4 * GIB, 4),
            Self::Torch => (2 * GIB, 16),
        };
        Limits {
            memory_bytes: size.saturating_mul(times).saturating_add(base),
            cpu_seconds: SECONDS.saturating_mul(size / GIB + 1),
        }
    }

    /// Reads the file as its reader does, and lets go of what came of it. GGUF files are llama.cpp's to read, which is
    /// not here; ONNX files need the library loaded before.
    ///
    /// # Errors
    /// Why it cannot be read. That it can be told is what matters: the process goes on.
    pub fn read(self, path: &Path, onnxruntime: Option<&OnnxRuntime>) -> Result<(), String> {
        let size = std::fs::metadata(path)
            .map_err(|error| error.to_string())?
            .len();
        let told = |problem: check::FileProblem| problem.problem;
        match self {
            Self::Tokenizer => tokenizers::Tokenizer::from_file(path)
                .map(drop)
                .map_err(|error| error.to_string()),
            Self::Json => {
                let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
                serde_json::from_slice::<serde_json::Value>(&bytes)
                    .map(drop)
                    .map_err(|error| error.to_string())
            }
            Self::Safetensors => check::safetensors(path, size).map_err(told),
            Self::Torch => read_torch(path),
            Self::Onnx => {
                check::onnx(path, size).map_err(told)?;
                // Our own reader says no to most graphs, which is no problem of the file.
                for (outputs, head) in crate::open::EXPORTS {
                    let _ = riddle_convert::ExportedEncoder::read(path, outputs, head);
                }
                match onnxruntime {
                    Some(library) => library.parse(path).map_err(|error| error.to_string()),
                    None => Ok(()),
                }
            }
            Self::Gguf => Ok(()),
        }
    }
}

fn read_torch(path: &Path) -> Result<(), String> {
    let (folder, name) = (path.parent(), path.file_name());
    let (Some(folder), Some(name)) = (folder, name.and_then(|name| name.to_str())) else {
        return Err("it has no name".to_owned());
    };
    let source = riddle_checkpoint::Source::new("file", folder);
    riddle_convert::read_torch_file(&source, name)
        .map(drop)
        .map_err(|error| error.to_string())
}
