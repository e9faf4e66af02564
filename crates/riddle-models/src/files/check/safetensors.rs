use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::FileProblem;

/// The format allows no longer header.
const LONGEST_HEADER: u64 = 100_000_000;

#[derive(Deserialize)]
struct Tensor {
    data_offsets: (u64, u64),
}

/// A safetensors file says in its header how long it is.
pub(super) fn check(path: &Path, size: u64, remedy: &str) -> Result<(), FileProblem> {
    let header = read_header(path, size)
        .ok_or_else(|| FileProblem::new("is not a safetensors file", remedy))?;
    let end = end_of_data(header.tensors).map_err(|problem| FileProblem::new(problem, remedy))?;
    let declared = end.saturating_add(8).saturating_add(header.length);
    match size.cmp(&declared) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(FileProblem::new(
            format!("is truncated: its header declares {declared} bytes, it has {size}"),
            remedy,
        )),
        std::cmp::Ordering::Greater => Err(FileProblem::new(
            format!("has {size} bytes where its header declares {declared}"),
            remedy,
        )),
    }
}

/// Where the last tensor ends. They follow one another without gaps, and none lies over another.
fn end_of_data(tensors: HashMap<String, serde_json::Value>) -> Result<u64, String> {
    let mut ranges = Vec::with_capacity(tensors.len());
    for (name, value) in tensors {
        if name == "__metadata__" {
            continue;
        }
        let tensor: Tensor = serde_json::from_value(value)
            .map_err(|error| format!("is not a safetensors file: tensor `{name}`: {error}"))?;
        ranges.push((tensor.data_offsets, name));
    }
    ranges.sort_unstable();
    let mut end = 0;
    for ((from, to), name) in ranges {
        if from != end || to < from {
            return Err(format!(
                "is damaged: tensor `{name}` begins at byte {from} and ends at {to} where the one before it ends at {end}"
            ));
        }
        end = to;
    }
    Ok(end)
}

struct Header {
    length: u64,
    tensors: HashMap<String, serde_json::Value>,
}

fn read_header(path: &Path, size: u64) -> Option<Header> {
    let mut file = File::open(path).ok()?;
    let mut prefix = [0_u8; 8];
    file.read_exact(&mut prefix).ok()?;
    let length = u64::from_le_bytes(prefix);
    if length > LONGEST_HEADER || length.checked_add(8)? > size {
        return None;
    }
    let mut json = Vec::new();
    file.take(length).read_to_end(&mut json).ok()?;
    Some(Header {
        length,
        tensors: serde_json::from_slice(&json).ok()?,
    })
}
