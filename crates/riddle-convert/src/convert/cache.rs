use std::path::{Path, PathBuf};

use riddle_checkpoint::{Source, content_hash};
use riddle_core::ModelError;

use super::{Conversion, convert};

/// Goes up when the same weights would give another graph.
pub(super) const GRAPH_VERSION: u32 = 6;

/// A converted model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Converted {
    /// The ONNX file.
    pub path: PathBuf,
    /// Hash of what it was made from, 16 hex digits.
    pub content: String,
}

/// The ONNX file of a model, converted now if it was not before. Equal weights and configuration share one file.
///
/// # Errors
/// As [`convert`].
pub fn ensure_converted(
    folder: &Path,
    weights: &str,
    cache: &Path,
    conversion: &Conversion,
) -> Result<Converted, ModelError> {
    let source = Source::new(&conversion.model, folder);
    let content = content_hash(&source, weights, cache)?;
    let Conversion {
        head, precision, ..
    } = conversion;
    let batches = conversion.batches.suffix();
    let name = format!(
        "{content}-{}-{}{batches}-v{GRAPH_VERSION}.onnx",
        head.as_str(),
        precision.as_str(),
    );
    let path = cache.join(name);
    if !path.is_file() {
        let started = std::time::Instant::now();
        convert(folder, weights, conversion, &path)?;
        tracing::info!(
            model = conversion.model,
            precision = precision.as_str(),
            ms = started.elapsed().as_millis() as u64,
            "converted the weights to ONNX"
        );
    }
    Ok(Converted { path, content })
}
