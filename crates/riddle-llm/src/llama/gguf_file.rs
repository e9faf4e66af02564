//! What a GGUF file says about itself, read before llama.cpp loads it, so that broken files get an error that helps.

use std::fs::File;
use std::io::{BufReader, ErrorKind};
use std::path::Path;

use riddle_gguf::{HeaderError, read_header, runs_as_language_model};

use super::load_error::{LlamaLoadError, file_name};

/// Checks that the file at `path` is a whole GGUF file of a model that writes text, and returns its architecture.
pub(super) fn check(path: &Path) -> Result<String, LlamaLoadError> {
    let file = file_name(path);
    let unreadable = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => LlamaLoadError::Missing { file: file.clone() },
        _ => LlamaLoadError::Unreadable {
            file: file.clone(),
            source,
        },
    };
    let opened = File::open(path).map_err(&unreadable)?;
    let metadata = opened.metadata().map_err(&unreadable)?;
    if metadata.is_dir() {
        return Err(LlamaLoadError::NotGguf { file });
    }
    let header = match read_header(BufReader::new(opened), metadata.len()) {
        Ok(header) => header,
        Err(HeaderError::Io(source)) => return Err(unreadable(source)),
        Err(HeaderError::LfsPointer) => return Err(LlamaLoadError::LfsPointer { file }),
        Err(HeaderError::NotGguf) => return Err(LlamaLoadError::NotGguf { file }),
        Err(HeaderError::Truncated) => return Err(LlamaLoadError::Truncated { file }),
        Err(HeaderError::UnknownVersion(_)) => {
            let detail = "unknown version or byte order";
            return Err(LlamaLoadError::Damaged { file, detail });
        }
        Err(HeaderError::Damaged(detail)) => return Err(LlamaLoadError::Damaged { file, detail }),
    };
    if header.end > metadata.len() {
        return Err(LlamaLoadError::Truncated { file });
    }
    let Some(architecture) = header.architecture else {
        let detail = "no architecture";
        return Err(LlamaLoadError::Damaged { file, detail });
    };
    if !runs_as_language_model(&architecture) {
        return Err(LlamaLoadError::UnsupportedArchitecture { file, architecture });
    }
    Ok(architecture)
}
