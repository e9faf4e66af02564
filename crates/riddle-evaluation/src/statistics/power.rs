/// Standard deviation of the difference in nDCG@10 between two arms of one question, as studies of rerankers find it:
/// what to reckon with before a set has been run.
pub const TYPICAL_SD: f64 = 0.13;

/// Distance of the bounds of a 95 % interval from its middle, in standard errors.
pub(super) const BOUND: f64 = 1.96;

/// Distance between 0 and the difference that a test finds in 80 of 100 cases, in standard errors: 1.96 + 0.84.
const DETECTED: f64 = 2.8;

/// Half the width of the 95 % interval to expect of a mean difference over `n` questions.
pub(crate) fn half_width(sd: f64, n: u32) -> f64 {
    BOUND * sd / f64::from(n.max(1)).sqrt()
}

/// The mean difference that `n` questions find in 80 of 100 cases.
pub(crate) fn minimum_detectable(sd: f64, n: u32) -> f64 {
    DETECTED * sd / f64::from(n.max(1)).sqrt()
}

/// The standard deviation under which `n` questions find this difference in 80 of 100 cases.
pub(crate) fn spread_of_detectable(detectable: f64, n: u32) -> f64 {
    detectable * f64::from(n.max(1)).sqrt() / DETECTED
}

/// How many questions find a mean difference in 80 of 100 cases. `None` for no difference, or for more than a million.
pub fn questions_needed(sd: f64, difference: f64) -> Option<u32> {
    count((DETECTED * sd / difference).powi(2))
}

/// How many questions have an interval within `margin` around 0 where the difference is already known to be within it.
pub(super) fn questions_for_same(sd: f64, difference: f64, margin: f64) -> Option<u32> {
    let room = margin - difference.abs();
    if room <= 0.0 {
        return None;
    }
    count((BOUND * sd / room).powi(2))
}

fn count(questions: f64) -> Option<u32> {
    (questions.is_finite() && questions <= 1e6).then_some(questions.ceil().max(1.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half-widths that a study of rerankers measured, and questions by its formula.
    #[test]
    fn it_is_what_studies_find() {
        for (n, width) in [
            (25, 0.047),
            (50, 0.035),
            (100, 0.025),
            (200, 0.018),
            (300, 0.015),
        ] {
            let expected = half_width(0.128, n);
            assert!((expected - width).abs() < 0.004, "{n}: {expected}");
        }
        for (difference, questions) in [(0.05, 52), (0.03, 143), (0.02, 322), (0.01, 1_285)] {
            assert_eq!(questions_needed(0.128, difference), Some(questions));
        }
        assert_eq!(questions_needed(0.1, 0.0), None);
        assert_eq!(questions_needed(0.0, 0.0), None);
        assert!((minimum_detectable(0.128, 143) - 0.03).abs() < 1e-3);
    }

    #[test]
    fn what_is_outside_the_margin_is_never_the_same() {
        assert_eq!(questions_for_same(0.1, 0.02, 0.01), None);
        assert_eq!(questions_for_same(0.1, 0.0, 0.01), Some(385));
    }
}
