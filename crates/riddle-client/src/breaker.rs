use std::time::{Duration, Instant};

/// Failures in a row after which a server is left alone.
const FAILURES: u32 = 3;
/// How long it is left alone.
const PAUSE: Duration = Duration::from_secs(10);

/// Leaves a server alone that does not answer, so that each search does not wait for it anew. After the pause one call
/// goes through; if that fails too, the next pause begins.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    paused_until: Option<Instant>,
}

impl Breaker {
    /// How long the server is still left alone.
    pub fn pause(&self, now: Instant) -> Option<Duration> {
        let left = self.paused_until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// The server did not answer, or it failed.
    pub fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES {
            self.paused_until = Some(now + PAUSE);
        }
    }

    /// It answered.
    pub fn answered(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_fails_is_left_alone_and_tried_again() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        breaker.failed(now);
        breaker.failed(now);
        assert_eq!(breaker.pause(now), None);
        breaker.failed(now);
        assert_eq!(breaker.pause(now), Some(PAUSE));

        let later = now + PAUSE;
        assert_eq!(breaker.pause(later), None);
        breaker.failed(later);
        assert_eq!(
            breaker.pause(later),
            Some(PAUSE),
            "one failure is enough now"
        );

        breaker.answered();
        assert_eq!(breaker.pause(later), None);
        breaker.failed(later);
        assert_eq!(breaker.pause(later), None);
    }
}
