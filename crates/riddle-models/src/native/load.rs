//! From safetensors to packed weights.

use half::bf16;
use riddle_core::ModelError;

use super::attention::query_factor;
use super::embeddings::{Embeddings, Words};
use super::linear::Linear;
use super::simd::{Kind, Simd};
use crate::convert::{
    Activation, EncoderConfig, Head, LayerNames, Precision, Source, Weights, balance, head_names,
    last_layer,
};

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
    pub(super) mixed: Linear,
    pub(super) attended: Norm,
    pub(super) widen: Linear,
    pub(super) narrow: Linear,
    pub(super) norm: Norm,
}

/// The head: a layer over the first token, a non-linearity, one number.
pub(super) struct Classifier {
    pub(super) pooler: Linear,
    pub(super) tanh: bool,
    pub(super) weight: Vec<f32>,
    pub(super) bias: f32,
}

impl Model {
    pub(super) fn read(
        source: &Source<'_>,
        weights: &str,
        (config, simd): (EncoderConfig, Simd),
        (head, precision): (Head, Precision),
    ) -> Result<Self, ModelError> {
        let mut weights = Weights::open(source.clone(), weights)?;
        let kind = match precision {
            Precision::Int8 => Kind::Int8,
            Precision::Bf16 => Kind::Bf16,
            Precision::Fp32 | Precision::Fp16 => Kind::Fp32,
        };
        let classifier = match head {
            Head::Classifier => Some(classifier(&config, &mut weights, simd)?),
            Head::HiddenStates => None,
        };
        let embeddings = embeddings(&config, &mut weights, (head, kind))?;
        let norm = norm(&mut weights, "embeddings.LayerNorm", config.hidden)?;
        let mut layers: Vec<Layer> = Vec::with_capacity(config.layers);
        for layer in 0..config.layers {
            // The last layer of a reranker is computed for one token of a text, so exact numbers cost next to nothing.
            let first_only = head == Head::Classifier && layer + 1 == config.layers;
            let kinds = (kind, if first_only { Kind::Fp32 } else { kind });
            let before = layers.last().map_or(&norm, |layer| &layer.norm);
            let layer = Layer::read(&config, &mut weights, (simd, kinds), (layer, before))?;
            layers.push(layer);
        }
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

impl Layer {
    fn read(
        config: &EncoderConfig,
        weights: &mut Weights<'_>,
        (simd, (of_all, of_queries)): (Simd, (Kind, Kind)),
        (layer, before): (usize, &Norm),
    ) -> Result<Self, ModelError> {
        let names = LayerNames::new(config.family, layer);
        let (hidden, wide) = (config.hidden, config.intermediate);
        let mut take = |name: &str, inputs: usize, outputs: usize| {
            let weight = weights.take(&format!("{name}.weight"), &[outputs, inputs])?;
            let bias = weights.take(&format!("{name}.bias"), &[outputs])?;
            Ok::<_, ModelError>((weight, bias))
        };
        let mut query = take(&names.query, hidden, hidden)?;
        let key = take(&names.key, hidden, hidden)?;
        let value = take(&names.value, hidden, hidden)?;
        let mixed = take(&names.attention_output, hidden, hidden)?;
        let widen = take(&names.intermediate, hidden, wide)?;
        let narrow = take(&names.output, wide, hidden)?;
        let attended = norm(weights, &names.attention_norm, hidden)?;
        let output_norm = norm(weights, &names.output_norm, hidden)?;
        let factors = balance(&before.weight, &before.bias, &[&query.0, &key.0, &value.0]);
        let factor = query_factor(hidden / config.heads);
        for value in query.0.iter_mut().chain(&mut query.1) {
            *value *= factor;
        }
        let wide_factors = balance(&attended.weight, &attended.bias, &[&widen.0]);
        let query = Linear::balanced(simd, of_queries, query.0, query.1, &factors);
        let key = Linear::balanced(simd, of_all, key.0, key.1, &factors);
        let value = Linear::balanced(simd, of_all, value.0, value.1, &factors);
        let mixed = Linear::new(simd, of_queries, &mixed.0, mixed.1);
        let widen = Linear::balanced(simd, of_queries, widen.0, widen.1, &wide_factors);
        let narrow = Linear::new(simd, of_queries, &narrow.0, narrow.1);
        Ok(Self {
            query,
            key,
            value,
            mixed,
            attended,
            widen,
            narrow,
            norm: output_norm,
        })
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
    let (dense, activation, last) = head_names(config, weights)?;
    let hidden = config.hidden;
    let weight = weights.take_head(&format!("{dense}.weight"), &[hidden, hidden])?;
    let bias = weights.take_head(&format!("{dense}.bias"), &[hidden])?;
    let (last_weight, last_bias) = last_layer([config.labels, config.hidden], weights, last)?;
    Ok(Classifier {
        pooler: Linear::new(simd, Kind::Fp32, &weight, bias),
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
