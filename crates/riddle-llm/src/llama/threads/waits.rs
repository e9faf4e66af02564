use std::path::Path;
use std::time::{Duration, Instant};

/// A folder for each thread of this process. The second field of its `schedstat` is how long it has waited for a CPU,
/// in nanoseconds.
const THREADS: &str = "/proc/self/task";
/// Share of the time between two looks, in percent, that threads wait together where nobody wants their CPUs.
const USUAL_PERCENT: u32 = 20;

/// How long the threads of this process wait for a CPU. In a container that may use a part of the machine, what runs
/// elsewhere tells nothing: others count where they keep this process waiting, and so does a share that is used up.
pub(super) struct Waits {
    waited: Duration,
    looked_at: Instant,
}

impl Waits {
    /// `None` where the system does not tell.
    pub(super) fn open() -> Option<Self> {
        Some(Self {
            waited: waited()?,
            looked_at: Instant::now(),
        })
    }

    /// Whether they have waited for more than a little since the last look.
    pub(super) fn have_grown(&mut self) -> Option<bool> {
        let (waited, now) = (waited()?, Instant::now());
        // The time of a thread that has ended is gone.
        let waited_since = waited.saturating_sub(self.waited);
        let grown = is_much(waited_since, now - self.looked_at);
        (self.waited, self.looked_at) = (waited, now);
        Some(grown)
    }
}

fn is_much(waited: Duration, passed: Duration) -> bool {
    waited * 100 > passed * USUAL_PERCENT
}

/// Of all threads together; `None` where none of them tells.
fn waited() -> Option<Duration> {
    waits_in(Path::new(THREADS))
}

fn waits_in(threads: &Path) -> Option<Duration> {
    let threads = std::fs::read_dir(threads).ok()?;
    // Some may end while they are looked at.
    let each = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat"));
        wait(&text.ok()?)
    });
    each.reduce(Duration::saturating_add)
}

fn wait(schedstat: &str) -> Option<Duration> {
    let nanoseconds = schedstat.split_ascii_whitespace().nth(1)?;
    nanoseconds.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_number_is_the_wait() {
        assert_eq!(
            wait("8126843 1500000 42\n"),
            Some(Duration::from_micros(1_500))
        );
        for text in ["", "12", "12 x 3"] {
            assert_eq!(wait(text), None, "{text}");
        }
    }

    #[test]
    fn waits_of_all_threads_are_added() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(waits_in(folder.path()), None);
        for (thread, text) in [("1", "5 1000 1"), ("2", "5 500 1"), ("3", "")] {
            let thread = folder.path().join(thread);
            std::fs::create_dir(&thread).expect("a folder");
            std::fs::write(thread.join("schedstat"), text).expect("written");
        }
        assert_eq!(waits_in(folder.path()), Some(Duration::from_nanos(1_500)));
    }

    #[test]
    fn a_fifth_of_the_time_is_little() {
        let step = Duration::from_millis(50);
        assert!(!is_much(Duration::ZERO, step));
        assert!(!is_much(Duration::from_millis(10), step));
        assert!(is_much(Duration::from_millis(11), step));
    }
}
