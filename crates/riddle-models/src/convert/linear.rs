use super::Precision;
use crate::onnx::GraphBuilder;

/// A linear layer as models store it: `weight` is row-major `outputs × inputs`.
pub(super) struct Linear {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) weight: Vec<f32>,
}

/// Largest absolute value of a quantized weight. Without VNNI, x86 processors add products of bytes in 16 bits,
/// which overflow silently unless weights stay within 7 bits.
pub(super) fn weight_range() -> i8 {
    #[cfg(target_arch = "x86_64")]
    let wide = is_x86_feature_detected!("avx512vnni") || is_x86_feature_detected!("avxvnni");
    #[cfg(not(target_arch = "x86_64"))]
    let wide = true;
    if wide { 127 } else { 63 }
}

impl Linear {
    /// Adds the product with `input` to the graph. The bias is part of the operator where the operator has one.
    pub(super) fn multiply(
        &self,
        graph: &mut GraphBuilder,
        name: &str,
        input: &str,
        precision: Precision,
        bias: Option<&[f32]>,
    ) -> String {
        match precision {
            Precision::Fp32 => self.multiply_floats(graph, name, input, bias),
            Precision::Int8 => self.multiply_integers(graph, name, input, bias),
        }
    }

    fn multiply_floats(
        &self,
        graph: &mut GraphBuilder,
        name: &str,
        input: &str,
        bias: Option<&[f32]>,
    ) -> String {
        let shape = [self.inputs, self.outputs];
        let weight = transpose(&self.weight, self.inputs, |value, _| value);
        let weight = graph.floats(&format!("{name}.weight"), &shape, &weight);
        let Some(bias) = bias else {
            return graph.node(name, "MatMul", &[input, &weight], &[]);
        };
        let product = graph.node(&format!("{name}.product"), "MatMul", &[input, &weight], &[]);
        let bias = graph.floats(&format!("{name}.bias"), &[self.outputs], bias);
        graph.node(name, "Add", &[&product, &bias], &[])
    }

    fn multiply_integers(
        &self,
        graph: &mut GraphBuilder,
        name: &str,
        input: &str,
        bias: Option<&[f32]>,
    ) -> String {
        let range = weight_range();
        let scales: Vec<f32> = self
            .weight
            .chunks_exact(self.inputs)
            .map(|row| scale(row, range))
            .collect();
        let quantized = transpose(&self.weight, self.inputs, |value, output| {
            quantize(value, scales[output], range)
        });
        let shape = [self.inputs, self.outputs];
        let weight = graph.bytes(&format!("{name}.weight"), &shape, &quantized);
        let scales = graph.floats(&format!("{name}.scale"), &[self.outputs], &scales);
        let mut inputs = vec![input, &weight, &scales];
        let bias = bias.map(|bias| graph.floats(&format!("{name}.bias"), &[self.outputs], bias));
        if let Some(bias) = &bias {
            // The empty name stands for the zero point, which symmetric weights do not have.
            inputs.extend(["", bias]);
        }
        graph.fused(name, "DynamicQuantizeMatMul", &inputs, &[])
    }
}

/// The step between two quantized values of a row.
pub(super) fn scale(row: &[f32], range: i8) -> f32 {
    let largest = row.iter().fold(0.0_f32, |max, value| max.max(value.abs()));
    if largest > 0.0 {
        largest / f32::from(range)
    } else {
        1.0
    }
}

/// The quantized value nearest to `value`.
pub(super) fn quantize(value: f32, scale: f32, range: i8) -> i8 {
    let limit = f32::from(range);
    (value / scale).round().clamp(-limit, limit) as i8
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
    fn quantized_values_are_within_half_a_step() {
        let row: Vec<f32> = (-40..40).map(|n| n as f32 * 0.013).collect();
        for range in [63, 127] {
            let step = scale(&row, range);
            for value in &row {
                let back = f32::from(quantize(*value, step, range)) * step;
                assert!(
                    (value - back).abs() <= step * 0.501,
                    "{value} became {back}"
                );
            }
        }
    }

    #[test]
    fn a_row_of_zeros_stays_zero() {
        let step = scale(&[0.0; 4], 127);
        assert!(step > 0.0);
        assert_eq!(quantize(0.0, step, 127), 0);
    }

    #[test]
    fn transposing_swaps_rows_and_columns() {
        let matrix = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(
            transpose(&matrix, 3, |value, row| (value, row)),
            [(1.0, 0), (4.0, 1), (2.0, 0), (5.0, 1), (3.0, 0), (6.0, 1)]
        );
    }
}
