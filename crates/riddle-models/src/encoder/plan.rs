//! Which texts run together where batches are padded: few shapes, little padding.

/// The shortest batch.
const SHORTEST: usize = 32;
/// Most tokens of a batch, padding counted, unless one text alone has more.
pub(super) const MOST_TOKENS: usize = 16 << 10;
/// Most texts of a batch.
const MOST_ROWS: usize = 128;
/// What starting a run costs, in tokens that could be computed meanwhile. An estimate.
const RUN: usize = 512;

/// Texts that run together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Batch {
    /// The places of the texts.
    pub(super) texts: Vec<usize>,
    /// Rows of the batch, a power of two; those behind the texts are empty.
    pub(super) rows: usize,
    /// Tokens that each row is padded to.
    pub(super) tokens: usize,
}

/// The length that a text of so many tokens is padded to, where none is longer than `longest`: 32, 48, 64, 96, 128 and
/// so on, two for each power of two.
pub(super) fn padded(tokens: usize, longest: usize) -> usize {
    let power = tokens.max(SHORTEST).next_power_of_two();
    let between = power / 4 * 3;
    let bucket = if tokens <= between && between >= SHORTEST {
        between
    } else {
        power
    };
    bucket.min(longest.max(tokens))
}

/// Batches of texts of these lengths. Texts of similar length go together, and as many at once as make the whole
/// cheapest. The batch with the first text comes first, then the one with the first of the others, and so on.
pub(super) fn plan(lengths: &[usize], longest: usize) -> Vec<Batch> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|place| lengths[*place]);
    // The least cost of the shortest texts up to each, and how many of them the last batch has then.
    let mut best = vec![(0_usize, 0_usize)];
    for end in 1..=order.len() {
        let tokens = padded(lengths[order[end - 1]], longest);
        let most = (MOST_TOKENS / tokens.max(1)).clamp(1, MOST_ROWS);
        let most = end.min(1 << most.ilog2());
        let cost = |count: usize| best[end - count].0 + RUN + count.next_power_of_two() * tokens;
        let cheapest = (1..=most).map(|count| (cost(count), count)).min();
        best.push(cheapest.unwrap_or_default());
    }
    let mut batches = Vec::new();
    let mut end = order.len();
    while end > 0 {
        let count = best[end].1.max(1);
        let mut texts = order[end - count..end].to_vec();
        texts.sort_unstable();
        batches.push(Batch {
            rows: count.next_power_of_two(),
            tokens: padded(lengths[order[end - 1]], longest),
            texts,
        });
        end -= count;
    }
    batches.sort_by_key(|batch| batch.texts.first().copied());
    batches
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn cost(batches: &[Batch]) -> usize {
        batches.iter().map(|b| RUN + b.rows * b.tokens).sum()
    }

    #[test]
    fn twenty_long_texts_are_not_padded_to_thirty_two() {
        let batches = plan(&[512; 20], 512);
        let shapes: Vec<_> = batches.iter().map(|b| (b.rows, b.tokens)).collect();
        let mut sorted = shapes.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [(4, 512), (16, 512)]);
        assert!(plan(&[], 512).is_empty());
    }

    #[test]
    fn short_texts_of_similar_lengths_run_at_once() {
        let batches = plan(&[40, 45, 50, 60, 33, 41, 59, 48], 512);
        assert_eq!(batches.len(), 1);
        assert_eq!((batches[0].rows, batches[0].tokens), (8, 64));
    }

    #[test]
    fn a_model_of_odd_length_is_never_given_more() {
        assert_eq!(padded(500, 510), 510);
        assert_eq!(padded(33, usize::MAX), 48);
        assert_eq!(padded(0, 512), 32);
        assert_eq!(padded(20, 24), 24);
    }

    proptest! {
        #[test]
        fn every_length_has_a_padded_one_with_little_waste(tokens in 1_usize..20_000) {
            let bucket = padded(tokens, usize::MAX);
            prop_assert!(bucket >= tokens);
            prop_assert!(bucket <= SHORTEST || 2 * bucket < 3 * tokens, "{bucket}");
            prop_assert_eq!(bucket % 16, 0);
            // Two for each power of two.
            let odd = bucket >> bucket.trailing_zeros();
            prop_assert!(odd == 1 || odd == 3);
        }

        #[test]
        fn every_text_runs_once_in_a_shape_of_few(
            lengths in prop::collection::vec(1_usize..1_500, 0..150),
            longest in 1_500_usize..2_000,
        ) {
            let batches = plan(&lengths, longest);
            let mut seen = BTreeSet::new();
            for batch in &batches {
                prop_assert!(batch.rows.is_power_of_two() && batch.rows <= MOST_ROWS);
                prop_assert!(batch.texts.len() <= batch.rows && 2 * batch.texts.len() > batch.rows);
                prop_assert!(batch.rows == 1 || batch.rows * batch.tokens <= MOST_TOKENS);
                let longest_text = batch.texts.iter().map(|t| lengths[*t]).max();
                prop_assert_eq!(longest_text.map(|text| padded(text, longest)), Some(batch.tokens));
                for text in &batch.texts {
                    prop_assert!(seen.insert(*text), "{text} runs twice");
                }
            }
            prop_assert_eq!(seen.len(), lengths.len());
            let firsts: Vec<_> = batches.iter().map(|b| b.texts[0]).collect();
            prop_assert!(firsts.is_sorted());
        }

        #[test]
        fn no_plan_costs_more_than_each_text_alone(
            lengths in prop::collection::vec(1_usize..600, 1..60),
        ) {
            let alone: usize = lengths.iter().map(|l| RUN + padded(*l, 600)).sum();
            prop_assert!(cost(&plan(&lengths, 600)) <= alone);
        }
    }
}
