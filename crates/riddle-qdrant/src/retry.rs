//! When a call is tried again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Tries of one call.
pub(crate) const TRIES: u32 = 4;
/// Longest pause before the second try; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// How long to wait after the given try, counted from 0: at least half of the longest pause, and the rest by chance, so
/// that callers who failed together do not come back together. `asked` is what the server itself asks for.
pub(crate) fn pause_after(tried: u32, asked: Option<Duration>) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << tried.min(8));
    let half = longest / 2;
    let half_ms = u64::try_from(half.as_millis()).unwrap_or(u64::MAX).max(1);
    // Every state of the standard library has keys of its own.
    let chance = RandomState::new().hash_one(tried) % half_ms;
    let own = half.saturating_add(Duration::from_millis(chance));
    own.max(asked.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        for tried in 0..TRIES {
            let longest = FIRST_PAUSE * (1 << tried);
            let pauses: Vec<_> = (0..50).map(|_| pause_after(tried, None)).collect();
            let bounds = longest / 2..longest;
            assert!(
                pauses.iter().all(|pause| bounds.contains(pause)),
                "{pauses:?}"
            );
            assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        }
        let asked = Duration::from_secs(7);
        assert_eq!(pause_after(0, Some(asked)), asked);
    }
}
