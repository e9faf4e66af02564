use riddle_checkpoint::{
    EncoderConfig, Head, LayerNames, Precision, Weights, divide_columns, smoothing_factors,
};
use riddle_core::ModelError;

use super::linear::{Linear, add_constants};
use super::operators::{LayerNorm, ROWS, SEQUENCES, activate, reshape, shapes, words};
use super::{BatchShape, Conversion};
use crate::onnx::{Attribute, GraphBuilder};

/// What every layer of the encoder needs.
struct Parts<'a, 'w> {
    graph: &'a mut GraphBuilder,
    config: &'a EncoderConfig,
    weights: &'a mut Weights<'w>,
    precision: Precision,
    /// Name of the lengths of padded sequences; empty without padding.
    mask: String,
}

/// What a normalization gives, and its parameters.
struct Normed {
    name: String,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// Adds the encoder to the graph and gives the name of what its head takes: the hidden states of all tokens, `batch ×
/// tokens × hidden`, or of the first, `batch × hidden`.
pub(super) fn encoder(
    graph: &mut GraphBuilder,
    config: &EncoderConfig,
    weights: &mut Weights<'_>,
    conversion: &Conversion,
    with_types: bool,
) -> Result<String, ModelError> {
    let mask = match conversion.batches {
        BatchShape::OneLength => String::new(),
        BatchShape::Padded => graph.lengths("attention_mask"),
    };
    let mut parts = Parts {
        graph,
        config,
        weights,
        precision: conversion.precision,
        mask,
    };
    if conversion.precision == Precision::Int8 {
        add_constants(parts.graph);
    }
    shapes(parts.graph, config.hidden);
    let mut hidden = parts.embeddings(with_types)?;
    hidden.name = parts.reshape("embeddings.rows", &hidden.name, ROWS);
    let for_all = config.layers_for_all(conversion.head);
    for layer in 0..for_all {
        hidden = parts.layer(layer, &hidden)?;
    }
    match conversion.head {
        Head::Classifier => Ok(parts.last_layer(for_all, &hidden)?.name),
        Head::HiddenStates => Ok(parts.reshape("hidden", &hidden.name, SEQUENCES)),
    }
}

impl Parts<'_, '_> {
    fn reshape(&mut self, name: &str, input: &str, shape: &str) -> String {
        reshape(self.graph, name, input, shape)
    }

    fn embeddings(&mut self, with_types: bool) -> Result<Normed, ModelError> {
        let table = "embeddings.word_embeddings.weight";
        let shape = [self.config.vocabulary, self.config.hidden];
        let words = words(self.graph, self.weights, table, shape, self.precision)?;
        let positions = self.positions(with_types)?;
        let mut sum = self
            .graph
            .node("embeddings.placed", "Add", &[&words, &positions], &[]);
        if with_types {
            let types = self.type_table()?;
            let shape = [self.config.types, self.config.hidden];
            let table = self.graph.floats("embeddings.types", &shape, &types);
            let typed = self.graph.node(
                "embeddings.type",
                "Gather",
                &[&table, "token_type_ids"],
                &[],
            );
            sum = self
                .graph
                .node("embeddings.sum", "Add", &[&sum, &typed], &[]);
        }
        self.norm("embeddings", "embeddings.LayerNorm", &sum)
    }

    /// The rows of the position table that the tokens take. Where the type of all tokens is 0, its vector is added to
    /// every row in advance.
    fn positions(&mut self, with_types: bool) -> Result<String, ModelError> {
        let (rows, hidden) = (self.config.positions, self.config.hidden);
        let mut table = self
            .weights
            .take("embeddings.position_embeddings.weight", &[rows, hidden])?;
        if self.config.types > 0 && !with_types {
            let types = self.type_table()?;
            for row in table.chunks_exact_mut(hidden) {
                for (value, added) in row.iter_mut().zip(&types) {
                    *value += added;
                }
            }
        }
        let first = self.config.first_position;
        let graph = &mut *self.graph;
        let usable = &table[first * hidden..];
        let table = graph.floats("embeddings.positions", &[rows - first, hidden], usable);
        let zero = graph.integers("zero", &[1], &[0]);
        let start = Attribute::Int("start", 1);
        let end = Attribute::Int("end", 2);
        let length = graph.node("tokens", "Shape", &["input_ids"], &[start, end]);
        Ok(graph.node(
            "embeddings.position",
            "Slice",
            &[&table, &zero, &length, &zero],
            &[],
        ))
    }

