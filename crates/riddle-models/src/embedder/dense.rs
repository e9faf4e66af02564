use riddle_checkpoint::Source;
use riddle_core::{ModelError, dot};

use crate::catalogue::{DenseActivation, DenseLayer};
use crate::tensors;

const REMEDY: &str =
    "use the file of one linear layer with `linear.weight` and, where it has one, `linear.bias`";

/// A layer behind the pooling.
pub(super) struct Dense {
    /// A row for each number that comes out.
    weight: Vec<f32>,
    /// Length of a row.
    inputs: usize,
    /// As many zeros where the layer has none.
    bias: Vec<f32>,
    activation: DenseActivation,
}

impl Dense {
    /// Reads the layer and checks that it takes vectors of `inputs` numbers.
    pub(super) fn read(
        source: &Source<'_>,
        layer: &DenseLayer,
        inputs: usize,
    ) -> Result<Self, ModelError> {
        let file = &*layer.weights;
        let mut tensors = tensors::read(source, file)?;
        let unfit = |problem: &str| source.bad(file, problem, REMEDY);
        let weight = tensors
            .remove("linear.weight")
            .ok_or_else(|| unfit("holds no tensor `linear.weight`"))?;
        let &[outputs, taken] = &*weight.shape else {
            return Err(unfit("holds no matrix as `linear.weight`"));
        };
        if taken != inputs {
            let problem = format!("takes vectors of {taken} numbers where {inputs} come in");
            return Err(unfit(&problem));
        }
        let bias = match tensors.remove("linear.bias") {
            Some(bias) if bias.shape == [outputs] => bias.values,
            Some(_) => {
                return Err(unfit(
                    "holds a `linear.bias` of another length than its matrix",
                ));
            }
            None => vec![0.0; outputs],
        };
        if !weight
            .values
            .iter()
            .chain(&bias)
            .all(|value| value.is_finite())
        {
            return Err(unfit("holds numbers that are not finite"));
        }
        Ok(Self {
            weight: weight.values,
            inputs,
            bias,
            activation: layer.activation,
        })
    }

    /// Length of the vectors that it makes.
    pub(super) fn outputs(&self) -> usize {
        self.bias.len()
    }

    pub(super) fn apply(&self, vector: &[f32]) -> Vec<f32> {
        let rows = self.weight.chunks_exact(self.inputs);
        rows.zip(&self.bias)
            .map(|(row, bias)| activated(self.activation, dot(row, vector) + bias))
            .collect()
    }
}

fn activated(activation: DenseActivation, value: f32) -> f32 {
    match activation {
        DenseActivation::Identity => value,
        DenseActivation::Tanh => value.tanh(),
        DenseActivation::Relu => value.max(0.0),
        DenseActivation::Sigmoid => 1.0 / (1.0 + (-value).exp()),
    }
}
