use std::time::Instant;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `milliseconds` later.
    pub fn plus_millis(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

/// Where the current time comes from, and the ids that are made of it; passed in, so that tests decide both.
pub trait Clock: Send + Sync {
    /// The current time, which a person can set back.
    fn now(&self) -> Timestamp;

    /// A reading that never goes back, to tell how long ago something was.
    fn instant(&self) -> Instant;

    /// A UUID of version 7 that this clock never gives again. Of two ids the later one is the greater, unless the clock
    /// was set back between them.
    fn new_id(&self) -> Uuid;
}
