//! MiniCPM with a head on each of its upper layers: a decoder that is run once and can stop early.

mod files;
mod graph;

use riddle_checkpoint::{CONFIG_FILE, Source, size};
use riddle_core::ModelError;
use serde::Deserialize;

pub use files::{LayerGraphs, ensure_layers};

/// Sizes of a layerwise MiniCPM, from `config.json`.
#[derive(Clone, PartialEq, Debug)]
pub struct MiniCpmConfig {
    pub(crate) hidden: usize,
    pub(crate) intermediate: usize,
    /// Number of layers.
    pub layers: usize,
    pub(crate) heads: usize,
    pub(crate) key_value_heads: usize,
    pub(crate) vocabulary: usize,
    /// Longest input.
    pub positions: usize,
    pub(crate) theta: f32,
    pub(crate) epsilon: f32,
    /// What word vectors are multiplied by.
    pub(crate) word_scale: f32,
    /// What each layer's output is multiplied by before it is added: `scale_depth / √layers`.
    pub(crate) residual_scale: f32,
    /// The lowest layer with a head.
    pub first_head: usize,
    /// The token that every input begins with.
    pub beginning: u32,
}

#[derive(Deserialize)]
struct Raw {
    model_type: Option<String>,
    hidden_size: Option<usize>,
    intermediate_size: Option<usize>,
    num_hidden_layers: Option<usize>,
    num_attention_heads: Option<usize>,
    num_key_value_heads: Option<usize>,
    vocab_size: Option<usize>,
    max_position_embeddings: Option<usize>,
    rope_theta: Option<f32>,
    rope_scaling: Option<serde_json::Value>,
    rms_norm_eps: Option<f32>,
    scale_emb: Option<f32>,
    scale_depth: Option<f32>,
    start_layer: Option<usize>,
    head_type: Option<String>,
    head_multi: Option<bool>,
    hidden_act: Option<String>,
    attention_bias: Option<bool>,
    bos_token_id: Option<u32>,
}

impl MiniCpmConfig {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// It is missing, or describes another model than this one.
    pub fn read(source: &Source<'_>) -> Result<Self, ModelError> {
        let raw: Raw = serde_json::from_slice(&source.read(CONFIG_FILE)?).map_err(|error| {
            source.damaged(CONFIG_FILE, &format!("cannot be understood: {error}"))
        })?;
        check(source, &raw)?;
        let layers = size(source, "num_hidden_layers", raw.num_hidden_layers)?;
        let heads = size(source, "num_attention_heads", raw.num_attention_heads)?;
        let config = Self {
            hidden: size(source, "hidden_size", raw.hidden_size)?,
            intermediate: size(source, "intermediate_size", raw.intermediate_size)?,
            layers,
            heads,
            key_value_heads: raw.num_key_value_heads.unwrap_or(heads).max(1),
            vocabulary: size(source, "vocab_size", raw.vocab_size)?,
            positions: size(
                source,
                "max_position_embeddings",
                raw.max_position_embeddings,
            )?,
            theta: raw.rope_theta.unwrap_or(10_000.0),
            epsilon: raw.rms_norm_eps.unwrap_or(1e-6),
            word_scale: raw.scale_emb.unwrap_or(1.0),
            residual_scale: raw.scale_depth.unwrap_or(1.0) / (layers as f32).sqrt(),
            first_head: raw.start_layer.unwrap_or(8),
            beginning: raw.bos_token_id.unwrap_or(1),
        };
        let divides =
            config.hidden.is_multiple_of(2 * heads) && heads.is_multiple_of(config.key_value_heads);
        if !divides || !(1..=layers).contains(&config.first_head) {
            return Err(source.damaged(
                CONFIG_FILE,
                "describes heads or layers that do not fit together",
            ));
        }
        Ok(config)
    }

    /// Numbers of a token's vector that one head looks at.
    pub(crate) fn head_size(&self) -> usize {
        self.hidden / self.heads
    }
}

fn check(source: &Source<'_>, raw: &Raw) -> Result<(), ModelError> {
    let simple = raw.head_type.as_deref() == Some("simple") && raw.head_multi == Some(true);
    let unfit = if raw.model_type.as_deref() != Some("minicpm") {
        "describes no MiniCPM"
    } else if !simple {
        "describes no model with a simple head on each layer"
    } else if raw
        .rope_scaling
        .as_ref()
        .is_some_and(|scaling| !scaling.is_null())
    {
        "wants scaled rotary positions"
    } else if raw.attention_bias == Some(true) || raw.hidden_act.as_deref() != Some("silu") {
        "describes another kind of layers"
    } else {
        return Ok(());
    };
    let remedy = "use a model like bge-reranker-v2-minicpm-layerwise";
    Err(source.bad(CONFIG_FILE, unfit, remedy))
}
