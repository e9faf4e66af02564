//! What an encoder is made of, as it was found in a graph.

use riddle_checkpoint::Activation;

/// A constant of the graph, and what the graph does to it before it is used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Constant {
    pub(super) tensor: String,
    pub(super) steps: Option<Steps>,
    /// Whether rows and columns are exchanged, of the matrix that the steps give.
    pub(super) transposed: bool,
}

/// What quantized numbers are multiplied with, after the zero point is taken from them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Steps {
    pub(super) scale: String,
    pub(super) zero_point: Option<String>,
    /// Along which dimension there are several; of one for all, this says nothing.
    pub(super) axis: usize,
}

/// A linear layer, its weights `outputs × inputs`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Linear {
    pub(super) weight: Constant,
    pub(super) bias: Constant,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

/// A layer normalization.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Norm {
    pub(super) weight: Constant,
    pub(super) bias: Constant,
    pub(super) size: usize,
    pub(super) epsilon: f32,
}

/// One layer.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Layer {
    pub(super) query: Linear,
    pub(super) key: Linear,
    pub(super) value: Linear,
    pub(super) heads: usize,
    pub(super) attention_output: Linear,
    pub(super) attended: Norm,
    pub(super) up: Linear,
    pub(super) activation: Activation,
    pub(super) down: Linear,
    pub(super) norm: Norm,
}

/// A table of vectors, `rows × width`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Table {
    pub(super) rows_of: Constant,
    pub(super) rows: usize,
    pub(super) width: usize,
}

/// The vectors that tokens start with.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Embeddings {
    pub(super) words: Table,
    pub(super) positions: Table,
    /// Row of the first token.
    pub(super) first_position: usize,
    /// Its first row is for all tokens where the graph does not look at their types; then it has no other.
    pub(super) types: Option<Table>,
    pub(super) norm: Norm,
}

/// What makes a score of the first token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ScoreHead {
    pub(super) dense: Linear,
    /// A hyperbolic tangent behind it, or nothing that is negative.
    pub(super) tanh: bool,
    pub(super) last: Linear,
}

/// A whole encoder.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Encoder {
    pub(super) embeddings: Embeddings,
    pub(super) layers: Vec<Layer>,
    pub(super) head: Option<ScoreHead>,
}
