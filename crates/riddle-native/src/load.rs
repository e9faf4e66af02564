//! From tensors to packed weights.

use half::bf16;
use riddle_checkpoint::{
    Activation, EncoderConfig, Head, LayerNames, Precision, Weights, head_names, last_layer,
    smoothing_factors,
};
use riddle_core::ModelError;

use super::attention::query_factor;
use super::embeddings::{Embeddings, Words};
use super::first_tokens::{FirstTokenAttention, Parameters};
use super::linear::Linear;
use super::simd::{Kind, Simd};

/// A whole encoder.
pub(super) struct Model {
    pub(super) config: EncoderConfig,
    pub(super) simd: Simd,
    pub(super) kind: Kind,
    pub(super) embeddings: Embeddings,
    pub(super) norm: Norm,
    pub(super) layers: Vec<Layer>,
    pub(super) classifier: Option<Classifier>,
}

/// The parameters of a layer normalization.
pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// One layer.
pub(super) struct Layer {
    pub(super) query: Linear,
    pub(super) key: Linear,
    pub(super) value: Linear,
    pub(super) after: AfterAttention,
}

/// What follows the attention of a layer.
pub(super) struct AfterAttention {
    pub(super) attention_output: Linear,
    pub(super) attended: Norm,
    pub(super) up: Linear,
    pub(super) down: Linear,
    pub(super) norm: Norm,
}

/// What makes scores of a reranker's tokens: the last layer, which is computed for the first token alone, a layer over
/// it, a non-linearity, one number.
pub(super) struct Classifier {
    pub(super) attention: FirstTokenAttention,
    pub(super) after: AfterAttention,
    pub(super) pooler: Linear,
    pub(super) tanh: bool,
    pub(super) weight: Vec<f32>,
    pub(super) bias: f32,
}

impl Model {
    pub(super) fn read(
        weights: &mut Weights<'_>,
        (config, simd): (EncoderConfig, Simd),
        (head, precision): (Head, Precision),
    ) -> Result<Self, ModelError> {
        let kind = match precision {
            Precision::Int8 => Kind::Int8,
            Precision::Bf16 => Kind::Bf16,
            Precision::Fp32 | Precision::Fp16 => Kind::Fp32,
        };
        let embeddings = embeddings(&config, weights, (head, kind))?;
        let norm = norm(weights, "embeddings.LayerNorm", config.hidden)?;
        let mut layers: Vec<Layer> = Vec::new();
        for layer in 0..config.layers_for_all(head) {
            let read = LayerParameters::read(&config, weights, layer)?;
            let before = layers.last().map_or(&norm, |layer| &layer.after.norm);
            layers.push(read.layer(config.heads, simd, kind, before));
        }
        let classifier = match head {
            Head::Classifier => Some(classifier(&config, weights, simd)?),
            Head::HiddenStates => None,
        };
        Ok(Self {
            config,
            simd,
            kind,
            embeddings,
            norm,
            layers,
            classifier,
        })
    }
}

/// A layer as its file has it.
struct LayerParameters {
    query: Parameters,
    key: Parameters,
    value: Parameters,
    rest: Rest,
}

/// What follows attention.
struct Rest {
    attention_output: Parameters,
    attended: Norm,
    up: Parameters,
    down: Parameters,
    norm: Norm,
}

impl LayerParameters {
    fn read(
        config: &EncoderConfig,
        weights: &mut Weights<'_>,
        layer: usize,
    ) -> Result<Self, ModelError> {
        let names = LayerNames::new(config.family, layer);
        let (hidden, wide) = (config.hidden, config.intermediate);
        let mut take = |name: &str, inputs: usize, outputs: usize| {
            let weight = weights.take(&format!("{name}.weight"), &[outputs, inputs])?;
            let bias = weights.take(&format!("{name}.bias"), &[outputs])?;
            Ok::<_, ModelError>((weight, bias))
        };
        Ok(Self {
            query: take(&names.query, hidden, hidden)?,
            key: take(&names.key, hidden, hidden)?,
            value: take(&names.value, hidden, hidden)?,
            rest: Rest {
                attention_output: take(&names.attention_output, hidden, hidden)?,
                up: take(&names.intermediate, hidden, wide)?,
                down: take(&names.output, wide, hidden)?,
                attended: norm(weights, &names.attention_norm, hidden)?,
                norm: norm(weights, &names.output_norm, hidden)?,
            },
        })
    }

