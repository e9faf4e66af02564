use riddle_checkpoint::{Precision, Weights};
use riddle_core::ModelError;

use super::ModernConfig;
use crate::convert::linear::{Linear, add_constants};
use crate::convert::operators::{
    LayerNorm, ROWS, SEQUENCES, activate, reshape, rotation, shapes, words,
};
use crate::convert::{BatchShape, Conversion};
use crate::onnx::{Attribute, GraphBuilder};

/// Added to the score of a token outside the window: nothing is left of it after the softmax.
const OUTSIDE: f32 = -1e9;

/// What every layer of the encoder needs.
struct Parts<'a, 'w> {
    graph: &'a mut GraphBuilder,
    config: &'a ModernConfig,
    weights: &'a mut Weights<'w>,
    precision: Precision,
    /// Name of the lengths of padded sequences; empty without padding.
    mask: String,
}

/// Adds the encoder to the graph and gives the name of the hidden states, `batch × tokens × hidden`.
pub(in crate::convert) fn encoder(
    graph: &mut GraphBuilder,
    config: &ModernConfig,
    weights: &mut Weights<'_>,
    conversion: &Conversion,
) -> Result<String, ModelError> {
    let mask = match conversion.batches {
        BatchShape::OneLength => String::new(),
        BatchShape::Padded => graph.lengths("attention_mask"),
    };
    if conversion.precision == Precision::Int8 {
        add_constants(graph);
    }
    let mut parts = Parts {
        graph,
        config,
        weights,
        precision: conversion.precision,
        mask,
    };
    shapes(parts.graph, config.hidden);
    parts.positions();
    let table = "embeddings.tok_embeddings.weight";
    let shape = [config.vocabulary, config.hidden];
    let words = words(parts.graph, parts.weights, table, shape, parts.precision)?;
    let rows = reshape(parts.graph, "embeddings.rows", &words, ROWS);
    let mut hidden = parts.norm("embeddings", "embeddings.norm", &rows)?;
    for layer in 0..config.local.len() {
        hidden = parts.layer(layer, &hidden)?;
    }
    let hidden = parts.norm("final", "final_norm", &hidden)?;
    Ok(reshape(parts.graph, "hidden", &hidden, SEQUENCES))
}

impl Parts<'_, '_> {
    /// The tables of rotary positions and the window, once for all layers.
    fn positions(&mut self) {
        self.graph.integers("first_position", &[1], &[0]);
        let config = self.config;
        for (name, theta) in [
            ("local", config.local_theta),
            ("global", config.global_theta),
        ] {
            let sizes = [config.positions, config.head_size()];
            rotation(self.graph, name, sizes, theta);
        }
        let graph = &mut *self.graph;
        let one = |graph: &mut GraphBuilder, name: &str, value| graph.integers(name, &[], &[value]);
        let (zero, step) = (one(graph, "range.zero", 0), one(graph, "range.step", 1));
        let reach = one(graph, "reach", config.reach as i64);
        let ends = [Attribute::Int("start", 1), Attribute::Int("end", 2)];
        let count = graph.node("range.count", "Shape", &["input_ids"], &ends);
        let count = graph.node("range.end", "Squeeze", &[&count], &[]);
        let range = graph.node("range", "Range", &[&zero, &count, &step], &[]);
        let across = graph.integers("across", &[3], &[0, 1, 2]);
        let down = graph.integers("down", &[3], &[0, 1, 3]);
        let keys = graph.node("range.keys", "Unsqueeze", &[&range, &across], &[]);
        let queries = graph.node("range.queries", "Unsqueeze", &[&range, &down], &[]);
        let apart = graph.node("window.signed", "Sub", &[&queries, &keys], &[]);
        let apart = graph.node("window.apart", "Abs", &[&apart], &[]);
        let within = graph.node("window.within", "LessOrEqual", &[&apart, &reach], &[]);
        let inside = graph.floats("window.inside", &[], &[0.0]);
        let outside = graph.floats("window.outside", &[], &[OUTSIDE]);
        graph.node("window", "Where", &[&within, &inside, &outside], &[]);
    }

    /// One layer; the first has its input normalized already.
    fn layer(&mut self, layer: usize, input: &str) -> Result<String, ModelError> {
        let (prefix, tensors) = (format!("layer.{layer}"), format!("layers.{layer}"));
        let normed = match layer {
            0 => input.to_owned(),
            _ => self.norm(
                &format!("{prefix}.normed"),
                &format!("{tensors}.attn_norm"),
                input,
            )?,
        };
        let attention = self.attention(layer, &normed)?;
        let attended = format!("{prefix}.attended");
        let attended = self.graph.node(&attended, "Add", &[input, &attention], &[]);
        let name = format!("{prefix}.attended.normed");
        let normed = self.norm(&name, &format!("{tensors}.mlp_norm"), &attended)?;
        let output = self.feed_forward(&prefix, &tensors, &normed)?;
        Ok(self.graph.node(&prefix, "Add", &[&attended, &output], &[]))
    }

