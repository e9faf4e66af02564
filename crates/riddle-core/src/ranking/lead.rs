/// How far the first fused score is above the second, as a part of the range from the first to the last, 0 to 1.
/// `fused` is best first. `None` where the number would mean nothing: of two scores the first always leads by the whole
/// range, and equal scores have no range.
pub fn lead(fused: &[f32]) -> Option<f32> {
    let [first, second, .., last] = fused else {
        return None;
    };
    let lead = (first - second) / (first - last);
    // NaN where all scores are equal (0 ÷ 0), or where one of them is NaN.
    lead.is_finite().then_some(lead.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_the_part_of_the_range_between_the_first_two() {
        assert_eq!(lead(&[1.0, 0.5, 0.25, 0.0]), Some(0.5));
        assert_eq!(lead(&[0.75, 0.75, 0.25]), Some(0.0));
        assert_eq!(lead(&[0.75, 0.25, 0.25]), Some(1.0));
    }

    #[test]
    fn where_it_says_nothing_there_is_none() {
        for scores in [
            &[][..],
            &[1.0],
            &[1.0, 0.0],
            &[0.5, 0.5, 0.5],
            &[1.0, f32::NAN, 0.0],
            &[f32::INFINITY, 1.0, 0.0],
        ] {
            assert_eq!(lead(scores), None, "{scores:?}");
        }
    }

    proptest! {
        #[test]
        fn it_depends_on_distances_alone(
            mut scores in prop::collection::vec(0.0_f32..1.0, 3..40),
            factor in 0.5_f32..20.0,
            offset in -1.0_f32..1.0,
        ) {
            scores.sort_by(|a, b| b.total_cmp(a));
            prop_assume!(scores[0] - scores[scores.len() - 1] > 0.01);
            let found = lead(&scores).expect("a range");
            prop_assert!((0.0..=1.0).contains(&found), "{found}");
            let moved: Vec<f32> = scores.iter().map(|score| factor * score + offset).collect();
            let moved = lead(&moved).expect("a range");
            prop_assert!((found - moved).abs() < 1e-3, "{found} and {moved}");
        }

        #[test]
        fn a_better_first_leads_further_and_a_better_second_less(
            mut scores in prop::collection::vec(0.0_f32..1.0, 3..40),
            step in 0.01_f32..1.0,
        ) {
            scores.sort_by(|a, b| b.total_cmp(a));
            prop_assume!(scores[0] - scores[scores.len() - 1] > 0.01);
            let found = lead(&scores).expect("a range");
            let mut better = scores.clone();
            better[0] += step;
            prop_assert!(lead(&better).expect("a range") >= found - 1e-6);
            scores[1] += (scores[0] - scores[1]) * step;
            prop_assert!(lead(&scores).expect("a range") <= found + 1e-6);
        }
    }
}
