//! The one place that reads the time of this machine.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use riddle_core::{Clock, Timestamp};
use uuid::Uuid;

pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}
