use riddle_checkpoint::Source;
use riddle_core::{ModelError, dot};

use crate::catalogue::{DenseActivation, DenseLayer};
use crate::tensors::LinearLayer;

const REMEDY: &str = "use the file that was trained with this model, whole";

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
        let linear = LinearLayer::read(source, file, &["linear."])?;
        let unfit = |problem: &str| source.bad(file, problem, REMEDY);
        if linear.inputs != inputs {
            let problem = format!(
                "takes vectors of {} numbers where {inputs} come in",
                linear.inputs
            );
            return Err(unfit(&problem));
        }
        let bias = linear.bias.unwrap_or_else(|| vec![0.0; linear.outputs]);
        let mut values = linear.weight.iter().chain(&bias);
        if !values.all(|value| value.is_finite()) {
            return Err(unfit("holds numbers that are not finite"));
        }
        Ok(Self {
            weight: linear.weight,
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
