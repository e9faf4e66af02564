//! How long a document may take to be cut.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Cutting that is kept waiting by other work, or waits for threads that help it, has so many times its limit.
const PATIENCE: u32 = 10;

/// The time of one document, on the thread that cuts it. What counts is the CPU time, so that a busy machine fails no
/// document.
pub(crate) struct CuttingTime {
    limit: Duration,
    begun: Instant,
    used_before: Duration,
}

impl CuttingTime {
    /// Begins now and on this thread.
    pub(crate) fn begin(limit: Duration) -> Self {
        Self {
            limit,
            begun: Instant::now(),
            used_before: used_by_this_thread(),
        }
    }

    /// Whether there is some left; asked on the thread that it began on.
    pub(crate) fn is_left(&self) -> bool {
        let used = used_by_this_thread().saturating_sub(self.used_before);
        used < self.limit && self.begun.elapsed() < self.limit.saturating_mul(PATIENCE)
    }
}

/// CPU time since the thread began.
fn used_by_this_thread() -> Duration {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(used).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    const LIMIT: Duration = Duration::from_millis(200);

    #[test]
    fn waiting_counts_for_a_tenth_at_most_and_work_counts_whole() {
        let waiting = CuttingTime::begin(LIMIT);
        sleep(LIMIT + LIMIT / 4);
        assert!(waiting.is_left(), "it has waited and not worked");
        sleep(LIMIT * PATIENCE);
        assert!(!waiting.is_left(), "it waits without end");

        let before = used_by_this_thread();
        let working = CuttingTime::begin(LIMIT);
        while working.is_left() {
            std::hint::spin_loop();
        }
        let used = used_by_this_thread() - before;
        let waited_too_long = working.begun.elapsed() >= LIMIT * PATIENCE;
        assert!(used >= LIMIT || waited_too_long, "{used:?}");
        assert!(!CuttingTime::begin(Duration::ZERO).is_left());
    }
}
