use std::ops::Range;

use riddle_core::{Similarity, TokenVectors, make_unit};

use super::dense::Dense;
use crate::catalogue::PoolingKind;
use crate::encoder::Output;

/// What makes a sentence's vector of its tokens'.
pub(super) struct SentenceHead {
    pub(super) kinds: Vec<PoolingKind>,
    pub(super) dense: Vec<Dense>,
    pub(super) similarity: Similarity,
}

impl SentenceHead {
    /// One vector, of length 1 where directions are compared, from what the graph gave for a text: token vectors, of
    /// which the first `skipped` do not count, or the sentence vector itself.
    pub(super) fn vector(&self, output: &Output<'_>, skipped: usize) -> Vec<f32> {
        let of_length_one = self.similarity == Similarity::Cosine;
        let mut vector = match (output.shape, &*self.kinds) {
            // Its length does not matter, as it is made 1.
            ([_, _], [PoolingKind::Mean]) if self.dense.is_empty() && of_length_one => {
                sum(&rows(output, skipped), dimensions(output), |_| 1.0)
            }
            ([_, _], kinds) => pooled(output, kinds, skipped),
            _ => output.values.to_vec(),
        };
        for layer in &self.dense {
            vector = layer.apply(&vector);
        }
        if of_length_one {
            make_unit(&mut vector);
        }
        vector
    }
}

fn pooled(output: &Output<'_>, kinds: &[PoolingKind], skipped: usize) -> Vec<f32> {
    let dimensions = dimensions(output);
    let rows = rows(output, skipped);
    let mut vector = Vec::with_capacity(kinds.len() * dimensions);
    for kind in kinds {
        vector.extend(of_rows(*kind, output, &rows, dimensions));
    }
    vector
}

/// The tokens that count, each with its place in the text. None counts where nothing but the prefix was read.
fn rows<'a>(output: &Output<'a>, skipped: usize) -> Vec<(usize, &'a [f32])> {
    let rows = output.values.chunks_exact(dimensions(output).max(1));
    rows.enumerate().skip(skipped).collect()
}

fn of_rows(
    kind: PoolingKind,
    output: &Output<'_>,
    rows: &[(usize, &[f32])],
    dimensions: usize,
) -> Vec<f32> {
    let count = rows.len().max(1) as f32;
    let over = |divisor: f32, mut vector: Vec<f32>| {
        vector.iter_mut().for_each(|value| *value /= divisor);
        vector
    };
    match kind {
        // The first of all, whatever else is left out.
        PoolingKind::Cls => output.values[..dimensions.min(output.values.len())].to_vec(),
        PoolingKind::Last => match rows.last() {
            Some((_, row)) => row.to_vec(),
            None => vec![0.0; dimensions],
        },
        PoolingKind::Max => largest(rows, dimensions),
        PoolingKind::Mean => over(count, sum(rows, dimensions, |_| 1.0)),
        PoolingKind::MeanSqrtLen => over(count.sqrt(), sum(rows, dimensions, |_| 1.0)),
        PoolingKind::WeightedMean => {
            let weight = |place: usize| (place + 1) as f32;
            let total: f32 = rows.iter().map(|(place, _)| weight(*place)).sum();
            over(total.max(1.0), sum(rows, dimensions, weight))
        }
    }
}

fn sum(rows: &[(usize, &[f32])], dimensions: usize, weight: impl Fn(usize) -> f32) -> Vec<f32> {
    let mut vector = vec![0.0; dimensions];
    for (place, row) in rows {
        let weight = weight(*place);
        for (sum, value) in vector.iter_mut().zip(*row) {
            *sum += weight * value;
        }
    }
    vector
}

fn largest(rows: &[(usize, &[f32])], dimensions: usize) -> Vec<f32> {
    let Some(((_, first), rest)) = rows.split_first() else {
        return vec![0.0; dimensions];
    };
    let mut vector = first.to_vec();
    for (_, row) in rest {
        for (largest, value) in vector.iter_mut().zip(*row) {
            *largest = largest.max(*value);
        }
    }
    vector
}

