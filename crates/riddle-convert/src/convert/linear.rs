use riddle_checkpoint::{Precision, quantization_scale, quantize};

use crate::onnx::{Attribute, Element, GraphBuilder};

/// A linear layer as models store it: `weight` is row-major `outputs × inputs`.
pub(super) struct Linear {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// How far stored weights lie above their values.
///
/// ONNX Runtime multiplies bytes without sign exactly on every CPU. Where a CPU has no VNNI, it adds products with
/// signed weights in 16 bits, which overflow silently unless the weights stay within 7 bits.
const WEIGHT_ZERO_POINT: u8 = 128;

impl Linear {
    /// Adds the product with `input`, a matrix of one row for each token, to the graph.
    pub(super) fn multiply(
        &self,
        graph: &mut GraphBuilder,
        name: &str,
        input: &str,
        precision: Precision,
    ) -> String {
        match precision {
            Precision::Fp32 | Precision::Bf16 | Precision::Fp16 => {
                self.multiply_floats(graph, name, input)
            }
            Precision::Int8 => self.multiply_integers(graph, name, input),
        }
    }

    fn multiply_floats(&self, graph: &mut GraphBuilder, name: &str, input: &str) -> String {
        let shape = [self.inputs, self.outputs];
        let weight = transpose(&self.weight, self.inputs, |value, _| value);
        let weight = graph.floats(&format!("{name}.weight"), &shape, &weight);
        let bias = graph.floats(&format!("{name}.bias"), &[self.outputs], &self.bias);
        let product = graph.node(&format!("{name}.product"), "MatMul", &[input, &weight], &[]);
        graph.node(name, "Add", &[&product, &bias], &[])
    }

    fn multiply_integers(&self, graph: &mut GraphBuilder, name: &str, input: &str) -> String {
        let range = i8::MAX;
        let scales: Vec<f32> = self
            .weight
            .chunks_exact(self.inputs)
            .map(|row| quantization_scale(row, range))
            .collect();
        let quantized = transpose(&self.weight, self.inputs, |value, output| {
            quantize(value, scales[output], range)
        });
        let mut corrections = column_sums(&quantized, &scales);
        corrections.extend(&self.bias);
        let named = |part: &str| format!("{name}.{part}");
        let shape = [self.inputs, self.outputs];
        let stored: Vec<u8> = quantized
            .iter()
            .map(|value| WEIGHT_ZERO_POINT.wrapping_add_signed(*value))
            .collect();
        let weight = graph.unsigned_bytes(&named("weight"), &shape, &stored);
        let scales = graph.floats(&named("scale"), &[self.outputs], &scales);
        let shape = [2, self.outputs];
        let corrections = graph.floats(&named("corrections"), &shape, &corrections);
        let rows = QuantizedRows::add(graph, name, input);
        let no_zero_point = "";
        let inputs = [
            &*rows.bytes,
            &weight,
            constants::ONE,
            &scales,
            no_zero_point,
            constants::WEIGHT_ZERO_POINT,
        ];
        let product = graph.fused(&named("integers"), "MatMulIntegerToFloat", &inputs, &[]);
        let scaled = graph.node(&named("scaled"), "Mul", &[&product, &rows.scale], &[]);
        let inputs = [&*rows.offset, &corrections];
        let correction = graph.node(&named("correction"), "MatMul", &inputs, &[]);
        graph.node(name, "Add", &[&scaled, &correction], &[])
    }
}

/// Rows of activations as bytes. Each token has its own scale and zero point: a few tokens have values many times those
/// of all others, and one scale for all of them would leave the others a handful of values.
///
/// With `x = scale × (byte − zero)`, the product with a matrix is `scale × (bytes × matrix) − scale × zero × sums`,
/// where `sums` are the column sums of the matrix. An added column of ones applies the bias.
struct QuantizedRows {
    bytes: String,
    /// `rows × 1`.
    scale: String,
    /// `−scale × zero` and 1, `rows × 2`.
    offset: String,
}

/// Names of constants that all layers share.
mod constants {
    pub(super) const ONE: &str = "one";
    pub(super) const ZERO: &str = "zero.float";
    pub(super) const LAST_AXIS: &str = "last_axis";
    pub(super) const BYTE: &str = "byte";
    pub(super) const ONE_MORE_COLUMN: &str = "one_more_column";
    pub(super) const SMALLEST: &str = "smallest";
    pub(super) const WEIGHT_ZERO_POINT: &str = "weight_zero_point";
}

/// Adds the constants that quantized layers share. Call it once for a graph.
pub(super) fn add_constants(graph: &mut GraphBuilder) {
    graph.floats(constants::ONE, &[], &[1.0]);
    graph.floats(constants::ZERO, &[], &[0.0]);
    graph.floats(constants::BYTE, &[], &[1.0 / 255.0]);
    graph.floats(constants::SMALLEST, &[], &[1e-20]);
    graph.unsigned_bytes(constants::WEIGHT_ZERO_POINT, &[], &[WEIGHT_ZERO_POINT]);
    graph.integers(constants::LAST_AXIS, &[1], &[-1]);
    graph.integers(constants::ONE_MORE_COLUMN, &[4], &[0, 0, 0, 1]);
}

impl QuantizedRows {
    fn add(graph: &mut GraphBuilder, name: &str, input: &str) -> Self {
        let named = |part: &str| format!("{name}.row.{part}");
        let extreme = |graph: &mut GraphBuilder, reduce: &str, clamp: &str| {
            let flat = [Attribute::Int("keepdims", 0)];
            let inputs = [input, constants::LAST_AXIS];
            let raw = graph.node(&named(reduce), reduce, &inputs, &flat);
            // Zero must be one of the 256 values.
            graph.node(&named(clamp), clamp, &[&raw, constants::ZERO], &[])
        };
        let high = extreme(graph, "ReduceMax", "Max");
        let low = extreme(graph, "ReduceMin", "Min");
        let range = graph.node(&named("range"), "Sub", &[&high, &low], &[]);
        let scale = graph.node(&named("scale.raw"), "Mul", &[&range, constants::BYTE], &[]);
        let scale = graph.node(&named("scale"), "Max", &[&scale, constants::SMALLEST], &[]);
        let zero = graph.node(&named("zero.raw"), "Div", &[&low, &scale], &[]);
        let minus_zero = graph.node(&named("zero.minus"), "Round", &[&zero], &[]);
        let zero = graph.node(&named("zero"), "Neg", &[&minus_zero], &[]);
        let to = [Attribute::Int("to", Element::Uint8 as i64)];
        let zero = graph.node(&named("zero.byte"), "Cast", &[&zero], &to);
        let axis = [Attribute::Int("axis", 0)];
        let inputs = [input, &scale, &zero];
        let bytes = graph.node(&named("bytes"), "QuantizeLinear", &inputs, &axis);
        let offset = graph.node(&named("offset"), "Mul", &[&scale, &minus_zero], &[]);
        let column = |graph: &mut GraphBuilder, value: &str| {
            let inputs = [value, constants::LAST_AXIS];
            graph.node(&format!("{value}.column"), "Unsqueeze", &inputs, &[])
        };
        let offset = column(graph, &offset);
        let inputs = [&*offset, constants::ONE_MORE_COLUMN, constants::ONE];
        Self {
            bytes,
            scale: column(graph, &scale),
            offset: graph.node(&named("offset.one"), "Pad", &inputs, &[]),
        }
    }
}

/// Sum of each column of the matrix that quantized values stand for.
fn column_sums(quantized: &[i8], scales: &[f32]) -> Vec<f32> {
    let mut sums = vec![0_i64; scales.len()];
    for row in quantized.chunks_exact(scales.len()) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += i64::from(*value);
        }
    }
    sums.iter()
        .zip(scales)
        .map(|(sum, scale)| *sum as f32 * scale)
        .collect()
}