    fn attention(&mut self, layer: usize, input: &str) -> Result<String, ModelError> {
        let hidden = self.config.hidden;
        let (prefix, tensors) = (format!("layer.{layer}"), format!("layers.{layer}.attn"));
        let biased = self.config.biases.attention;
        let name = format!("{prefix}.projection");
        let sizes = [hidden, 3 * hidden];
        let projected = self.linear(&name, &format!("{tensors}.Wqkv"), input, sizes, biased)?;
        let parts = ["query", "key", "value"].map(|part| format!("{prefix}.{part}.rows"));
        let parts = parts.each_ref().map(String::as_str);
        let axis = [Attribute::Int("axis", -1), Attribute::Int("num_outputs", 3)];
        self.graph.split("Split", &projected, &parts, &axis);
        let [query, key, value] = ["query", "key", "value"].map(|part| {
            let name = format!("{prefix}.{part}");
            reshape(self.graph, &name, &format!("{name}.rows"), SEQUENCES)
        });
        let local = self.config.local.get(layer).copied().unwrap_or_default();
        let kind = if local { "local" } else { "global" };
        let (cos, sin) = (format!("{kind}.cos"), format!("{kind}.sin"));
        let [query, key] = [query, key].map(|part| {
            let inputs = [&*part, "first_position", &cos, &sin];
            let name = format!("{part}.turned");
            self.graph.fused(&name, "RotaryEmbedding", &inputs, &[])
        });
        let window = if local { "window" } else { "" };
        let inputs = [&*query, &key, &value, "", &self.mask, window];
        let used = inputs.iter().rposition(|input| !input.is_empty());
        let inputs = &inputs[..=used.unwrap_or_default()];
        let heads = [Attribute::Int("num_heads", self.config.heads as i64)];
        let attention = format!("{prefix}.attention");
        let mixed = self
            .graph
            .fused(&attention, "MultiHeadAttention", inputs, &heads);
        let mixed = reshape(self.graph, &format!("{attention}.rows"), &mixed, ROWS);
        let name = format!("{attention}.output");
        let sizes = [hidden, hidden];
        self.linear(&name, &format!("{tensors}.Wo"), &mixed, sizes, biased)
    }

    fn feed_forward(
        &mut self,
        prefix: &str,
        tensors: &str,
        input: &str,
    ) -> Result<String, ModelError> {
        let (hidden, intermediate) = (self.config.hidden, self.config.intermediate);
        let biased = self.config.biases.feed_forward;
        let (name, tensor) = (format!("{prefix}.wide"), format!("{tensors}.mlp.Wi"));
        let wide = self.linear(&name, &tensor, input, [hidden, 2 * intermediate], biased)?;
        let parts = ["content", "gate"].map(|part| format!("{prefix}.{part}"));
        let [content, gate] = parts.each_ref().map(String::as_str);
        let axis = [Attribute::Int("axis", -1), Attribute::Int("num_outputs", 2)];
        self.graph.split("Split", &wide, &[content, gate], &axis);
        let activated = format!("{prefix}.activated");
        let activated = activate(self.graph, &activated, content, self.config.activation);
        let gated = format!("{prefix}.gated");
        let gated = self.graph.node(&gated, "Mul", &[&activated, gate], &[]);
        let (name, tensor) = (format!("{prefix}.output"), format!("{tensors}.mlp.Wo"));
        self.linear(&name, &tensor, &gated, [intermediate, hidden], biased)
    }

    fn linear(
        &mut self,
        name: &str,
        tensor: &str,
        input: &str,
        [inputs, outputs]: [usize; 2],
        biased: bool,
    ) -> Result<String, ModelError> {
        let shape = [outputs, inputs];
        let linear = Linear {
            inputs,
            outputs,
            weight: self.weights.take(&format!("{tensor}.weight"), &shape)?,
            bias: match biased {
                true => self.weights.take(&format!("{tensor}.bias"), &[outputs])?,
                false => vec![0.0; outputs],
            },
        };
        Ok(linear.multiply(self.graph, name, input, self.precision))
    }

    fn norm(&mut self, name: &str, tensor: &str, input: &str) -> Result<String, ModelError> {
        let shape = [self.config.hidden];
        let norm = LayerNorm {
            weight: self.weights.take(&format!("{tensor}.weight"), &shape)?,
            bias: match self.config.biases.norm {
                true => Some(self.weights.take(&format!("{tensor}.bias"), &shape)?),
                false => None,
            },
            epsilon: self.config.epsilon,
        };
        Ok(norm.add(self.graph, name, input))
    }
}
