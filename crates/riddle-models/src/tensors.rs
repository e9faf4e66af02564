//! The tensors of small files beside an encoder's weights.

use std::collections::HashMap;

use riddle_checkpoint::Source;
use riddle_convert::{Kind, Tensor, read_torch_file};
use riddle_core::ModelError;
use safetensors::{Dtype, SafeTensors};

/// A linear layer as a file has it.
pub(crate) struct LinearLayer {
    /// A row of `inputs` for each number that comes out.
    pub(crate) weight: Vec<f32>,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) bias: Option<Vec<f32>>,
}

impl LinearLayer {
    /// Reads the layer whose tensors have the first of these `prefixes` that there is.
    pub(crate) fn read(
        source: &Source<'_>,
        file: &str,
        prefixes: &[&str],
    ) -> Result<Self, ModelError> {
        let mut tensors = read(source, file)?;
        let usual = prefixes.first().copied().unwrap_or_default();
        let (weight_name, bias_name) = (format!("{usual}weight"), format!("{usual}bias"));
        let mut named = |name: &str| {
            let mut names = prefixes.iter().map(|prefix| format!("{prefix}{name}"));
            names.find_map(|name| tensors.remove(&name))
        };
        let unfit = |problem: String| {
            let remedy = format!(
                "use the file of one linear layer with `{weight_name}` and, where it has one, `{bias_name}`"
            );
            source.bad(file, &problem, &remedy)
        };
        let no_matrix = || unfit(format!("holds no matrix as `{weight_name}`"));
        let weight =
            named("weight").ok_or_else(|| unfit(format!("holds no tensor `{weight_name}`")))?;
        let &[outputs, inputs] = &*weight.shape else {
            return Err(no_matrix());
        };
        if outputs.checked_mul(inputs) != Some(weight.values.len()) {
            return Err(no_matrix());
        }
        let bias = named("bias");
        if bias.as_ref().is_some_and(|bias| bias.shape != [outputs]) {
            return Err(unfit(format!(
                "holds a `{bias_name}` of another length than its `{weight_name}`"
            )));
        }
        Ok(Self {
            weight: weight.values,
            inputs,
            outputs,
            bias: bias.map(|bias| bias.values),
        })
    }
}

/// All floats of a file, as safetensors or as PyTorch saves them.
fn read(source: &Source<'_>, file: &str) -> Result<HashMap<String, Tensor>, ModelError> {
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
