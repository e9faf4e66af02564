use std::path::PathBuf;

use riddle_core::ScoreScale;

use riddle_checkpoint::Precision;

/// A reranker on ONNX Runtime or our own engine, and where its files lie.
#[derive(Clone, PartialEq, Debug)]
pub struct RerankerSpec {
    /// Catalogue name.
    pub name: String,
    /// Folder with `config.json`, `tokenizer.json` and the weights.
    pub folder: PathBuf,
    /// Path of the weights within the folder: a `.safetensors` file, the `.index.json` of several for a layerwise one,
    /// or, for the others, an `.onnx` file that is used as it is.
    pub weights: String,
    /// Folder for converted graphs.
    pub cache: PathBuf,
    /// Precision of weights that are safetensors.
    pub precision: Precision,
    /// Longest pair in tokens, special tokens included. The model's own limit holds where it is lower.
    pub max_tokens: usize,
    /// What raw scores mean.
    pub scale: ScoreScale,
    /// Weight against the fused score, 0 to 1.
    pub default_weight: f32,
}