/// Row-major `columns × rows` of a row-major matrix with `columns` columns, each value mapped with its row.
fn transpose<T>(matrix: &[f32], columns: usize, map: impl Fn(f32, usize) -> T) -> Vec<T> {
    let rows = matrix.len() / columns;
    let mut transposed = Vec::with_capacity(matrix.len());
    for column in 0..columns {
        transposed.extend((0..rows).map(|row| map(matrix[row * columns + column], row)));
    }
    transposed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_swaps_rows_and_columns() {
        let matrix = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(
            transpose(&matrix, 3, |value, row| (value, row)),
            [(1.0, 0), (4.0, 1), (2.0, 0), (5.0, 1), (3.0, 0), (6.0, 1)]
        );
    }

    #[test]
    fn weights_in_8_bits_have_no_sign_and_use_the_whole_range() {
        let mut graph = GraphBuilder::default();
        add_constants(&mut graph);
        let layer = Linear {
            inputs: 3,
            outputs: 2,
            weight: vec![1.0, -1.0, 0.0, 0.0, 0.25, -0.25],
            bias: vec![0.0; 2],
        };
        layer.multiply(&mut graph, "layer", "x", Precision::Int8);
        let constant = |name: &str| {
            let mut all = graph.graph().initializers.iter();
            let found = all.find(|tensor| tensor.name.as_deref() == Some(name));
            let tensor = found.expect("it is a constant");
            (
                tensor.data_type,
                tensor.raw_data.clone().unwrap_or_default(),
            )
        };
        let unsigned = Some(Element::Uint8 as i32);
        let mut nodes = graph.graph().nodes.iter();
        let product = nodes.find(|node| node.operator.as_deref() == Some("MatMulIntegerToFloat"));
        let product = product.expect("there is one");
        let weights = vec![255, 128, 1, 255, 128, 1].into();
        assert_eq!(constant(&product.inputs[1]), (unsigned, weights));
        assert_eq!(constant(&product.inputs[5]), (unsigned, vec![128].into()));
    }
}
