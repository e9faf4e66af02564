use std::time::Duration;

/// How long one call of the model should take: what comes while it runs waits that long before it can be looked at.
const SLICE: Duration = Duration::from_millis(100);
/// Tokens of the first slice, before anything is known of the model.
const FIRST: u64 = 2_048;
/// Bounds of a slice in tokens: fewer waste the model's parallelism, more would keep others waiting after one
/// measurement that was too good.
const BOUNDS: (u64, u64) = (512, 65_536);

/// How many tokens a slice may have, learned from how long the former ones took.
#[derive(Debug)]
pub(crate) struct Pace {
    budget: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { budget: FIRST }
    }
}

impl Pace {
    /// Tokens of the next slice, by the estimate of the caller.
    pub(crate) fn budget(&self) -> u64 {
        self.budget
    }

    /// Takes in that a slice of `tokens` took `elapsed`. A few tokens that took no time say what a call costs and
    /// nothing of the model's pace.
    pub(crate) fn learn(&mut self, tokens: u64, elapsed: Duration) {
        if tokens < BOUNDS.0 && elapsed < SLICE {
            return;
        }
        let micros = elapsed.as_micros().max(1);
        let fitting = u128::from(tokens) * SLICE.as_micros() / micros;
        let fitting = u64::try_from(fitting).unwrap_or(u64::MAX);
        let fitting = fitting.clamp(BOUNDS.0, BOUNDS.1);
        // Half of the new and half of the old: one call that was disturbed does not decide.
        self.budget = u64::midpoint(self.budget, fitting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_a_fast_model_grow_and_those_of_a_slow_one_shrink() {
        let mut pace = Pace::default();
        for _ in 0..30 {
            pace.learn(1_000, Duration::from_millis(10));
        }
        assert!((9_990..=10_000).contains(&pace.budget()), "{pace:?}");
        for _ in 0..30 {
            pace.learn(1_000, Duration::from_millis(50));
        }
        assert!((1_990..=2_010).contains(&pace.budget()), "{pace:?}");
    }

    #[test]
    fn a_short_call_is_no_measure_and_a_slow_one_is() {
        let mut pace = Pace::default();
        pace.learn(10, Duration::from_millis(5));
        assert_eq!(pace.budget(), FIRST);
        pace.learn(10, Duration::from_millis(500));
        assert!(pace.budget() < FIRST, "{pace:?}");
    }

    #[test]
    fn no_measurement_leads_out_of_bounds() {
        let mut pace = Pace::default();
        for (tokens, elapsed) in [
            (u64::MAX, Duration::ZERO),
            (0, Duration::from_secs(3_600)),
            (0, Duration::ZERO),
        ] {
            for _ in 0..40 {
                pace.learn(tokens, elapsed);
            }
            assert!((BOUNDS.0..=BOUNDS.1).contains(&pace.budget()), "{pace:?}");
        }
    }
}
