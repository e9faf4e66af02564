//! What the folder of an encoder holds: its sizes (`config.json`), its weights (safetensors) and their names.

mod config;
mod content_hash;
mod hash;
mod labels;
mod layer_names;
mod limit;
mod precision;
mod quantize;
mod score_head;
mod smooth;
mod source;
mod weights;

pub use config::{Activation, CONFIG_FILE, EncoderConfig, Family, activation, size};
pub use content_hash::{content_hash, was_hashed};
pub use hash::size_and_sha256;
pub use labels::{difference, score};
pub use layer_names::LayerNames;
pub use limit::{stated_hidden, stated_limit, stated_vocabulary};
pub use precision::{Head, Precision};
pub use quantize::{quantization_scale, quantize};
pub use score_head::{check_labels, head_names, last_layer};
pub use smooth::{divide_columns, smoothing_factors};
pub use source::Source;
pub use weights::{GivenTensors, Weights};
