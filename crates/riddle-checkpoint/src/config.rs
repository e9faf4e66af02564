use riddle_core::ModelError;
use serde::Deserialize;

use crate::{Head, Source};

/// Name of the file with a model's sizes.
pub const CONFIG_FILE: &str = "config.json";
const SUPPORTED: &str = "bert, distilbert, roberta, xlm-roberta and modernbert";
/// DistilBERT does not state it.
const DISTILBERT_EPSILON: f32 = 1e-12;
/// Larger numbers than any encoder has: sizes are multiplied later.
const MOST: usize = 1 << 24;

/// Which of the architectures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    Bert,
    DistilBert,
    /// Also XLM-R.
    Roberta,
}

/// The non-linearity of the feed-forward layers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Activation {
    /// With the error function.
    Gelu,
    /// Approximated by a hyperbolic tangent.
    GeluTanh,
    /// Zero for what is negative.
    Relu,
}

/// Sizes of an encoder, from `config.json`.
#[derive(Clone, PartialEq, Debug)]
pub struct EncoderConfig {
    /// Which architecture.
    pub family: Family,
    /// Length of a token's vector.
    pub hidden: usize,
    /// Length of a token's vector inside a feed-forward layer.
    pub intermediate: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads of a layer; they divide `hidden`.
    pub heads: usize,
    /// Rows of the table of word vectors.
    pub vocabulary: usize,
    /// Rows of the position table.
    pub positions: usize,
    /// Row of the first token.
    pub first_position: usize,
    /// Rows of the token type table; 0 where there is none.
    pub types: usize,
    /// Added to variances before normalization divides by their root.
    pub epsilon: f32,
    /// The non-linearity of the feed-forward layers.
    pub activation: Activation,
    /// Labels of the classification head, if one is described.
    pub labels: usize,
}

#[derive(Deserialize)]
struct Raw {
    model_type: Option<String>,
    hidden_size: Option<usize>,
    intermediate_size: Option<usize>,
    num_hidden_layers: Option<usize>,
    num_attention_heads: Option<usize>,
    vocab_size: Option<usize>,
    max_position_embeddings: Option<usize>,
    type_vocab_size: Option<usize>,
    pad_token_id: Option<usize>,
    layer_norm_eps: Option<f32>,
    hidden_act: Option<String>,
    position_embedding_type: Option<String>,
    id2label: Option<serde_json::Map<String, serde_json::Value>>,
    num_labels: Option<usize>,
    // What DistilBERT calls these sizes.
    dim: Option<usize>,
    hidden_dim: Option<usize>,
    n_layers: Option<usize>,
    n_heads: Option<usize>,
    activation: Option<String>,
}

impl EncoderConfig {
    /// Layers that are computed for all tokens. The last one of a reranker is computed for the first alone.
    pub fn layers_for_all(&self, head: Head) -> usize {
        match head {
            Head::Classifier => self.layers.saturating_sub(1),
            Head::HiddenStates => self.layers,
        }
    }

    /// Reads `config.json`.
    ///
    /// # Errors
    /// It is missing, describes another architecture, or its sizes contradict each other.
    pub fn read(source: &Source<'_>) -> Result<Self, ModelError> {
        let bytes = source.read(CONFIG_FILE)?;
        let raw: Raw = serde_json::from_slice(&bytes).map_err(|error| {
            source.damaged(CONFIG_FILE, &format!("cannot be understood: {error}"))
        })?;
        let family = family(source, &raw)?;
        let bert = family != Family::DistilBert;
        let config = Self {
            family,
            hidden: size(source, "hidden_size", raw.hidden_size.or(raw.dim))?,
            intermediate: size(
                source,
                "intermediate_size",
                raw.intermediate_size.or(raw.hidden_dim),
            )?,
            layers: size(
                source,
                "num_hidden_layers",
                raw.num_hidden_layers.or(raw.n_layers),
            )?,
            heads: size(
                source,
                "num_attention_heads",
                raw.num_attention_heads.or(raw.n_heads),
            )?,
            vocabulary: size(source, "vocab_size", raw.vocab_size)?,
            positions: size(
                source,
                "max_position_embeddings",
                raw.max_position_embeddings,
            )?,
            first_position: match family {
                Family::Roberta => behind_padding(raw.pad_token_id),
                Family::Bert | Family::DistilBert => 0,
            },
            types: match raw.type_vocab_size {
                Some(types) if bert => types.min(MOST),
                None if family == Family::Bert => 2,
                _ => usize::from(bert),
            },
            epsilon: match raw.layer_norm_eps {
                Some(epsilon) if bert => epsilon,
                _ => DISTILBERT_EPSILON,
            },
            activation: activation(source, raw.hidden_act.or(raw.activation).as_deref())?,
            labels: raw
                .id2label
                .map(|labels| labels.len())
                .or(raw.num_labels)
                .unwrap_or(2),
        };
        config.check(source)?;
        Ok(config)
    }

