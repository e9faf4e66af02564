//! Keeps a part of the disk free, so that documents can always be deleted and the database always answers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use riddle_core::Clock;
use tokio_util::sync::CancellationToken;

use super::{Space, space};
use crate::error::EngineError;

/// The default reserve, in bytes.
const MOST_BY_DEFAULT: u64 = 256 << 20;
/// On a small disk the default reserve is this part of it: one eighth.
const SHARE_BY_DEFAULT: u64 = 8;
/// What the database holds already may use the reserve, except for this part of it: one half. That is left for
/// deletions.
const SHARE_FOR_DELETIONS: u64 = 2;
/// How often a task that waits for room looks again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long the disk counts as full after a write that found no space. The free space that the system reports may be
/// wrong: it leaves out a quota, for example.
const REFUSAL_COUNTS: Duration = Duration::from_secs(5);

/// The disk of a folder, and how much of it is kept free.
pub(crate) struct DiskReserve {
    folder: PathBuf,
    configured: Option<u64>,
    clock: Arc<dyn Clock>,
    refused: Mutex<Option<Instant>>,
}

/// What is to be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WriteKind {
    /// Something new: an upload, a model, vectors.
    New,
    /// What the database holds already, into the indexes.
    Accepted,
}

/// How much of a disk is free and how much has to stay so, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Room {
    pub(crate) free: u64,
    pub(crate) reserve: u64,
}

impl DiskReserve {
    /// The disk of `folder`, with the default reserve if `configured` is `None`.
    pub(crate) fn new(folder: &Path, configured: Option<u64>, clock: Arc<dyn Clock>) -> Self {
        Self {
            folder: folder.to_path_buf(),
            configured,
            clock,
            refused: Mutex::new(None),
        }
    }

    /// The same reserve over the disk of another folder.
    pub(crate) fn of(&self, folder: &Path) -> Self {
        Self::new(folder, self.configured, Arc::clone(&self.clock))
    }

    /// What is free now; `None` where the system does not tell.
    pub(crate) fn room(&self) -> Option<Room> {
        let space = space(&self.folder)?;
        Some(Room {
            free: space.free,
            reserve: kept_of(&space, self.configured),
        })
    }

    /// Refuses to write `bytes` bytes if they would touch the reserve.
    ///
    /// # Errors
    /// [`EngineError::DiskFull`] when the reserve would be touched.
    pub(crate) fn check(&self, writing: WriteKind, bytes: u64) -> Result<(), EngineError> {
        let Some(room) = self.room() else {
            return Ok(());
        };
        let kept = match writing {
            WriteKind::New => room.reserve,
            WriteKind::Accepted => room.reserve / SHARE_FOR_DELETIONS,
        };
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |refused| self.clock.instant().duration_since(refused);
        let refused = refused.is_some_and(|refused| age(refused) < REFUSAL_COUNTS);
        if refused || room.free < kept.saturating_add(bytes) {
            return Err(EngineError::DiskFull {
                free_mib: room.free >> 20,
                reserve_mib: room.reserve.div_ceil(1 << 20),
            });
        }
        Ok(())
    }

    /// Whether the cause of this error is a full disk. If so, the disk counts as full for a while.
    pub(crate) fn is_cause_of(&self, error: &EngineError) -> bool {
        if error.is_disk_full() {
            if !matches!(error, EngineError::DiskFull { .. }) {
                let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                *refused = Some(self.clock.instant());
            }
            return true;
        }
        // Errors of the indexes and of the system do not always say that the disk is full, and some panic where it is.
        matches!(
            error,
            EngineError::Index(_)
                | EngineError::Io(_)
                | EngineError::Store(_)
                | EngineError::Internal { .. }
        ) && self.check(WriteKind::Accepted, 0).is_err()
    }

    /// Waits until there is room, or until `stopping` is cancelled. The log says so at the beginning and at the end.
    pub(crate) async fn wait(&self, writing: WriteKind, stopping: &CancellationToken) {
        let Err(error) = self.check(writing, 0) else {
            return;
        };
        tracing::warn!(%error, ?writing, "waiting until there is room on the disk");
        self.room_for(writing, stopping).await;
        if !stopping.is_cancelled() {
            tracing::info!(?writing, "there is room on the disk again");
        }
    }

    /// The same, without a word in the log.
    pub(crate) async fn room_for(&self, writing: WriteKind, stopping: &CancellationToken) {
        while self.check(writing, 0).is_err() {
            tokio::select! {
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                () = stopping.cancelled() => return,
            }
        }
    }
}

/// Bytes of the disk of `folder` that are kept free, a sensible share if `configured` is `None`. `None` where the
/// system does not tell how large the disk is.
pub fn kept_free(folder: &Path, configured: Option<u64>) -> Option<u64> {
    let space = space(folder)?;
    Some(kept_of(&space, configured))
}

fn kept_of(space: &Space, configured: Option<u64>) -> u64 {
    let sensible = MOST_BY_DEFAULT.min(space.whole / SHARE_BY_DEFAULT);
    configured.unwrap_or(sensible)
}

#[cfg(test)]
mod tests {
    use riddle_core::{StoreError, StoreFailure, Timestamp};
    use riddle_testkit::FakeClock;

    use super::*;

    fn reserve(folder: &tempfile::TempDir, configured: Option<u64>) -> DiskReserve {
        let clock = Arc::new(FakeClock::at(Timestamp(0)));
        DiskReserve::new(folder.path(), configured, clock)
    }

    #[test]
    fn a_small_disk_keeps_a_share_and_a_large_one_no_more_than_is_sensible() {
        let folder = tempfile::tempdir().expect("a folder");
        let room = reserve(&folder, None).room().expect("linux tells");
        assert!(room.reserve <= MOST_BY_DEFAULT && room.reserve > 0);
        let set = reserve(&folder, Some(5)).room();
        assert_eq!(set.map(|room| room.reserve), Some(5));
    }

    #[test]
    fn what_would_touch_the_reserve_is_refused_and_what_is_accepted_may_touch_half_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let roomy = reserve(&folder, Some(0));
        assert!(roomy.check(WriteKind::New, 1).is_ok());
        let error = roomy.check(WriteKind::New, u64::MAX).expect_err("too much");
        assert!(error.is_disk_full(), "{error}");
        let free = roomy.room().expect("linux tells").free;
        let tight = reserve(&folder, Some(free / 2 * 3));
        assert!(tight.check(WriteKind::New, 0).is_err());
        assert!(tight.check(WriteKind::Accepted, 0).is_ok());
    }

    #[test]
    fn a_write_without_space_counts_for_a_while_whatever_is_free() {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(FakeClock::at(Timestamp(0)));
        let disk = DiskReserve::new(folder.path(), Some(0), Arc::<FakeClock>::clone(&clock));
        let failed = |failure| {
            EngineError::Store(StoreError::Failed {
                failure,
                source: "x".into(),
            })
        };
        assert!(!disk.is_cause_of(&failed(StoreFailure::Busy)));
        assert!(disk.check(WriteKind::New, 0).is_ok());
        assert!(disk.is_cause_of(&failed(StoreFailure::DiskFull)));
        assert!(disk.check(WriteKind::New, 0).is_err());
        clock.advance(4_999);
        assert!(disk.check(WriteKind::New, 0).is_err());
        clock.advance(1);
        assert!(disk.check(WriteKind::New, 0).is_ok());
    }
}
