/// Scales values linearly so that the lowest becomes 0 and the highest 1. Equal values all become 1.
pub(crate) fn min_max_scale(values: &[f32]) -> Vec<f32> {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = high - low;
    values
        .iter()
        .map(|value| {
            if range > 0.0 {
                (value - low) / range
            } else {
                1.0
            }
        })
        .collect()
}
