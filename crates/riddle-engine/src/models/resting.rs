use std::time::Duration;

/// Ingestion keeps at least one part in so many of its usual rate.
const LEAST_SHARE: u32 = 4;

/// How long the embedder's work in the background usually takes, and how long it rests after a batch while somebody
/// waits for an answer.
#[derive(Debug, Default)]
pub(super) struct Resting {
    /// Of the last batches with nobody waiting.
    nanos_per_token: Option<u64>,
}

impl Resting {
    /// Learns from a batch that had the machine to itself.
    pub(super) fn learn(&mut self, tokens: u64, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX) / tokens.max(1);
        // The mean of old and new, so that one disturbed batch does not decide.
        let mean = self
            .nanos_per_token
            .map_or(nanos, |old| u64::midpoint(old, nanos));
        self.nanos_per_token = Some(mean);
    }

    /// The rest after a batch that took so long beside an answer. A batch that the answer has slowed down already rests
    /// less, so that batch and rest together are never longer than [`LEAST_SHARE`] usual batches.
    pub(super) fn rest(&self, tokens: u64, took: Duration) -> Duration {
        let usual = self.nanos_per_token.map_or(took, |nanos| {
            Duration::from_nanos(nanos.saturating_mul(tokens)).min(took)
        });
        usual.saturating_mul(LEAST_SHARE).saturating_sub(took)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_batch_and_its_rest_take_as_long_as_four_usual_batches() {
        let mut resting = Resting::default();
        assert_eq!(
            resting.rest(1_000, 100 * MS),
            300 * MS,
            "nothing is known yet"
        );
        resting.learn(1_000, 100 * MS);
        assert_eq!(resting.rest(1_000, 100 * MS), 300 * MS);
        assert_eq!(resting.rest(1_000, 250 * MS), 150 * MS);
        assert_eq!(resting.rest(1_000, 400 * MS), Duration::ZERO);
        assert_eq!(resting.rest(500, 50 * MS), 150 * MS);
    }

    proptest! {
        #[test]
        fn ingestion_keeps_a_quarter_of_its_rate(
            learned in proptest::option::of((1_u64..100_000, 1_u64..10_000)),
            tokens in 0_u64..100_000,
            took in 0_u64..100_000,
        ) {
            let mut resting = Resting::default();
            let took = MS * u32::try_from(took).unwrap_or(u32::MAX);
            if let Some((tokens, ms)) = learned {
                resting.learn(tokens, Duration::from_millis(ms));
            }
            let rest = resting.rest(tokens, took);
            prop_assert!(rest <= took * 3);
            if let Some((learned, ms)) = learned {
                let usual = Duration::from_millis(ms).as_secs_f64() / learned as f64 * tokens as f64;
                let longest = (4.0 * usual).max(took.as_secs_f64());
                prop_assert!((rest + took).as_secs_f64() <= longest + 1e-6);
            }
        }
    }
}
