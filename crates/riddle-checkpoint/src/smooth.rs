/// Lower bound of a column's size, so that a column of zeros gets no extreme factor.
const SMALLEST: f32 = 1e-6;

/// Factors for what a normalization gives before it is quantized, so that its columns and those of the weights that
/// they meet share the range: SmoothQuant (arXiv 2211.10438) with an exponent of one half, with the sizes of the
/// normalization's own parameters in place of measured ones. `weights` are row-major with a column for each of these;
/// they are to be divided by the factors.
pub fn smoothing_factors(norm_weight: &[f32], norm_bias: &[f32], weights: &[&[f32]]) -> Vec<f32> {
    let columns = norm_weight.len();
    let mut largest = vec![SMALLEST; columns];
    let rows = weights
        .iter()
        .flat_map(|weight| weight.chunks_exact(columns));
    for row in rows {
        for (largest, value) in largest.iter_mut().zip(row) {
            *largest = largest.max(value.abs());
        }
    }
    let parameters = norm_weight.iter().zip(norm_bias);
    let sizes = parameters.map(|(weight, bias)| (weight.abs() + bias.abs()).max(SMALLEST));
    let pairs = largest.iter().zip(sizes);
    pairs.map(|(weight, size)| (weight / size).sqrt()).collect()
}

/// Divides each column of row-major weights by its factor.
pub fn divide_columns(weight: &mut [f32], factors: &[f32]) {
    for row in weight.chunks_exact_mut(factors.len()) {
        for (value, factor) in row.iter_mut().zip(factors) {
            *value /= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_stay_and_ranges_are_shared() {
        let (norm, bias) = ([4.0, 1.0], [0.0, 0.0]);
        let mut weight = vec![1.0, 0.5, -0.25, -4.0];
        let factors = smoothing_factors(&norm, &bias, &[&weight]);
        assert_eq!(factors, [0.5, 2.0]);
        divide_columns(&mut weight, &factors);
        // A column's largest input times its factor equals its largest weight divided by it.
        assert_eq!(weight, [2.0, 0.25, -0.5, -2.0]);
        assert_eq!([norm[0] * factors[0], norm[1] * factors[1]], [2.0, 2.0]);
    }
}
