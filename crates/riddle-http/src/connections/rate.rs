use std::time::{Duration, Instant};

use super::bounds::BodyRateBounds;

/// The rate at which a body comes, or is taken.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct BodyRate {
    bytes: u64,
    waited: Duration,
    waiting_since: Option<Instant>,
}

impl BodyRate {
    /// The server has taken all that is there, or sent all that is taken, and waits.
    pub(super) fn wait(&mut self, now: Instant) {
        self.waiting_since.get_or_insert(now);
    }

    /// So many bytes came, or were taken.
    pub(super) fn came(&mut self, now: Instant, bytes: u64) {
        self.waited = self.waited(now);
        self.waiting_since = None;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Whether so much was waited that fewer bytes have come than must have.
    pub(super) fn is_slow(&self, now: Instant, bounds: &BodyRateBounds, grace: Duration) -> bool {
        let waited = self.waited(now);
        let due = u128::from(bounds.least_bytes_per_s) * waited.as_millis() / 1_000;
        waited > grace && u128::from(self.bytes) < due
    }

    /// Whether the body takes longer than a whole one may.
    pub(super) fn is_late(&self, now: Instant, bounds: &BodyRateBounds) -> bool {
        self.waited(now) > bounds.whole
    }

    fn waited(&self, now: Instant) -> Duration {
        let waiting = self.waiting_since;
        let waiting = waiting.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.waited.saturating_add(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: BodyRateBounds = BodyRateBounds {
        least_bytes_per_s: 100,
        grace: Duration::from_secs(2),
        whole: Duration::from_secs(20),
    };

    #[test]
    fn only_the_time_that_the_server_waits_counts() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut rate = BodyRate::default();
        rate.wait(at(0));
        rate.came(at(1), 100);
        // Nine seconds of the server's own work.
        rate.wait(at(10));
        rate.came(at(12), 200);
        assert!(!rate.is_slow(at(100), &BOUNDS, BOUNDS.grace));
        assert!(!rate.is_late(at(100), &BOUNDS));
    }

    #[test]
    fn a_dripping_body_is_slow_after_the_grace_and_late_in_the_end() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut rate = BodyRate::default();
        for second in 0..2 {
            rate.wait(at(second));
            rate.came(at(second + 1), 1);
        }
        assert!(!rate.is_slow(at(2), &BOUNDS, BOUNDS.grace));
        rate.wait(at(2));
        assert!(rate.is_slow(at(3), &BOUNDS, BOUNDS.grace));
        rate.came(at(30), 1_000_000);
        assert!(!rate.is_slow(at(30), &BOUNDS, BOUNDS.grace));
        assert!(rate.is_late(at(30), &BOUNDS));
    }
}
