use riddle_checkpoint::{Precision, Weights};
use riddle_core::ModelError;

use super::MiniCpmConfig;
use crate::convert::head::SCORE;
use crate::convert::linear::{Linear, add_constants};
use crate::convert::operators::{ROWS, SEQUENCES, reshape, rotation, scaled_words, shapes};
use crate::convert::{BatchShape, builder};
use crate::onnx::{Attribute, Dimension, Element, ExternalData, GraphBuilder};

/// What every layer needs.
struct Parts<'a, 'w> {
    graph: GraphBuilder,
    config: &'a MiniCpmConfig,
    weights: &'a mut Weights<'w>,
    precision: Precision,
    /// Whether sequences are padded on the right. Because of the causal mask this changes nothing but the place of the
    /// last token.
    padded: bool,
}

/// Builds the decoder and hands over, for each layer with a head, the graph that ends there with the output `logits`.
/// Every graph begins with the one before it, so that they share all weights; the file of these is returned.
pub(super) fn layer_graphs(
    config: &MiniCpmConfig,
    weights: &mut Weights<'_>,
    (precision, batches): (Precision, BatchShape),
    data: ExternalData,
    mut end: impl FnMut(usize, GraphBuilder),
) -> Result<ExternalData, ModelError> {
    let mut parts = Parts {
        graph: builder(precision).with_external_data(data),
        config,
        weights,
        precision,
        padded: batches == BatchShape::Padded,
    };
    let graph = &mut parts.graph;
    let shape = [Dimension::Named("batch"), Dimension::Named("tokens")];
    graph.input("input_ids", Element::Int64, &shape);
    if batches == BatchShape::Padded {
        graph.input("attention_mask", Element::Int64, &shape);
    }
    if precision == Precision::Int8 {
        add_constants(graph);
    }
    shapes(graph, config.hidden);
    graph.integers("first_position", &[1], &[0]);
    graph.integers("last", &[], &[-1]);
    graph.floats("ones", &[config.hidden], &vec![1.0; config.hidden]);
    rotation(
        graph,
        "rope",
        [config.positions, config.head_size()],
        config.theta,
    );
    let shape = [config.vocabulary, config.hidden];
    let table = parts.weights.take("embed_tokens.weight", &shape)?;
    let words = scaled_words(graph, table, shape, config.word_scale, precision);
    let mut hidden = reshape(graph, "embeddings.rows", &words, ROWS);
    let norm = parts.weights.take("norm.weight", &[config.hidden])?;
    for layer in 0..config.layers {
        hidden = parts.layer(layer, &hidden)?;
        if let Some(head) = (layer + 1).checked_sub(config.first_head) {
            let name = format!("lm_head.{head}.linear_head.weight");
            let head = parts.weights.take_head(&name, &[1, config.hidden])?;
            end(layer + 1, parts.ended(&hidden, &norm, &head));
        }
    }
    let data = parts.graph.into_external_data();
    data.ok_or_else(|| weights.bad("was not converted", "try again"))
}

impl Parts<'_, '_> {
    /// The graph as it is, with the head on what it has computed for the last token.
    fn ended(&self, hidden: &str, norm: &[f32], head: &[f32]) -> GraphBuilder {
        let mut graph = self.graph.fork();
        let hidden = reshape(&mut graph, "ended", hidden, SEQUENCES);
        let last = if self.padded {
            last_of_each(&mut graph, &hidden)
        } else {
            let axis = [Attribute::Int("axis", 1)];
            graph.node("ended.last", "Gather", &[&hidden, "last"], &axis)
        };
        let last = graph.widened(&last);
        let norm = graph.floats("ended.norm.weight", &[norm.len()], norm);
        let normed = rms_norm(
            &mut graph,
            "ended.normed",
            &last,
            &norm,
            self.config.epsilon,
        );
        let head = graph.floats("ended.head", &[head.len(), 1], head);
        graph.node(SCORE, "MatMul", &[&normed, &head], &[]);
        let shape = [Dimension::Named("batch"), Dimension::Fixed(1)];
        graph.result("logits", SCORE, &shape);
        graph
    }

