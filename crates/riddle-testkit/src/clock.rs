use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use riddle_core::{Clock, Timestamp};
use uuid::{Builder, Uuid};

/// A clock that stands still until it is moved, and whose ids can be foretold.
#[derive(Debug)]
pub struct FakeClock {
    now: AtomicI64,
    start: Instant,
    /// Milliseconds since the start; setting the clock back takes nothing away.
    passed: AtomicU64,
    ids: AtomicU64,
}

impl FakeClock {
    /// A clock that shows this time.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now: AtomicI64::new(now.0),
            start: Instant::now(),
            passed: AtomicU64::new(0),
            ids: AtomicU64::new(0),
        }
    }

    /// Moves it on, or sets it back by as many milliseconds as are less than nothing.
    pub fn advance(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
        let forward = u64::try_from(millis).unwrap_or(0);
        self.passed.fetch_add(forward, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn instant(&self) -> Instant {
        self.start + Duration::from_millis(self.passed.load(Ordering::SeqCst))
    }

    /// Made of the time and of how many ids came before, so that two equal runs give equal ids.
    fn new_id(&self) -> Uuid {
        let number = self.ids.fetch_add(1, Ordering::SeqCst);
        let mut end = [0; 10];
        end[2..].copy_from_slice(&number.to_be_bytes());
        let millis = u64::try_from(self.now().0).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &end).into_uuid()
    }
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug)]
pub struct RunningClock;

impl Clock for RunningClock {
    fn now(&self) -> Timestamp {
        let passed = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = passed.unwrap_or_default().as_millis();
        Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_up_while_the_clock_stands_and_are_the_same_in_every_run() {
        let ids = || {
            let clock = FakeClock::at(Timestamp(1_000));
            let first = [clock.new_id(), clock.new_id()];
            clock.advance(5);
            [first[0], first[1], clock.new_id()]
        };
        assert!(ids().is_sorted_by(|a, b| a < b), "{:?}", ids());
        assert_eq!(ids(), ids());
        assert_eq!(ids()[0].get_version_num(), 7);
    }

    #[test]
    fn a_clock_that_is_set_back_has_lost_no_time() {
        let clock = FakeClock::at(Timestamp(1_000));
        let before = clock.instant();
        clock.advance(20);
        clock.advance(-500);
        assert_eq!(clock.now(), Timestamp(520));
        assert_eq!(clock.instant() - before, Duration::from_millis(20));
    }
}