    fn type_table(&mut self) -> Result<Vec<f32>, ModelError> {
        let shape = [self.config.types, self.config.hidden];
        self.weights
            .take("embeddings.token_type_embeddings.weight", &shape)
    }

    fn layer(&mut self, layer: usize, input: &Normed) -> Result<Normed, ModelError> {
        let names = LayerNames::new(self.config.family, layer);
        let prefix = format!("layer.{layer}");
        let mixed = self.attention(&prefix, &names, input)?;
        let mixed = self.reshape(&format!("{prefix}.attention.rows"), &mixed, ROWS);
        self.after_attention((&prefix, &names), &mixed, &input.name)
    }

    /// The last layer where a score alone is wanted, which needs no token but the first. Computed for one token of a
    /// text, what follows the attention costs next to nothing in floats.
    fn last_layer(&mut self, layer: usize, input: &Normed) -> Result<Normed, ModelError> {
        let names = LayerNames::new(self.config.family, layer);
        let prefix = format!("layer.{layer}");
        let mixed = self.attention(&prefix, &names, input)?;
        let tokens = self.reshape(&format!("{prefix}.tokens"), &input.name, SEQUENCES);
        let [mixed, token] = [("mixed", &mixed), ("token", &tokens)].map(|(name, all)| {
            let name = format!("{prefix}.first.{name}");
            let axis = [Attribute::Int("axis", 1)];
            let first = self.graph.integers(&format!("{name}.place"), &[], &[0]);
            self.graph.node(&name, "Gather", &[all, &first], &axis)
        });
        let mut exact = Parts {
            graph: &mut *self.graph,
            config: self.config,
            weights: &mut *self.weights,
            precision: match self.precision {
                Precision::Int8 => Precision::Fp32,
                other => other,
            },
            mask: String::new(),
        };
        exact.after_attention((&prefix, &names), &mixed, &token)
    }

    /// From what attention mixed for some rows, and what went into the layer for them.
    fn after_attention(
        &mut self,
        (prefix, names): (&str, &LayerNames),
        mixed: &str,
        input: &str,
    ) -> Result<Normed, ModelError> {
        let hidden = self.config.hidden;
        let name = format!("{prefix}.attention.output");
        let attention = self.linear(&name, &names.attention_output, mixed, [hidden, hidden])?;
        let sum = format!("{prefix}.attention.sum");
        let sum = self.graph.node(&sum, "Add", &[&attention, input], &[]);
        let attended = self.norm(&format!("{prefix}.attended"), &names.attention_norm, &sum)?;
        let output = self.feed_forward(prefix, names, &attended)?;
        let sum = format!("{prefix}.output.sum");
        let sum = self
            .graph
            .node(&sum, "Add", &[&output, &attended.name], &[]);
        self.norm(prefix, &names.output_norm, &sum)
    }

