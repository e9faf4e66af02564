use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use riddle_gguf::{HeaderError, read_header};

use super::{FileProblem, pull_again};
use crate::catalogue::CatalogueEntry;

/// Reads the header of a GGUF file: version, architecture and how long the tensors make it.
pub(super) fn check(path: &Path, size: u64, entry: &CatalogueEntry) -> Result<(), FileProblem> {
    let remedy = pull_again(entry);
    let read = File::open(path)
        .map_err(HeaderError::Io)
        .and_then(|file| read_header(BufReader::new(file), size));
    let header = match read {
        Ok(header) => header,
        Err(HeaderError::NotGguf | HeaderError::LfsPointer) => {
            return Err(FileProblem::new("is not a GGUF file", &remedy));
        }
        Err(HeaderError::UnknownVersion(version)) => {
            return Err(FileProblem::new(
                format!("is GGUF of version {version}; versions 2 and 3 can be read"),
                format!("convert it anew with a current llama.cpp, or {remedy}"),
            ));
        }
        Err(HeaderError::Io(_) | HeaderError::Truncated | HeaderError::Damaged(_)) => {
            let problem = "is damaged or truncated within its header";
            return Err(FileProblem::new(problem, &remedy));
        }
    };
    if let Some(found) = &header.architecture
        && *found != entry.architecture
    {
        return Err(FileProblem::new(
            format!(
                "holds a model of architecture `{found}` where `{}` is expected",
                entry.architecture
            ),
            format!("{remedy}, or give this file an entry of its own in your catalogue"),
        ));
    }
    if size < header.end {
        return Err(FileProblem::new(
            format!(
                "is truncated: its tensors need {} bytes, it has {size}",
                header.end
            ),
            remedy,
        ));
    }
    Ok(())
}