    fn layer(&mut self, layer: usize, input: &str) -> Result<String, ModelError> {
        let (prefix, tensors) = (format!("layer.{layer}"), format!("layers.{layer}"));
        let normed = self.norm(&format!("{prefix}.normed"), input);
        let attention = self.attention(&prefix, &tensors, &normed)?;
        let attended = format!("{prefix}.attended");
        let attended = self.graph.node(&attended, "Add", &[input, &attention], &[]);
        let normed = self.norm(&format!("{prefix}.attended.normed"), &attended);
        let output = self.feed_forward(&prefix, &tensors, &normed)?;
        Ok(self.graph.node(&prefix, "Add", &[&attended, &output], &[]))
    }

    fn attention(
        &mut self,
        prefix: &str,
        tensors: &str,
        input: &str,
    ) -> Result<String, ModelError> {
        let hidden = self.config.hidden;
        let norm = self.norm_weight(&format!("{tensors}.input_layernorm"))?;
        let input = (input, &*norm);
        let tensors = &format!("{tensors}.self_attn");
        let query = self.part(&format!("{prefix}.query"), tensors, "q_proj", input)?;
        let key = self.part(&format!("{prefix}.key"), tensors, "k_proj", input)?;
        let value = self.part(&format!("{prefix}.value"), tensors, "v_proj", input)?;
        let [query, key] = [query, key].map(|part| {
            let inputs = [&*part, "first_position", "rope.cos", "rope.sin"];
            let name = format!("{part}.turned");
            self.graph.fused(&name, "RotaryEmbedding", &inputs, &[])
        });
        let attributes = [
            Attribute::Int("num_heads", self.config.heads as i64),
            Attribute::Int("unidirectional", 1),
        ];
        let name = format!("{prefix}.attention");
        let inputs = [&*query, &key, &value];
        let mixed = self
            .graph
            .fused(&name, "MultiHeadAttention", &inputs, &attributes);
        let mixed = reshape(&mut self.graph, &format!("{name}.rows"), &mixed, ROWS);
        let weight = self
            .weights
            .take(&format!("{tensors}.o_proj.weight"), &[hidden, hidden])?;
        let weight = scaled(weight, self.config.residual_scale);
        Ok(self.linear(&format!("{name}.output"), weight, &mixed, [hidden, hidden]))
    }

    /// Queries, keys or values, `batch × tokens × hidden`. Heads that several query heads share are repeated.
    fn part(
        &mut self,
        name: &str,
        tensors: &str,
        tensor: &str,
        (input, norm): (&str, &[f32]),
    ) -> Result<String, ModelError> {
        let (hidden, size) = (self.config.hidden, self.config.head_size());
        let heads = match tensor {
            "q_proj" => self.config.heads,
            _ => self.config.key_value_heads,
        };
        let shape = [heads * size, hidden];
        let weight = self
            .weights
            .take(&format!("{tensors}.{tensor}.weight"), &shape)?;
        let weight = repeated(&weight, size * hidden, self.config.heads / heads);
        let weight = normed(weight, norm);
        let rows = self.linear(&format!("{name}.rows"), weight, input, [hidden, hidden]);
        Ok(reshape(&mut self.graph, name, &rows, SEQUENCES))
    }