    /// What attention mixes for each token, `batch × tokens × hidden`.
    fn attention(
        &mut self,
        prefix: &str,
        names: &LayerNames,
        input: &Normed,
    ) -> Result<String, ModelError> {
        let hidden = self.config.hidden;
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for part in [&names.query, &names.key, &names.value] {
            let square = [hidden, hidden];
            weights.push(self.weights.take(&format!("{part}.weight"), &square)?);
            biases.push(self.weights.take(&format!("{part}.bias"), &[hidden])?);
        }
        let projection = Linear {
            inputs: hidden,
            outputs: 3 * hidden,
            weight: weights.concat(),
            bias: biases.concat(),
        };
        let name = format!("{prefix}.projection");
        let projected = self.balanced(&name, projection, input);
        let parts = ["query", "key", "value"].map(|part| format!("{prefix}.{part}.rows"));
        let names_of_parts = parts.each_ref().map(String::as_str);
        let axis = [Attribute::Int("axis", -1), Attribute::Int("num_outputs", 3)];
        self.graph
            .split("Split", &projected, &names_of_parts, &axis);
        let [query, key, value] = ["query", "key", "value"].map(|part| {
            let name = format!("{prefix}.{part}");
            self.reshape(&name, &format!("{name}.rows"), SEQUENCES)
        });
        let mut inputs = vec![&*query, &key, &value];
        if !self.mask.is_empty() {
            inputs.extend(["", &self.mask]);
        }
        let heads = Attribute::Int("num_heads", self.config.heads as i64);
        let attention = format!("{prefix}.attention");
        Ok(self
            .graph
            .fused(&attention, "MultiHeadAttention", &inputs, &[heads]))
    }

    fn feed_forward(
        &mut self,
        prefix: &str,
        names: &LayerNames,
        input: &Normed,
    ) -> Result<String, ModelError> {
        let (hidden, intermediate) = (self.config.hidden, self.config.intermediate);
        let name = format!("{prefix}.intermediate");
        let widen = self.take_linear(&names.intermediate, [hidden, intermediate])?;
        let widened = self.balanced(&name, widen, input);
        let activated = format!("{prefix}.activated");
        let activated = activate(self.graph, &activated, &widened, self.config.activation);
        let name = format!("{prefix}.output");
        self.linear(&name, &names.output, &activated, [intermediate, hidden])
    }

    fn linear(
        &mut self,
        name: &str,
        tensor: &str,
        input: &str,
        sizes: [usize; 2],
    ) -> Result<String, ModelError> {
        let linear = self.take_linear(tensor, sizes)?;
        Ok(linear.multiply(self.graph, name, input, self.precision))
    }

    fn take_linear(
        &mut self,
        tensor: &str,
        [inputs, outputs]: [usize; 2],
    ) -> Result<Linear, ModelError> {
        let weight = self
            .weights
            .take(&format!("{tensor}.weight"), &[outputs, inputs])?;
        let bias = self.weights.take(&format!("{tensor}.bias"), &[outputs])?;
        Ok(Linear {
            inputs,
            outputs,
            weight,
            bias,
        })
    }

    /// Multiplies what a normalization gives, smoothed (SmoothQuant) before it is quantized.
    fn balanced(&mut self, name: &str, mut linear: Linear, input: &Normed) -> String {
        if self.precision != Precision::Int8 {
            return linear.multiply(self.graph, name, &input.name, self.precision);
        }
        let factors = smoothing_factors(&input.weight, &input.bias, &[&linear.weight]);
        divide_columns(&mut linear.weight, &factors);
        let factors = self
            .graph
            .floats(&format!("{name}.factors"), &[factors.len()], &factors);
        let even = format!("{name}.even");
        let even = self.graph.node(&even, "Mul", &[&input.name, &factors], &[]);
        linear.multiply(self.graph, name, &even, self.precision)
    }

    fn norm(&mut self, name: &str, tensor: &str, input: &str) -> Result<Normed, ModelError> {
        let shape = [self.config.hidden];
        let weight = self.weights.take(&format!("{tensor}.weight"), &shape)?;
        let bias = self.weights.take(&format!("{tensor}.bias"), &shape)?;
        let norm = LayerNorm {
            weight: weight.clone(),
            bias: Some(bias.clone()),
            epsilon: self.config.epsilon,
        };
        Ok(Normed {
            name: norm.add(self.graph, name, input),
            weight,
            bias,
        })
    }
}