    /// Longest input in tokens, special tokens included.
    pub fn max_tokens(&self) -> usize {
        self.positions - self.first_position
    }

    fn check(&self, source: &Source<'_>) -> Result<(), ModelError> {
        if !self.hidden.is_multiple_of(self.heads) {
            let problem = format!(
                "has {} attention heads, which do not divide its hidden size of {}",
                self.heads, self.hidden
            );
            return Err(source.damaged(CONFIG_FILE, &problem));
        }
        if self.first_position >= self.positions {
            return Err(source.damaged(CONFIG_FILE, "leaves no position for a token"));
        }
        Ok(())
    }
}

/// Where RoBERTa and those built like it begin to count positions.
pub(crate) fn behind_padding(pad_token_id: Option<usize>) -> usize {
    pad_token_id.unwrap_or(1).min(MOST) + 1
}

fn family(source: &Source<'_>, raw: &Raw) -> Result<Family, ModelError> {
    let family = match raw.model_type.as_deref() {
        Some("bert") => Family::Bert,
        Some("distilbert") => Family::DistilBert,
        Some("roberta" | "xlm-roberta") => Family::Roberta,
        other => {
            let problem = match other {
                Some(name) => format!("describes an architecture `{name}`"),
                None => "names no architecture (`model_type`)".to_owned(),
            };
            let remedy = format!(
                "use a model of the architectures {SUPPORTED}, or one that comes as .onnx file"
            );
            return Err(source.bad(CONFIG_FILE, &problem, &remedy));
        }
    };
    match raw.position_embedding_type.as_deref() {
        None | Some("absolute") => Ok(family),
        Some(other) => Err(source.bad(
            CONFIG_FILE,
            &format!("wants position embeddings of the kind `{other}`"),
            "use a model with absolute positions, or one that comes as .onnx file",
        )),
    }
}

/// A non-linearity by its name.
///
/// # Errors
/// There is none of this name here.
pub fn activation(source: &Source<'_>, name: Option<&str>) -> Result<Activation, ModelError> {
    match name {
        None | Some("gelu") => Ok(Activation::Gelu),
        Some("gelu_new" | "gelu_pytorch_tanh" | "gelu_fast") => Ok(Activation::GeluTanh),
        Some("relu") => Ok(Activation::Relu),
        Some(other) => Err(source.bad(
            CONFIG_FILE,
            &format!("wants the activation `{other}`"),
            "use a model with gelu or relu, or one that comes as .onnx file",
        )),
    }
}

/// A size that `config.json` has to give.
///
/// # Errors
/// It is missing, 0 or larger than that of any encoder.
pub fn size(source: &Source<'_>, name: &str, value: Option<usize>) -> Result<usize, ModelError> {
    match value {
        Some(value) if (1..=MOST).contains(&value) => Ok(value),
        Some(value) => Err(source.damaged(CONFIG_FILE, &format!("gives `{name}` as {value}"))),
        None => Err(source.damaged(CONFIG_FILE, &format!("does not give `{name}`"))),
    }
}