    fn feed_forward(
        &mut self,
        prefix: &str,
        tensors: &str,
        input: &str,
    ) -> Result<String, ModelError> {
        let (hidden, wide) = (self.config.hidden, self.config.intermediate);
        let norm = self.norm_weight(&format!("{tensors}.post_attention_layernorm"))?;
        let tensors = &format!("{tensors}.mlp");
        let shape = [wide, hidden];
        let gate = self
            .weights
            .take(&format!("{tensors}.gate_proj.weight"), &shape)?;
        let content = self
            .weights
            .take(&format!("{tensors}.up_proj.weight"), &shape)?;
        let joined = normed([gate, content].concat(), &norm);
        let name = format!("{prefix}.wide");
        let joined = self.linear(&name, joined, input, [hidden, 2 * wide]);
        let parts = ["gate", "content"].map(|part| format!("{prefix}.{part}"));
        let [gate, content] = parts.each_ref().map(String::as_str);
        let axis = [Attribute::Int("axis", -1), Attribute::Int("num_outputs", 2)];
        self.graph.split("Split", &joined, &[gate, content], &axis);
        let graph = &mut self.graph;
        let open = graph.node(&format!("{gate}.open"), "Sigmoid", &[gate], &[]);
        let activated = graph.node(&format!("{gate}.activated"), "Mul", &[gate, &open], &[]);
        let gated = format!("{prefix}.gated");
        let gated = graph.node(&gated, "Mul", &[&activated, content], &[]);
        let weight = self
            .weights
            .take(&format!("{tensors}.down_proj.weight"), &[hidden, wide])?;
        let weight = scaled(weight, self.config.residual_scale);
        Ok(self.linear(&format!("{prefix}.output"), weight, &gated, [wide, hidden]))
    }

    fn linear(
        &mut self,
        name: &str,
        weight: Vec<f32>,
        input: &str,
        [inputs, outputs]: [usize; 2],
    ) -> String {
        let linear = Linear {
            inputs,
            outputs,
            weight,
            bias: vec![0.0; outputs],
        };
        linear.multiply(&mut self.graph, name, input, self.precision)
    }

    /// Rows of mean square 1. The factors of a norm are in the weights behind it, because rows that are quantized with
    /// one scale each should have no outliers.
    fn norm(&mut self, name: &str, input: &str) -> String {
        rms_norm(&mut self.graph, name, input, "ones", self.config.epsilon)
    }

    fn norm_weight(&mut self, tensor: &str) -> Result<Vec<f32>, ModelError> {
        let shape = [self.config.hidden];
        self.weights.take(&format!("{tensor}.weight"), &shape)
    }
}

/// The last token of each sequence that is no padding.
fn last_of_each(graph: &mut GraphBuilder, hidden: &str) -> String {
    let axis = graph.integers("ended.axis", &[1], &[1]);
    let counts = graph.node("ended.counts", "ReduceSum", &["attention_mask", &axis], &[]);
    let one = graph.integers("ended.one", &[], &[1]);
    let places = graph.node("ended.places", "Sub", &[&counts, &one], &[]);
    let each = [Attribute::Int("batch_dims", 1)];
    graph.node("ended.last", "GatherND", &[hidden, &places], &each)
}

/// Scales each row to a mean square of 1, then by weights.
fn rms_norm(
    graph: &mut GraphBuilder,
    name: &str,
    input: &str,
    weight: &str,
    epsilon: f32,
) -> String {
    let attributes = [
        Attribute::Int("axis", -1),
        Attribute::Float("epsilon", epsilon),
    ];
    // An operator of ONNX Runtime that bears no domain of its own.
    graph.node(
        name,
        "SimplifiedLayerNormalization",
        &[input, weight],
        &attributes,
    )
}

/// The weights of a layer whose inputs are multiplied by those of a norm.
fn normed(mut weight: Vec<f32>, norm: &[f32]) -> Vec<f32> {
    for row in weight.chunks_exact_mut(norm.len()) {
        for (value, factor) in row.iter_mut().zip(norm) {
            *value *= factor;
        }
    }
    weight
}

fn scaled(mut weight: Vec<f32>, scale: f32) -> Vec<f32> {
    for value in &mut weight {
        *value *= scale;
    }
    weight
}

/// Each block of so many numbers this many times.
fn repeated(weight: &[f32], block: usize, times: usize) -> Vec<f32> {
    let blocks = weight.chunks_exact(block);
    blocks.flat_map(|block| block.repeat(times)).collect()
}