/// The token vectors of `rows`, each of length 1.
pub(super) fn unit_rows(output: &Output<'_>, rows: &Range<usize>) -> TokenVectors {
    let dimensions = dimensions(output);
    let range = rows.start * dimensions..rows.end * dimensions;
    let mut values = output.values.get(range).unwrap_or_default().to_vec();
    for row in values.chunks_exact_mut(dimensions.max(1)) {
        make_unit(row);
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

    fn pool(output: &Output<'_>, kinds: &[PoolingKind], skipped: usize) -> Vec<f32> {
        pool_for(Similarity::Cosine, output, kinds, skipped)
    }

    fn pool_for(
        similarity: Similarity,
        output: &Output<'_>,
        kinds: &[PoolingKind],
        skipped: usize,
    ) -> Vec<f32> {
        let head = SentenceHead {
            kinds: kinds.to_vec(),
            dense: Vec::new(),
            similarity,
        };
        head.vector(output, skipped)
    }

    fn assert_close(vector: &[f32], expected: &[f32]) {
        assert_eq!(vector.len(), expected.len());
        for (value, expected) in vector.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-6, "{vector:?}");
        }
    }

    #[test]
    fn pooled_vectors_have_length_one() {
        assert_eq!(pool(&tokens(), &[PoolingKind::Cls], 0), [0.6, 0.8]);
        let mean = pool(&tokens(), &[PoolingKind::Mean], 0);
        assert_close(&mean, &[1.0 / 5.0_f32.sqrt(), 2.0 / 5.0_f32.sqrt()]);
    }

    #[test]
    fn vectors_for_dot_products_keep_their_length() {
        let pool = |kind, skipped| pool_for(Similarity::Dot, &tokens(), &[kind], skipped);
        assert_eq!(pool(PoolingKind::Mean, 0), [1.0, 2.0]);
        assert_eq!(pool(PoolingKind::Mean, 1), [0.0, 1.0]);
        assert_eq!(pool(PoolingKind::Cls, 0), [3.0, 4.0]);
    }

    #[test]
    fn several_kinds_follow_one_another_in_their_proportions() {
        use PoolingKind::{Cls, Last, Max, Mean, MeanSqrtLen, WeightedMean};
        let kinds = [Cls, Max, Mean, MeanSqrtLen, WeightedMean, Last];
        let vector = pool(&tokens(), &kinds, 0);
        let root = 3.0_f32.sqrt();
        let exact = [
            3.0,
            4.0,
            3.0,
            4.0,
            1.0,
            2.0,
            3.0 / root,
            6.0 / root,
            0.5,
            8.0 / 6.0,
            0.0,
            0.0,
        ];
        let length = exact.iter().map(|value| value * value).sum::<f32>().sqrt();
        assert_close(&vector, &exact.map(|value| value / length));
    }

    #[test]
    fn tokens_that_are_left_out_count_in_no_mean() {
        assert_eq!(pool(&tokens(), &[PoolingKind::Mean], 1), [0.0, 1.0]);
        assert_eq!(pool(&tokens(), &[PoolingKind::Max], 2), [0.0, 0.0]);
        assert_eq!(pool(&tokens(), &[PoolingKind::WeightedMean], 9), [0.0, 0.0]);
        assert_eq!(pool(&tokens(), &[PoolingKind::Cls], 1), [0.6, 0.8]);
    }

    #[test]
    fn a_sentence_vector_is_taken_as_it_is() {
        let output = Output {
            shape: &[2],
            values: &[0.0, 5.0],
        };
        assert_eq!(pool(&output, &[PoolingKind::Mean], 0), [0.0, 1.0]);
    }

    #[test]
    fn token_rows_are_cut_out_and_normalized() {
        let vectors = unit_rows(&tokens(), &(0..2));
        assert_eq!(vectors.dimensions, 2);
        assert_eq!(vectors.values, [0.6, 0.8, 0.0, 1.0]);
        assert!(unit_rows(&tokens(), &(1..1)).values.is_empty());
    }
}
