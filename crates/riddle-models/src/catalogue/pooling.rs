//! What becomes of the vectors of a text's tokens.

use serde::Deserialize;

/// How the vectors of a text's tokens become one vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pooling {
    /// What is taken of the tokens; several give one vector after the other.
    pub kinds: Vec<PoolingKind>,
    /// Whether the tokens of a prefix, and the special ones before it, are left out of it.
    pub skips_prefix: bool,
    /// Layers behind it, in their order.
    pub dense: Vec<DenseLayer>,
}

/// One way to make a vector of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolingKind {
    /// The mean over all tokens.
    Mean,
    /// The vector of the first token.
    Cls,
    /// The largest value of each dimension.
    Max,
    /// The sum over all tokens, divided by the root of their number.
    #[serde(rename = "mean_sqrt_len")]
    MeanSqrtLen,
    /// The mean in which the second token counts twice as much as the first, and so on.
    WeightedMean,
    /// The vector of the last token.
    Last,
}

/// A linear layer with a bias or without, and a non-linearity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenseLayer {
    /// Its file within the model's folder, as safetensors or as PyTorch saves tensors.
    pub weights: String,
    /// What is done to each number.
    pub activation: DenseActivation,
}

/// The non-linearity of a [`DenseLayer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DenseActivation {
    /// None.
    Identity,
    /// The hyperbolic tangent.
    Tanh,
    /// Zero for what is negative.
    Relu,
    /// The logistic function.
    Sigmoid,
}

impl PoolingKind {
    /// The name used in the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Cls => "cls",
            Self::Max => "max",
            Self::MeanSqrtLen => "mean_sqrt_len",
            Self::WeightedMean => "weightedmean",
            Self::Last => "last",
        }
    }
}

impl DenseActivation {
    /// The name used in the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::Sigmoid => "sigmoid",
        }
    }
}

impl From<PoolingKind> for Pooling {
    fn from(kind: PoolingKind) -> Self {
        Self {
            kinds: vec![kind],
            skips_prefix: false,
            dense: Vec::new(),
        }
    }
}

impl Pooling {
    /// The length of a token's vector for sentence vectors of this length; `None` where layers behind the pooling
    /// decide.
    pub fn token_dimensions(&self, dimensions: usize) -> Option<usize> {
        let whole = self.dense.is_empty() && !self.kinds.is_empty();
        whole
            .then(|| dimensions.checked_div(self.kinds.len()))
            .flatten()
    }

    /// Whether it is the mean over all tokens or the first one, and nothing else.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(*self.kinds, [PoolingKind::Mean | PoolingKind::Cls])
            && !self.skips_prefix
            && self.dense.is_empty()
    }
}

/// As the catalogue has it: one name, or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawPooling {
    One(PoolingKind),
    Several(Vec<PoolingKind>),
}

impl RawPooling {
    pub(super) fn kinds(&self) -> Result<Vec<PoolingKind>, String> {
        match self {
            Self::One(kind) => Ok(vec![*kind]),
            Self::Several(kinds) if kinds.is_empty() => Err(
                "`pooling` is empty; write cls, max, mean, mean_sqrt_len, weightedmean or last"
                    .to_owned(),
            ),
            Self::Several(kinds) => Ok(kinds.clone()),
        }
    }
}
