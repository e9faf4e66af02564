//! The tensors of small files beside an encoder's weights.

use std::collections::HashMap;

use riddle_checkpoint::Source;
use riddle_convert::{Kind, Tensor, read_torch_file};
use riddle_core::ModelError;
use safetensors::{Dtype, SafeTensors};

/// All floats of a file, as safetensors or as PyTorch saves them.
pub(crate) fn read(source: &Source<'_>, file: &str) -> Result<HashMap<String, Tensor>, ModelError> {
    if !file.ends_with(".safetensors") {
        return read_torch_file(source, file);
    }
    let bytes = source.read(file)?;
    let damaged = |error: &dyn std::fmt::Display| {
        source.damaged(file, &format!("is no safetensors file: {error}"))
    };
    let tensors = SafeTensors::deserialize(&bytes).map_err(|error| damaged(&error))?;
    let mut read = HashMap::new();
    for (name, view) in tensors.tensors() {
        let kind = match view.dtype() {
            Dtype::F32 => Kind::Float,
            Dtype::F16 => Kind::Half,
            Dtype::BF16 => Kind::BFloat16,
            _ => continue,
        };
        let (shape, values) = (view.shape().to_vec(), kind.widen(view.data()));
        read.insert(name, Tensor { shape, values });
    }
    Ok(read)
}
