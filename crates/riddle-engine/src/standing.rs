//! Whether work in the background gets on: told in the log when that changes, and in the health report while it lasts.

use std::sync::{Mutex, PoisonError};

use riddle_core::{StoreFailure, error_chain};

use crate::error::EngineError;

/// What runs in the background, each with its own trouble.
pub(crate) struct Background {
    /// Jobs are taken from the queue.
    pub(crate) claiming: Standing,
    /// The dispatcher finds out when the next job is due.
    pub(crate) waiting: Standing,
    /// Changes are brought into the indexes.
    pub(crate) indexing: Standing,
}

/// Whether one kind of work gets on.
pub(crate) struct Standing {
    work: &'static str,
    trouble: Mutex<Option<Trouble>>,
}

/// Why work does not get on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Trouble {
    /// The disk has no room, which is for people to mend and no fault of the server.
    pub(crate) is_disk_full: bool,
    /// For people.
    pub(crate) problem: String,
}

impl Default for Background {
    fn default() -> Self {
        Self {
            claiming: Standing::of("taking documents from the queue"),
            waiting: Standing::of("asking when the next document is due"),
            indexing: Standing::of("bringing changes into the indexes"),
        }
    }
}

impl Background {
    /// What does not get on now.
    pub(crate) fn troubles(&self) -> Vec<Trouble> {
        let all = [&self.claiming, &self.waiting, &self.indexing];
        all.into_iter().filter_map(Standing::trouble).collect()
    }
}

impl Standing {
    /// For work that goes well so far; `work` is what the log calls it.
    pub(crate) fn of(work: &'static str) -> Self {
        Self {
            work,
            trouble: Mutex::new(None),
        }
    }

    /// It failed, and is tried again. The log says so once, until it succeeds or fails for the other kind of reason.
    pub(crate) fn failed(&self, error: &EngineError, is_disk_full: bool) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = trouble
            .as_ref()
            .is_some_and(|known| known.is_disk_full == is_disk_full);
        let problem = problem_of(error, is_disk_full);
        *trouble = Some(Trouble {
            is_disk_full,
            problem,
        });
        drop(trouble);
        let (work, error) = (self.work, error_chain(error));
        match (is_known, is_disk_full) {
            (true, _) => tracing::debug!(work, error, "it fails still"),
            (false, true) => tracing::warn!(work, error, "waiting until there is room on the disk"),
            (false, false) => {
                tracing::error!(work, error, "it fails, and is tried until it succeeds")
            }
        }
    }

    /// It succeeded.
    pub(crate) fn succeeded(&self) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if trouble.take().is_some() {
            tracing::info!(work = self.work, "it succeeds again");
        }
    }

    fn trouble(&self) -> Option<Trouble> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.clone()
    }
}

/// What a health report says of an error. It has no request, under whose id the log would tell more.
fn problem_of(error: &EngineError, is_disk_full: bool) -> String {
    match error {
        EngineError::DiskFull { .. } => error.to_string(),
        _ if is_disk_full => StoreFailure::DiskFull.to_string(),
        EngineError::Store(error) => error.to_string(),
        EngineError::Index(error) => error.to_string(),
        _ => "the log of the server says why".to_owned(),
    }
}
