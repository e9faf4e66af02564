use std::time::{Duration, Instant};

/// Measures a request, or a variant of a comparison from the end of the shared retrieval on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    started: Instant,
    before: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self::after(Duration::ZERO)
    }

    /// Starts now and counts `before` as passed already.
    pub(crate) fn after(before: Duration) -> Self {
        Self {
            started: Instant::now(),
            before,
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.before + self.started.elapsed()
    }

    pub(crate) fn elapsed_ms(&self) -> f64 {
        millis(self.elapsed())
    }
}

/// The result of `work`; `None` if it is not done by `deadline`. Work that is ready at once is never late.
pub(crate) async fn by<T>(deadline: Instant, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout_at(deadline.into(), work).await.ok()
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
