use ndarray::{Array1, Array2, ArrayView2, Axis};
use riddle_checkpoint::Source;
use riddle_core::{ModelError, TokenVectors};

use crate::encoder::Output;
use crate::tensors::LinearLayer;

/// What heads call their layer, in files of their own and beside an encoder.
const NAMES: [&str; 3] = ["", "colbert_linear.", "linear."];

/// What makes the vectors that are compared of those that the encoder gives.
pub(super) enum TokenHead {
    /// A linear layer in a file of its own. The first token's vector is another's business.
    Linear(Linear),
    /// The graph gives them as they are compared, but for their length, and all tokens count.
    InGraph,
}

/// A linear layer from the encoder's vectors to those that are compared.
pub(super) struct Linear {
    /// `hidden × dimensions`.
    weight: Array2<f32>,
    bias: Option<Array1<f32>>,
}

impl TokenHead {
    /// Reads the layer from its file; without one, the graph has it inside.
    pub(super) fn open(source: &Source<'_>, file: Option<&str>) -> Result<Self, ModelError> {
        match file {
            Some(file) => Linear::read(source, file).map(Self::Linear),
            None => Ok(Self::InGraph),
        }
    }

    /// The vectors to compare, each of length 1; none where the encoder's do not fit.
    pub(super) fn vectors(&self, output: &Output<'_>) -> TokenVectors {
        let vectors = match self {
            Self::Linear(layer) => layer.vectors(output),
            Self::InGraph => rows_of(output).map(|rows| rows.to_owned()),
        };
        let mut vectors = vectors.unwrap_or_default();
        for mut row in vectors.rows_mut() {
            let norm = row.dot(&row).sqrt();
            if norm > 0.0 {
                row /= norm;
            }
        }
        TokenVectors {
            dimensions: vectors.ncols(),
            values: vectors.into_iter().collect(),
        }
    }
}

/// The vector of each token, row by row.
fn rows_of<'a>(output: &Output<'a>) -> Option<ArrayView2<'a, f32>> {
    let length = usize::try_from(*output.shape.last()?).ok()?;
    let rows = output.values.len().checked_div(length)?;
    ArrayView2::from_shape((rows, length), output.values).ok()
}

impl Linear {
    fn read(source: &Source<'_>, file: &str) -> Result<Self, ModelError> {
        let layer = LinearLayer::read(source, file, &NAMES)?;
        let matrix = Array2::from_shape_vec((layer.outputs, layer.inputs), layer.weight);
        let matrix = matrix.map_err(|error| source.damaged(file, &error.to_string()))?;
        Ok(Self {
            weight: matrix.t().as_standard_layout().into_owned(),
            bias: layer.bias.map(Array1::from),
        })
    }

    /// The vectors of all tokens but the first.
    fn vectors(&self, output: &Output<'_>) -> Option<Array2<f32>> {
        let tokens = rows_of(output)?;
        if tokens.nrows() == 0 || tokens.ncols() != self.weight.nrows() {
            return None;
        }
        let mut vectors = tokens.slice_axis(Axis(0), (1..).into()).dot(&self.weight);
        if let Some(bias) = &self.bias {
            vectors += bias;
        }
        Some(vectors)
    }
}
