//! ModernBERT: rotary positions, attention that alternates between everything and a window, gated feed-forward layers.

mod graph;
mod head;

use riddle_checkpoint::{Activation, CONFIG_FILE, Source, activation, size};
use riddle_core::ModelError;
use serde::Deserialize;

pub(super) use graph::encoder;
pub(super) use head::classifier;

const LOCAL_THETA: f32 = 10_000.0;
const GLOBAL_THETA: f32 = 160_000.0;
/// Every third layer attends to everything where `config.json` does not say which.
const GLOBAL_EVERY: usize = 3;
const LOCAL_ATTENTION: usize = 128;
const EPSILON: f32 = 1e-5;

/// Sizes of a ModernBERT, from `config.json`.
#[derive(Clone, PartialEq, Debug)]
pub struct ModernConfig {
    pub(crate) hidden: usize,
    pub(crate) intermediate: usize,
    pub(crate) heads: usize,
    pub(crate) vocabulary: usize,
    /// Longest input.
    pub(crate) positions: usize,
    /// Which layers attend to a window alone.
    pub(crate) local: Vec<bool>,
    /// How far a window reaches to either side, in tokens.
    pub(crate) reach: usize,
    pub(crate) local_theta: f32,
    pub(crate) global_theta: f32,
    pub(crate) epsilon: f32,
    pub(crate) activation: Activation,
    pub(crate) biases: Biases,
    pub(crate) labels: usize,
    pub(crate) pooling: Pooling,
    pub(crate) head_activation: Activation,
}

/// Which layers have a bias.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Biases {
    pub(crate) attention: bool,
    pub(crate) feed_forward: bool,
    pub(crate) norm: bool,
    pub(crate) head: bool,
}

/// What the classification head reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pooling {
    /// The first token's vector.
    Cls,
    /// The mean over all tokens.
    Mean,
}

#[derive(Deserialize)]
struct Raw {
    hidden_size: Option<usize>,
    intermediate_size: Option<usize>,
    num_hidden_layers: Option<usize>,
    num_attention_heads: Option<usize>,
    vocab_size: Option<usize>,
    max_position_embeddings: Option<usize>,
    layer_types: Option<Vec<String>>,
    global_attn_every_n_layers: Option<usize>,
    local_attention: Option<usize>,
    local_rope_theta: Option<f32>,
    global_rope_theta: Option<f32>,
    rope_parameters: Option<RopeParameters>,
    norm_eps: Option<f32>,
    hidden_activation: Option<String>,
    classifier_activation: Option<String>,
    classifier_pooling: Option<Pooling>,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    #[serde(default)]
    norm_bias: bool,
    #[serde(default)]
    classifier_bias: bool,
    id2label: Option<serde_json::Map<String, serde_json::Value>>,
    num_labels: Option<usize>,
}

#[derive(Default, Deserialize)]
struct RopeParameters {
    full_attention: Option<Rope>,
    sliding_attention: Option<Rope>,
}

#[derive(Deserialize)]
struct Rope {
    rope_theta: Option<f32>,
    rope_type: Option<String>,
}

impl ModernConfig {
    /// Reads `config.json`.
    pub(crate) fn read(source: &Source<'_>) -> Result<Self, ModelError> {
        let raw: Raw = serde_json::from_slice(&source.read(CONFIG_FILE)?).map_err(|error| {
            source.damaged(CONFIG_FILE, &format!("cannot be understood: {error}"))
        })?;
        let layers = size(source, "num_hidden_layers", raw.num_hidden_layers)?;
        let rope = raw.rope_parameters.unwrap_or_default();
        let local_theta = theta(source, rope.sliding_attention, raw.local_rope_theta)?;
        let global_theta = theta(source, rope.full_attention, raw.global_rope_theta)?;
        let config = Self {
            hidden: size(source, "hidden_size", raw.hidden_size)?,
            intermediate: size(source, "intermediate_size", raw.intermediate_size)?,
            heads: size(source, "num_attention_heads", raw.num_attention_heads)?,
            vocabulary: size(source, "vocab_size", raw.vocab_size)?,
            positions: size(
                source,
                "max_position_embeddings",
                raw.max_position_embeddings,
            )?,
            local: local(raw.layer_types, raw.global_attn_every_n_layers, layers),
            reach: raw.local_attention.unwrap_or(LOCAL_ATTENTION) / 2,
            local_theta: local_theta.unwrap_or(LOCAL_THETA),
            global_theta: global_theta.unwrap_or(GLOBAL_THETA),
            epsilon: raw.norm_eps.unwrap_or(EPSILON),
            activation: activation(source, raw.hidden_activation.as_deref())?,
            biases: Biases {
                attention: raw.attention_bias,
                feed_forward: raw.mlp_bias,
                norm: raw.norm_bias,
                head: raw.classifier_bias,
            },
            labels: raw
                .id2label
                .map(|labels| labels.len())
                .or(raw.num_labels)
                .unwrap_or(2),
            pooling: raw.classifier_pooling.unwrap_or(Pooling::Cls),
            head_activation: activation(source, raw.classifier_activation.as_deref())?,
        };
        config.check(source, layers)?;
        Ok(config)
    }

    /// Numbers of a token's vector that one head looks at.
    pub(crate) fn head_size(&self) -> usize {
        self.hidden / self.heads
    }

    fn check(&self, source: &Source<'_>, layers: usize) -> Result<(), ModelError> {
        if !self.hidden.is_multiple_of(2 * self.heads) {
            let problem = format!(
                "has {} attention heads, which do not divide its hidden size of {} into even parts",
                self.heads, self.hidden
            );
            return Err(source.damaged(CONFIG_FILE, &problem));
        }
        if self.local.len() != layers {
            let problem = format!(
                "gives the types of {} layers where it has {layers}",
                self.local.len()
            );
            return Err(source.damaged(CONFIG_FILE, &problem));
        }
        Ok(())
    }
}

fn local(types: Option<Vec<String>>, global_every: Option<usize>, layers: usize) -> Vec<bool> {
    let every = global_every.unwrap_or(GLOBAL_EVERY).max(1);
    match types {
        Some(types) => types
            .iter()
            .map(|kind| kind == "sliding_attention")
            .collect(),
        None => (0..layers)
            .map(|layer| !layer.is_multiple_of(every))
            .collect(),
    }
}

fn theta(
    source: &Source<'_>,
    rope: Option<Rope>,
    older: Option<f32>,
) -> Result<Option<f32>, ModelError> {
    let Some(rope) = rope else {
        return Ok(older);
    };
    match rope.rope_type.as_deref() {
        None | Some("default") => Ok(rope.rope_theta.or(older)),
        Some(other) => Err(source.bad(
            CONFIG_FILE,
            &format!("wants rotary positions of the kind `{other}`"),
            "use a model with plain rotary positions, or one that comes as .onnx file",
        )),
    }
}
