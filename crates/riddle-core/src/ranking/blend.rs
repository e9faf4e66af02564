use crate::ranking::scale::min_max_scale;

/// A candidate in the final order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Blended {
    /// Index into the fused list.
    pub index: usize,
    /// Score of the final order, 0 to 1.
    pub score: f32,
}

/// Orders candidates by `weight · reranker + (1 − weight) · fused`, best first. Both scores are min-max scaled over the
/// candidates that the reranker scored. `fused` is in fused order, and `reranked` holds the raw scores in the same
/// order. Candidates without a finite raw score come last, in fused order and with score 0. Equal scores keep the fused
/// order. `weight` is clamped to 0 to 1.
///
/// If `reranked` is shorter than `fused`, the rest counts as unscored.
pub fn blend(fused: &[f32], reranked: &[Option<f32>], weight: f32) -> Vec<Blended> {
    let weight = if weight.is_nan() {
        0.0
    } else {
        weight.clamp(0.0, 1.0)
    };
    let raw = |index: usize| reranked.get(index).copied().flatten();
    let (scored, unscored): (Vec<usize>, Vec<usize>) =
        (0..fused.len()).partition(|index| raw(*index).is_some_and(f32::is_finite));
    let rerank_scores: Vec<f32> = scored.iter().filter_map(|index| raw(*index)).collect();
    let fused_scores: Vec<f32> = scored.iter().map(|index| fused[*index]).collect();
    let scaled = min_max_scale(&rerank_scores)
        .into_iter()
        .zip(min_max_scale(&fused_scores));
    let mut order: Vec<Blended> = scored
        .iter()
        .zip(scaled)
        .map(|(index, (rerank, fused))| Blended {
            index: *index,
            score: weight * rerank + (1.0 - weight) * fused,
        })
        .collect();
    // The sort is stable, so equal scores stay in fused order.
    order.sort_by(|a, b| b.score.total_cmp(&a.score));
    order.extend(
        unscored
            .into_iter()
            .map(|index| Blended { index, score: 0.0 }),
    );
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order(blended: &[Blended]) -> Vec<usize> {
        blended.iter().map(|b| b.index).collect()
    }

    #[test]
    fn the_weight_moves_between_both_orders() {
        let fused = [0.9, 0.5, 0.1];
        let reranked = [Some(-3.0), Some(0.0), Some(4.0)];
        assert_eq!(order(&blend(&fused, &reranked, 0.0)), [0, 1, 2]);
        assert_eq!(order(&blend(&fused, &reranked, 1.0)), [2, 1, 0]);
        assert_eq!(blend(&fused, &reranked, 1.0)[0].score, 1.0);
    }

    #[test]
    fn the_unscored_follow_in_fused_order() {
        let fused = [0.9, 0.8, 0.7, 0.6];
        let reranked = [None, Some(1.0), Some(f32::NAN), Some(2.0)];
        assert_eq!(order(&blend(&fused, &reranked, 1.0)), [3, 1, 0, 2]);
        assert_eq!(order(&blend(&fused, &[], 1.0)), [0, 1, 2, 3]);
    }

    #[test]
    fn equal_scores_keep_the_fused_order() {
        assert_eq!(
            order(&blend(&[0.9, 0.8, 0.7], &[Some(2.0); 3], 1.0)),
            [0, 1, 2]
        );
    }

    proptest! {
        #[test]
        fn it_is_a_permutation_with_scores_in_bounds(
            mut pairs in prop::collection::vec((0.0_f32..1.0, prop::option::of(-12.0_f32..12.0)), 0..40),
            weight in 0.0_f32..=1.0,
        ) {
            pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
            let (fused, reranked): (Vec<f32>, Vec<Option<f32>>) = pairs.into_iter().unzip();
            let blended = blend(&fused, &reranked, weight);
            let mut indices = order(&blended);
            indices.sort_unstable();
            prop_assert_eq!(indices, (0..fused.len()).collect::<Vec<_>>());
            for pair in blended.windows(2) {
                prop_assert!(pair[0].score >= pair[1].score);
            }
            for place in &blended {
                prop_assert!((0.0..=1.0).contains(&place.score), "{}", place.score);
            }
        }

        #[test]
        fn better_in_both_is_never_behind(
            mut pairs in prop::collection::vec((0.0_f32..1.0, -12.0_f32..12.0), 2..30),
            weight in 0.0_f32..=1.0,
        ) {
            pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
            let fused: Vec<f32> = pairs.iter().map(|p| p.0).collect();
            let reranked: Vec<Option<f32>> = pairs.iter().map(|p| Some(p.1)).collect();
            let blended = order(&blend(&fused, &reranked, weight));
            let place = |index: usize| blended.iter().position(|i| *i == index);
            for a in 0..pairs.len() {
                for b in a + 1..pairs.len() {
                    if pairs[a].1 >= pairs[b].1 {
                        prop_assert!(place(a) < place(b));
                    }
                }
            }
        }
    }
}
