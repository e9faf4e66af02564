//! Parts of graphs that the architectures share.

use riddle_core::ModelError;

use riddle_checkpoint::{Activation, Precision, Weights, quantization_scale, quantize};

use crate::onnx::{Attribute, Element, GraphBuilder};

/// Name of the shape `tokens × hidden`, in which layers work.
pub(super) const ROWS: &str = "rows";
/// Name of the shape `batch × tokens × hidden`, in which attention works.
pub(super) const SEQUENCES: &str = "sequences";

/// Scales each row to a mean of 0 and a variance of 1, then by weights and bias.
pub(super) struct LayerNorm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Option<Vec<f32>>,
    pub(super) epsilon: f32,
}

impl LayerNorm {
    /// Adds it to the graph.
    pub(super) fn add(&self, graph: &mut GraphBuilder, name: &str, input: &str) -> String {
        let shape = [self.weight.len()];
        let weight = graph.floats(&format!("{name}.norm.weight"), &shape, &self.weight);
        let bias = self.bias.as_ref();
        let bias = bias.map(|bias| graph.floats(&format!("{name}.norm.bias"), &shape, bias));
        let inputs: Vec<&str> = [input, &weight]
            .into_iter()
            .chain(bias.as_deref())
            .collect();
        let attributes = [
            Attribute::Int("axis", -1),
            Attribute::Float("epsilon", self.epsilon),
        ];
        graph.node(name, "LayerNormalization", &inputs, &attributes)
    }
}

/// Adds the shapes [`ROWS`] and [`SEQUENCES`]. Call it once for a graph.
pub(super) fn shapes(graph: &mut GraphBuilder, hidden: usize) {
    let hidden = hidden as i64;
    graph.integers(ROWS, &[2], &[-1, hidden]);
    let hidden = graph.integers("hidden_size", &[1], &[hidden]);
    let input = graph.node("input_shape", "Shape", &["input_ids"], &[]);
    let axis = [Attribute::Int("axis", 0)];
    graph.node(SEQUENCES, "Concat", &[&input, &hidden], &axis);
}

/// Adds a change of shape.
pub(super) fn reshape(graph: &mut GraphBuilder, name: &str, input: &str, shape: &str) -> String {
    graph.node(name, "Reshape", &[input, shape], &[])
}

/// Adds a non-linearity.
pub(super) fn activate(
    graph: &mut GraphBuilder,
    name: &str,
    input: &str,
    activation: Activation,
) -> String {
    let tanh = [Attribute::Text("approximate", "tanh")];
    let (operator, attributes): (_, &[Attribute]) = match activation {
        Activation::Gelu => ("Gelu", &[]),
        Activation::GeluTanh => ("Gelu", &tanh),
        Activation::Relu => ("Relu", &[]),
    };
    graph.node(name, operator, &[input], attributes)
}

/// Word vectors of the input, from a table of this shape.
pub(super) fn words(
    graph: &mut GraphBuilder,
    weights: &mut Weights<'_>,
    tensor: &str,
    shape: [usize; 2],
    precision: Precision,
) -> Result<String, ModelError> {
    let table = weights.take(tensor, &shape)?;
    Ok(scaled_words(graph, table, shape, 1.0, precision))
}

/// Word vectors of the input times `factor`. Quantized, the table takes a quarter of the memory, which for a hundred
/// languages is most of the model.
pub(super) fn scaled_words(
    graph: &mut GraphBuilder,
    mut table: Vec<f32>,
    shape: [usize; 2],
    factor: f32,
    precision: Precision,
) -> String {
    let [rows, hidden] = shape;
    for value in &mut table {
        *value *= factor;
    }
    let ids = "input_ids";
    if precision != Precision::Int8 {
        let table = graph.floats("embeddings.words", &shape, &table);
        return graph.node("embeddings.word", "Gather", &[&table, ids], &[]);
    }
    // A table is looked up, not multiplied, so it may use the whole range on any CPU.
    let range = i8::MAX;
    let scales: Vec<f32> = table
        .chunks_exact(hidden)
        .map(|row| quantization_scale(row, range))
        .collect();
    let quantized: Vec<i8> = table
        .chunks_exact(hidden)
        .zip(&scales)
        .flat_map(|(row, scale)| row.iter().map(|value| quantize(*value, *scale, range)))
        .collect();
    let table = graph.bytes("embeddings.words", &shape, &quantized);
    let scales = graph.floats("embeddings.scales", &[rows, 1], &scales);
    let word = graph.node("embeddings.word.bytes", "Gather", &[&table, ids], &[]);
    let to = Attribute::Int("to", Element::Float as i64);
    let word = graph.node("embeddings.word.floats", "Cast", &[&word], &[to]);
    let scale = graph.node("embeddings.word.scale", "Gather", &[&scales, ids], &[]);
    graph.node("embeddings.word", "Mul", &[&word, &scale], &[])
}

/// Cosines and sines of rotary positions, `positions × head_size / 2`, as `name.cos` and `name.sin`.
pub(super) fn rotation(
    graph: &mut GraphBuilder,
    name: &str,
    [positions, head_size]: [usize; 2],
    theta: f32,
) {
    let half = head_size / 2;
    let frequencies: Vec<f32> = (0..half)
        .map(|pair| 1.0 / theta.powf((2 * pair) as f32 / head_size as f32))
        .collect();
    let mut angles = Vec::with_capacity(positions * half);
    for position in 0..positions {
        angles.extend(
            frequencies
                .iter()
                .map(|frequency| position as f32 * frequency),
        );
    }
    let table = |of: fn(f32) -> f32| angles.iter().copied().map(of).collect::<Vec<f32>>();
    let shape = [positions, half];
    graph.floats(&format!("{name}.cos"), &shape, &table(f32::cos));
    graph.floats(&format!("{name}.sin"), &shape, &table(f32::sin));
}