    /// Packed, for inputs that `before` has normalized.
    fn layer(self, heads: usize, simd: Simd, kind: Kind, before: &Norm) -> Layer {
        let inner = [&*self.query.0, &*self.key.0, &*self.value.0];
        let factors = smoothing_factors(&before.weight, &before.bias, &inner);
        let linear = |(weight, bias)| Linear::smoothed(simd, kind, weight, bias, &factors);
        Layer {
            query: linear(divided(self.query, heads)),
            key: linear(self.key),
            value: linear(self.value),
            after: AfterAttention::new(simd, kind, self.rest),
        }
    }
}

/// What makes queries that attention need not divide.
fn divided((mut weight, mut bias): Parameters, heads: usize) -> Parameters {
    let factor = query_factor(bias.len() / heads);
    for value in weight.iter_mut().chain(&mut bias) {
        *value *= factor;
    }
    (weight, bias)
}

impl AfterAttention {
    fn new(simd: Simd, kind: Kind, rest: Rest) -> Self {
        let Rest {
            attention_output,
            attended,
            up,
            down,
            norm,
        } = rest;
        let factors = smoothing_factors(&attended.weight, &attended.bias, &[&up.0]);
        Self {
            attention_output: Linear::new(simd, kind, &attention_output.0, attention_output.1),
            up: Linear::smoothed(simd, kind, up.0, up.1, &factors),
            down: Linear::new(simd, kind, &down.0, down.1),
            attended,
            norm,
        }
    }
}

fn norm(weights: &mut Weights<'_>, name: &str, hidden: usize) -> Result<Norm, ModelError> {
    Ok(Norm {
        weight: weights.take(&format!("{name}.weight"), &[hidden])?,
        bias: weights.take(&format!("{name}.bias"), &[hidden])?,
    })
}

/// Only a pair has two types of tokens. Else the vector of type 0 belongs to every token.
fn embeddings(
    config: &EncoderConfig,
    weights: &mut Weights<'_>,
    (head, kind): (Head, Kind),
) -> Result<Embeddings, ModelError> {
    let hidden = config.hidden;
    let words = weights.take(
        "embeddings.word_embeddings.weight",
        &[config.vocabulary, hidden],
    )?;
    let mut positions = weights.take(
        "embeddings.position_embeddings.weight",
        &[config.positions, hidden],
    )?;
    positions.drain(..config.first_position * hidden);
    let mut types = Vec::new();
    if config.types > 0 {
        types = weights.take(
            "embeddings.token_type_embeddings.weight",
            &[config.types, hidden],
        )?;
    }
    if head == Head::HiddenStates {
        types.truncate(hidden);
    }
    Ok(Embeddings {
        hidden,
        words: match kind {
            Kind::Int8 => Words::quantized(&words, hidden),
            Kind::Bf16 => Words::Halves(words.into_iter().map(bf16::from_f32).collect()),
            Kind::Fp32 => Words::Floats(words),
        },
        positions,
        types,
    })
}

fn classifier(
    config: &EncoderConfig,
    weights: &mut Weights<'_>,
    simd: Simd,
) -> Result<Classifier, ModelError> {
    // Computed for one token of a text, exact numbers cost next to nothing.
    let kind = Kind::Fp32;
    let layer = LayerParameters::read(config, weights, config.layers_for_all(Head::Classifier))?;
    let query = divided(layer.query, config.heads);
    let inner = [query, layer.key, layer.value];
    let (dense, activation, last) = head_names(config, weights)?;
    let hidden = config.hidden;
    let weight = weights.take_head(&format!("{dense}.weight"), &[hidden, hidden])?;
    let bias = weights.take_head(&format!("{dense}.bias"), &[hidden])?;
    let (last_weight, last_bias) = last_layer([config.labels, config.hidden], weights, last)?;
    Ok(Classifier {
        attention: FirstTokenAttention::new(simd, config.heads, inner),
        after: AfterAttention::new(simd, kind, layer.rest),
        pooler: Linear::new(simd, kind, &weight, bias),
        tanh: activation == "Tanh",
        weight: last_weight,
        bias: last_bias,
    })
}

impl Model {
    /// The non-linearity of the feed-forward layers.
    pub(super) fn activation(&self) -> Activation {
        self.config.activation
    }
}
