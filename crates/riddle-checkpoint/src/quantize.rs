//! Weights as bytes with sign.

/// The distance between two neighbouring quantized values of a row of weights, whose largest becomes `range`.
pub fn quantization_scale(row: &[f32], range: i8) -> f32 {
    let largest = row.iter().fold(0.0_f32, |max, value| max.max(value.abs()));
    if largest > 0.0 {
        largest / f32::from(range)
    } else {
        1.0
    }
}

/// The quantized value nearest to `value`.
pub fn quantize(value: f32, scale: f32, range: i8) -> i8 {
    let limit = f32::from(range);
    (value / scale).round().clamp(-limit, limit) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantized_values_are_within_half_a_scale() {
        let row: Vec<f32> = (-40..40).map(|n| n as f32 * 0.013).collect();
        for range in [63, 127] {
            let scale = quantization_scale(&row, range);
            for value in &row {
                let back = f32::from(quantize(*value, scale, range)) * scale;
                assert!(
                    (value - back).abs() <= scale * 0.501,
                    "{value} became {back}"
                );
            }
        }
    }

    #[test]
    fn a_row_of_zeros_stays_zero() {
        let scale = quantization_scale(&[0.0; 4], 127);
        assert!(scale > 0.0);
        assert_eq!(quantize(0.0, scale, 127), 0);
    }
}
