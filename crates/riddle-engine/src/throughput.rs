use std::time::{Duration, Instant};

/// How long one call of the model should take. A request that comes meanwhile waits until the call ends.
const BATCH_TIME: Duration = Duration::from_millis(100);
/// Tokens of the first batch, before anything is known of the model.
const FIRST_BATCH: u64 = 2_048;
/// Bounds of a batch in tokens. Fewer tokens waste the model's parallelism; more would keep others waiting after a
/// measurement that was too good.
const BOUNDS: (u64, u64) = (512, 65_536);

/// How much fits into a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Room {
    /// Estimated by the caller.
    pub(crate) tokens: u64,
    /// Texts that the model computes at once. A batch has at least as many, even where they have more tokens: with
    /// fewer it would take as long and leave cores idle.
    pub(crate) texts: usize,
}

impl Room {
    /// How many of the next texts fit, and their tokens: at least one text. Where not all of them fit, it is a multiple
    /// of `texts`, so that every core has as much to do.
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

/// The model's throughput, as the number of tokens that a batch may have. It is learned from earlier batches.
#[derive(Debug)]
pub(crate) struct Throughput {
    budget: u64,
}

impl Default for Throughput {
    fn default() -> Self {
        Self {
            budget: FIRST_BATCH,
        }
    }
}

impl Throughput {
    /// Tokens of the next batch, as the caller estimates them.
    pub(crate) fn budget(&self) -> u64 {
        self.budget
    }

    /// Tokens of a batch that keeps nobody else waiting and is to end by `deadline`. It may take longer: in a large
    /// batch, cores are idle for a smaller part of the time at its end.
    pub(crate) fn alone(&self, now: Instant, deadline: Instant) -> u64 {
        const MOST: u128 = 3;
        let batches = deadline.saturating_duration_since(now).as_micros() / BATCH_TIME.as_micros();
        self.budget * batches.clamp(1, MOST) as u64
    }

    /// Learns that a batch of `tokens` took `elapsed`. A small and fast batch is ignored, because its time is mostly
    /// the cost of the call itself.
    pub(crate) fn learn(&mut self, tokens: u64, elapsed: Duration) {
        if tokens < BOUNDS.0 && elapsed < BATCH_TIME {
            return;
        }
        let micros = elapsed.as_micros().max(1);
        let fitting = u128::from(tokens) * BATCH_TIME.as_micros() / micros;
        let fitting = u64::try_from(fitting).unwrap_or(u64::MAX);
        let fitting = fitting.clamp(BOUNDS.0, BOUNDS.1);
        // The mean of old and new, so that one disturbed call does not decide.
        self.budget = u64::midpoint(self.budget, fitting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_of_a_fast_model_grow_and_those_of_a_slow_one_shrink() {
        let mut throughput = Throughput::default();
        for _ in 0..30 {
            throughput.learn(1_000, Duration::from_millis(10));
        }
        assert!(
            (9_990..=10_000).contains(&throughput.budget()),
            "{throughput:?}"
        );
        for _ in 0..30 {
            throughput.learn(1_000, Duration::from_millis(50));
        }
        assert!(
            (1_990..=2_010).contains(&throughput.budget()),
            "{throughput:?}"
        );
    }

    #[test]
    fn a_batch_has_a_text_for_each_core_and_none_left_over() {
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
        let (throughput, now) = (Throughput::default(), Instant::now());
        assert_eq!(
            throughput.alone(now, now + Duration::from_secs(9)),
            3 * FIRST_BATCH
        );
        assert_eq!(throughput.alone(now, now + 2 * BATCH_TIME), 2 * FIRST_BATCH);
        assert_eq!(throughput.alone(now, now + BATCH_TIME / 2), FIRST_BATCH);
        assert_eq!(throughput.alone(now + BATCH_TIME, now), FIRST_BATCH);
    }

    #[test]
    fn a_short_call_is_no_measure_and_a_slow_one_is() {
        let mut throughput = Throughput::default();
        throughput.learn(10, Duration::from_millis(5));
        assert_eq!(throughput.budget(), FIRST_BATCH);
        throughput.learn(10, Duration::from_millis(500));
        assert!(throughput.budget() < FIRST_BATCH, "{throughput:?}");
    }

    #[test]
    fn no_measurement_leads_out_of_bounds() {
        let mut throughput = Throughput::default();
        for (tokens, elapsed) in [
            (u64::MAX, Duration::ZERO),
            (0, Duration::from_secs(3_600)),
            (0, Duration::ZERO),
        ] {
            for _ in 0..40 {
                throughput.learn(tokens, elapsed);
            }
            assert!(
                (BOUNDS.0..=BOUNDS.1).contains(&throughput.budget()),
                "{throughput:?}"
            );
        }
    }
}
