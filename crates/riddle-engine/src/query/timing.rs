use std::time::{Duration, Instant};

/// Measures a request, or one arm of a comparison that begins where the shared part ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch {
    started: Instant,
    before: Duration,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self::after(Duration::ZERO)
    }

    /// Starts now and counts `before` as passed already.
    pub(super) fn after(before: Duration) -> Self {
        Self {
            started: Instant::now(),
            before,
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.before + self.started.elapsed()
    }

    pub(super) fn elapsed_ms(&self) -> f64 {
        millis(self.elapsed())
    }
}

/// How long a model that should have ended at its deadline is waited for.
const GRACE: Duration = Duration::from_millis(500);

/// Waits for a model that was given a deadline, a little longer than that; `None` when it is still not done, as when
/// it is busy with others.
pub(super) async fn within<T>(deadline: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(deadline + GRACE, work).await.ok()
}

pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
