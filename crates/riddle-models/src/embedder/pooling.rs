use std::ops::Range;

use riddle_core::TokenVectors;

use crate::catalogue::PoolingKind;
use crate::encoder::Output;

/// One vector of length 1 from what the graph gave for a text: token vectors, or the sentence vector itself.
pub(super) fn pool(output: &Output<'_>, pooling: PoolingKind) -> Vec<f32> {
    let dimensions = dimensions(output);
    let mut vector = vec![0.0; dimensions];
    match (output.shape, pooling) {
        ([_, _], PoolingKind::Mean) => {
            for row in output.values.chunks_exact(dimensions.max(1)) {
                for (sum, value) in vector.iter_mut().zip(row) {
                    *sum += value;
                }
            }
        }
        _ => vector.copy_from_slice(&output.values[..dimensions.min(output.values.len())]),
    }
    normalize(&mut vector);
    vector
}

/// The token vectors of `rows`, each of length 1.
pub(super) fn unit_rows(output: &Output<'_>, rows: &Range<usize>) -> TokenVectors {
    let dimensions = dimensions(output);
    let range = rows.start * dimensions..rows.end * dimensions;
    let mut values = output.values.get(range).unwrap_or_default().to_vec();
    for row in values.chunks_exact_mut(dimensions.max(1)) {
        normalize(row);
    }
    TokenVectors { dimensions, values }
}

fn dimensions(output: &Output<'_>) -> usize {
    output
        .shape
        .last()
        .and_then(|size| usize::try_from(*size).ok())
        .unwrap_or(0)
}

fn normalize(vector: &mut [f32]) {
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm > 0.0 {
        for value in vector {
            *value /= norm;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: [f32; 6] = [3.0, 4.0, 0.0, 2.0, 0.0, 0.0];

    fn tokens() -> Output<'static> {
        Output {
            shape: &[3, 2],
            values: &TOKENS,
        }
    }

    #[test]
    fn pooled_vectors_have_length_one() {
        assert_eq!(pool(&tokens(), PoolingKind::Cls), [0.6, 0.8]);
        let mean = pool(&tokens(), PoolingKind::Mean);
        let expected = [1.0 / 5.0_f32.sqrt(), 2.0 / 5.0_f32.sqrt()];
        for (value, expected) in mean.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn a_sentence_vector_is_taken_as_it_is() {
        let output = Output {
            shape: &[2],
            values: &[0.0, 5.0],
        };
        assert_eq!(pool(&output, PoolingKind::Mean), [0.0, 1.0]);
    }

    #[test]
    fn token_rows_are_cut_out_and_normalized() {
        let vectors = unit_rows(&tokens(), &(0..2));
        assert_eq!(vectors.dimensions, 2);
        assert_eq!(vectors.values, [0.6, 0.8, 0.0, 1.0]);
        assert!(unit_rows(&tokens(), &(1..1)).values.is_empty());
    }
}
