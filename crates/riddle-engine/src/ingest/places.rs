//! How many documents are in work at once, and at what.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most documents in work. They are more than are parsed at once, so that many small documents fill the embedder's
/// batches.
const IN_WORK: u32 = 32;
/// Documents whose pictures are read, or wait for it: one is read at a time, and the next keeps the reader running.
const READING: usize = 2;

/// For whom a document is worked on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lane {
    /// Documents that take little time; one that turns out to have pictures to read is put off.
    Quick,
    /// Documents whose pictures are read, which takes long. They have a place in work from when that is done.
    Pictures,
}

/// The places of documents in work.
pub(crate) struct Places {
    in_work: Arc<Semaphore>,
    reading: Arc<Semaphore>,
    /// Documents that are parsed.
    pub(crate) parsing: Arc<Semaphore>,
    /// Whether documents may wait for their pictures to be read; they are asked for only then.
    pictures_wait: AtomicBool,
}

impl Places {
    pub(crate) fn new(parse_workers: usize) -> Self {
        Self {
            in_work: Arc::new(Semaphore::new(IN_WORK as usize)),
            reading: Arc::new(Semaphore::new(READING)),
            parsing: Arc::new(Semaphore::new(parse_workers.max(1))),
            pictures_wait: AtomicBool::new(true),
        }
    }

    /// A free place for the next document of a lane.
    pub(crate) fn free(&self, lane: Lane) -> Option<OwnedSemaphorePermit> {
        Arc::clone(self.of(lane)).try_acquire_owned().ok()
    }

    /// Whether a lane has a free place.
    pub(crate) fn has_free(&self, lane: Lane) -> bool {
        self.of(lane).available_permits() > 0
    }

    /// Waits for a place in work; `alone` for all of them, so that no other document is in work. Never fails, as the
    /// places are never closed.
    pub(crate) async fn in_work(&self, alone: bool) -> Option<OwnedSemaphorePermit> {
        let places = if alone { IN_WORK } else { 1 };
        let place = Arc::clone(&self.in_work).acquire_many_owned(places);
        place.await.ok()
    }

    /// A document waits for its pictures to be read, or there may be such.
    pub(crate) fn look_for_pictures(&self) {
        self.pictures_wait.store(true, Ordering::Relaxed);
    }

    /// Whether to look for documents that wait for their pictures to be read. They are not looked for again until
    /// somebody says so.
    pub(crate) fn pictures_may_wait(&self) -> bool {
        self.pictures_wait.swap(false, Ordering::Relaxed)
    }

    fn of(&self, lane: Lane) -> &Arc<Semaphore> {
        match lane {
            Lane::Quick => &self.in_work,
            Lane::Pictures => &self.reading,
        }
    }
}
