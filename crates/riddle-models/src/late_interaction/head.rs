use ndarray::{Array1, Array2, ArrayView2, Axis};
use riddle_checkpoint::Source;
use riddle_core::{ModelError, TokenVectors, make_unit};

use crate::encoder::Output;
use crate::tensors::LinearLayer;

/// What heads call their layer, in files of their own and beside an encoder.
const NAMES: [&str; 3] = ["", "colbert_linear.", "linear."];

/// What makes the vectors that are compared of those that the encoder gives.
pub(super) enum TokenHead {
    /// A linear layer of the vectors of all tokens but the first, which is another's business.
    BehindFirst(Linear),
    /// A linear layer of the vectors of all tokens.
    OfAll(Linear),
    /// The graph gives them as they are compared, but for their length, and all tokens count.
    InGraph,
}

/// A linear layer from the encoder's vectors to those that are compared.
pub(super) struct Linear {
    /// `hidden × dimensions`.
    pub(super) weight: Array2<f32>,
    pub(super) bias: Option<Array1<f32>>,
}

impl TokenHead {
    /// Reads the layer from a file of its own.
    pub(super) fn read(source: &Source<'_>, file: &str) -> Result<Self, ModelError> {
        let layer = LinearLayer::read(source, file, &NAMES)?;
        Linear::of(source, file, layer).map(Self::BehindFirst)
    }

    /// The vectors of those tokens that `compares`, each of length 1; none where the encoder's do not fit.
    pub(super) fn vectors(
        &self,
        output: &Output<'_>,
        compares: impl Fn(usize) -> bool,
    ) -> TokenVectors {
        let (vectors, first) = match self {
            Self::BehindFirst(layer) => (layer.vectors(output, 1), 1),
            Self::OfAll(layer) => (layer.vectors(output, 0), 0),
            Self::InGraph => (rows_of(output).map(|rows| rows.to_owned()), 0),
        };
        let vectors = vectors.unwrap_or_default();
        let dimensions = vectors.ncols();
        let mut values: Vec<f32> = Vec::with_capacity(vectors.len());
        for (place, row) in (first..).zip(vectors.rows()) {
            if compares(place) {
                values.extend(row);
            }
        }
        values
            .chunks_exact_mut(dimensions.max(1))
            .for_each(make_unit);
        TokenVectors { dimensions, values }
    }
}

/// The vector of each token, row by row.
fn rows_of<'a>(output: &Output<'a>) -> Option<ArrayView2<'a, f32>> {
    let length = usize::try_from(*output.shape.last()?).ok()?;
    let rows = output.values.len().checked_div(length)?;
    ArrayView2::from_shape((rows, length), output.values).ok()
}

impl Linear {
    /// A layer of a file.
    pub(super) fn of(
        source: &Source<'_>,
        file: &str,
        layer: LinearLayer,
    ) -> Result<Self, ModelError> {
        let matrix = Array2::from_shape_vec((layer.outputs, layer.inputs), layer.weight);
        let matrix = matrix.map_err(|error| source.damaged(file, &error.to_string()))?;
        Ok(Self {
            weight: matrix.t().as_standard_layout().into_owned(),
            bias: layer.bias.map(Array1::from),
        })
    }

    /// The vectors of all tokens from the `first` on.
    fn vectors(&self, output: &Output<'_>, first: usize) -> Option<Array2<f32>> {
        let tokens = rows_of(output)?;
        if tokens.nrows() < first || tokens.ncols() != self.weight.nrows() {
            return None;
        }
        let mut vectors = tokens
            .slice_axis(Axis(0), (first..).into())
            .dot(&self.weight);
        if let Some(bias) = &self.bias {
            vectors += bias;
        }
        Some(vectors)
    }
}
