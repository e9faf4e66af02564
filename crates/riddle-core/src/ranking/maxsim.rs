use crate::ports::embedding::TokenVectors;

/// Accumulators of a dot product. As none waits for another, the compiler keeps them in vector registers.
const LANES: usize = 8;

/// Late interaction: for each token of the query the best cosine with any token of the passage, and the mean of these,
/// −1 to 1. A text without tokens is like nothing and gets the lowest score. `None` where the vectors of the two differ
/// in length or hold a NaN.
pub fn max_sim(query: &TokenVectors, passage: &TokenVectors) -> Option<f32> {
    if query.values.is_empty() || passage.values.is_empty() {
        return Some(-1.0);
    }
    if query.dimensions == 0 || query.dimensions != passage.dimensions {
        return None;
    }
    let (mut sum, mut tokens) = (0.0, 0_u32);
    for token in query.values.chunks_exact(query.dimensions) {
        let best = passage
            .values
            .chunks_exact(passage.dimensions)
            .map(|other| dot(token, other))
            .fold(f32::NEG_INFINITY, f32::max);
        sum += best;
        tokens += 1;
    }
    let mean = sum / tokens as f32;
    mean.is_finite().then_some(mean)
}

/// The dot product of two vectors of the same length. It is their cosine if both have length 1.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_chunks
        .remainder()
        .iter()
        .zip(b_chunks.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(rows: &[[f32; 3]]) -> TokenVectors {
        TokenVectors {
            dimensions: 3,
            values: rows.concat(),
        }
    }

    #[test]
    fn each_query_token_takes_its_best_match() {
        let query = vectors(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
        let passage = vectors(&[[0.6, 0.8, 0.0], [1.0, 0.0, 0.0]]);
        let score = max_sim(&query, &passage).expect("both have tokens");
        assert!((score - 0.9).abs() < 1e-6, "{score}");
    }

    #[test]
    fn a_text_without_tokens_is_like_nothing() {
        let (empty, one) = (vectors(&[]), vectors(&[[1.0, 0.0, 0.0]]));
        let none = TokenVectors {
            dimensions: 0,
            values: Vec::new(),
        };
        for nothing in [&empty, &none] {
            assert_eq!(max_sim(nothing, &one), Some(-1.0));
            assert_eq!(max_sim(&one, nothing), Some(-1.0));
        }
    }

    #[test]
    fn vectors_that_cannot_be_compared_give_no_score() {
        let one = vectors(&[[1.0, 0.0, 0.0]]);
        let other = TokenVectors {
            dimensions: 2,
            values: vec![1.0, 0.0],
        };
        assert_eq!(max_sim(&vectors(&[[f32::NAN; 3]]), &one), None);
        assert_eq!(max_sim(&one, &other), None);
    }

    #[test]
    fn the_dot_product_covers_lanes_and_rest() {
        let a: Vec<f32> = (0..19_u8).map(f32::from).collect();
        let expected: f32 = a.iter().map(|x| x * x).sum();
        assert_eq!(dot(&a, &a), expected);
    }
}
