use std::time::{Duration, Instant};

/// How long one call of the model should take: what comes while it runs waits that long before it can be looked at.
const SLICE: Duration = Duration::from_millis(100);
/// Tokens of the first slice, before anything is known of the model.
const FIRST: u64 = 2_048;
/// Bounds of a slice in tokens: fewer waste the model's parallelism, more would keep others waiting after one
/// measurement that was too good.
const BOUNDS: (u64, u64) = (512, 65_536);

/// What a slice may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Room {
    /// By the estimate of the caller.
    pub(crate) tokens: u64,
    /// Texts that it should have even where they are more tokens: as many as the model computes at once. With fewer, it
    /// would take as long with most processors idle.
    pub(crate) texts: usize,
}

impl Room {
    /// How many of the next texts it holds, and their tokens: at least one; of more than the model computes at once
    /// a multiple of it, unless they are all.
    pub(crate) fn first(self, tokens: impl Iterator<Item = u64>) -> (usize, u64) {
        let mut sums = Vec::new();
        let mut sum = 0;
        let mut all = true;
        for tokens in tokens {
            if sums.len() >= self.texts.max(1) && sum + tokens > self.tokens {
                all = false;
                break;
            }
            sum += tokens;
            sums.push(sum);
        }
        let spare = if all {
            0
        } else {
            sums.len() % self.texts.max(1)
        };
        let count = sums.len() - spare;
        (count, count.checked_sub(1).map_or(0, |last| sums[last]))
    }
}

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

    /// Tokens of a slice that nobody waits for at the moment and that is to end by `deadline`: the longer it is, the
    /// less its texts have to wait for one another at its end.
    pub(crate) fn alone(&self, now: Instant, deadline: Instant) -> u64 {
        const MOST: u128 = 3;
        let slices = deadline.saturating_duration_since(now).as_micros() / SLICE.as_micros();
        self.budget * slices.clamp(1, MOST) as u64
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
    fn a_slice_has_a_text_for_each_processor_and_none_left_over() {
        let room = |texts| Room { tokens: 500, texts };
        let long = || [400_u64; 20].into_iter();
        assert_eq!(room(1).first(long()), (1, 400));
        assert_eq!(room(4).first(long()), (4, 1_600));
        let short = || [90_u64; 20].into_iter();
        assert_eq!(room(1).first(short()), (5, 450));
        assert_eq!(room(2).first(short()), (4, 360));
        assert_eq!(room(2).first(short().take(5)), (5, 450), "all of them");
        assert_eq!(room(64).first(short()), (20, 1_800));
        assert_eq!(room(0).first(short()), (5, 450));
        assert_eq!(room(2).first(std::iter::empty()), (0, 0));
    }

    #[test]
    fn what_nobody_waits_for_may_take_longer_but_not_past_its_deadline() {
        let (pace, now) = (Pace::default(), Instant::now());
        assert_eq!(pace.alone(now, now + Duration::from_secs(9)), 3 * FIRST);
        assert_eq!(pace.alone(now, now + 2 * SLICE), 2 * FIRST);
        assert_eq!(pace.alone(now, now + SLICE / 2), FIRST);
        assert_eq!(pace.alone(now + SLICE, now), FIRST);
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
