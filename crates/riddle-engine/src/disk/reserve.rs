//! Keeps a part of the disk free, so that documents can always be deleted and the database always answers.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::space;
use crate::error::EngineError;

/// Kept free where nothing else is configured, in bytes.
const MOST_BY_DEFAULT: u64 = 256 << 20;
/// And at most this share of a small disk.
const SHARE_BY_DEFAULT: u64 = 8;
/// Changes that are in the database already may use all but this share of the reserve. What is left is for deletions.
const SHARE_FOR_DELETIONS: u64 = 2;
/// How often somebody who waits for room looks again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long a write that found no space counts, whatever the system says is free: a quota, for example, is not told.
const REFUSAL_COUNTS: Duration = Duration::from_secs(5);

/// The disk of a folder, and how much of it is kept free.
pub(crate) struct DiskReserve {
    folder: PathBuf,
    configured: Option<u64>,
    refused: Mutex<Option<Instant>>,
}

/// What is to be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Writing {
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
    /// Over the disk of `folder`; without a configured reserve a sensible one.
    pub(crate) fn new(folder: &Path, configured: Option<u64>) -> Self {
        Self {
            folder: folder.to_path_buf(),
            configured,
            refused: Mutex::new(None),
        }
    }

    /// The same reserve over the disk of another folder.
    pub(crate) fn of(&self, folder: &Path) -> Self {
        Self::new(folder, self.configured)
    }

    /// What is free now; `None` where the system does not tell.
    pub(crate) fn room(&self) -> Option<Room> {
        let space = space(&self.folder)?;
        let sensible = MOST_BY_DEFAULT.min(space.whole / SHARE_BY_DEFAULT);
        Some(Room {
            free: space.free,
            reserve: self.configured.unwrap_or(sensible),
        })
    }

    /// Whether so many bytes may be written.
    ///
    /// # Errors
    /// [`EngineError::DiskFull`] when the reserve would be touched.
    pub(crate) fn check(&self, writing: Writing, bytes: u64) -> Result<(), EngineError> {
        let Some(room) = self.room() else {
            return Ok(());
        };
        let kept = match writing {
            Writing::New => room.reserve,
            Writing::Accepted => room.reserve / SHARE_FOR_DELETIONS,
        };
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = refused.is_some_and(|refused| refused.elapsed() < REFUSAL_COUNTS);
        if refused || room.free < kept.saturating_add(bytes) {
            return Err(EngineError::DiskFull {
                free_mib: room.free >> 20,
                reserve_mib: room.reserve.div_ceil(1 << 20),
            });
        }
        Ok(())
    }

    /// Whether this error comes of a full disk. Remembers it, so that nothing is tried again at once.
    pub(crate) fn is_cause_of(&self, error: &EngineError) -> bool {
        if error.is_disk_full() {
            if !matches!(error, EngineError::DiskFull { .. }) {
                let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                *refused = Some(Instant::now());
            }
            return true;
        }
        // The indexes and the system's own errors do not always say it.
        matches!(
            error,
            EngineError::Index(_) | EngineError::Io(_) | EngineError::Store(_)
        ) && self.check(Writing::Accepted, 0).is_err()
    }

    /// Returns when there is room, or at the end. The log says that somebody waits, and that it is over.
    pub(crate) async fn wait(&self, writing: Writing, stopping: &CancellationToken) {
        let Err(error) = self.check(writing, 0) else {
            return;
        };
        tracing::warn!(%error, ?writing, "waiting until there is room on the disk");
        self.room_for(writing, stopping).await;
        if !stopping.is_cancelled() {
            tracing::info!(?writing, "there is room on the disk again");
        }
    }

    /// Returns when there is room, or at the end.
    pub(crate) async fn room_for(&self, writing: Writing, stopping: &CancellationToken) {
        while self.check(writing, 0).is_err() {
            tokio::select! {
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                () = stopping.cancelled() => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use riddle_core::{StoreError, StoreFailure};

    use super::*;

    #[test]
    fn a_small_disk_keeps_a_share_and_a_large_one_no_more_than_is_sensible() {
        let folder = tempfile::tempdir().expect("a folder");
        let room = DiskReserve::new(folder.path(), None)
            .room()
            .expect("linux tells");
        assert!(room.reserve <= MOST_BY_DEFAULT && room.reserve > 0);
        let set = DiskReserve::new(folder.path(), Some(5)).room();
        assert_eq!(set.map(|room| room.reserve), Some(5));
    }

    #[test]
    fn what_would_touch_the_reserve_is_refused_and_what_is_accepted_may_touch_half_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let roomy = DiskReserve::new(folder.path(), Some(0));
        assert!(roomy.check(Writing::New, 1).is_ok());
        let error = roomy.check(Writing::New, u64::MAX).expect_err("too much");
        assert!(error.is_disk_full(), "{error}");
        let free = roomy.room().expect("linux tells").free;
        let tight = DiskReserve::new(folder.path(), Some(free / 2 * 3));
        assert!(tight.check(Writing::New, 0).is_err());
        assert!(tight.check(Writing::Accepted, 0).is_ok());
    }

    #[test]
    fn a_write_without_space_counts_for_a_while_whatever_is_free() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = DiskReserve::new(folder.path(), Some(0));
        let failed = |failure| {
            EngineError::Store(StoreError::Failed {
                failure,
                source: "x".into(),
            })
        };
        assert!(!disk.is_cause_of(&failed(StoreFailure::Busy)));
        assert!(disk.check(Writing::New, 0).is_ok());
        assert!(disk.is_cause_of(&failed(StoreFailure::DiskFull)));
        assert!(disk.check(Writing::New, 0).is_err());
    }
}
