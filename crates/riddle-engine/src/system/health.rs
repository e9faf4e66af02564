use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use riddle_core::Compute;

use super::Monitor;
use super::writes::WriteHealth;
use crate::blocking::run_blocking;
use crate::disk::WriteKind;
use crate::error::{EngineError, internal_errors};
use crate::models::{HealthNotice, ModelHealth, models_in_use};

/// The health report.
#[derive(Clone, PartialEq, Debug)]
pub struct Health {
    /// True if every store answers, the database takes writes, the disk has room, no original is known to be damaged,
    /// and the last scheduled backup was made.
    pub ok: bool,
    /// Whether the stores can be read. Searches work then, whatever else is wrong.
    pub readable: bool,
    /// Milliseconds since the start.
    pub uptime_ms: u64,
    /// The models in use, and those that would be loaded on demand.
    pub models: Vec<ModelHealth>,
    /// Where embedders and rerankers run.
    pub compute: Compute,
    /// What waits.
    pub queue: QueueHealth,
    /// Panics and other internal errors since the process was started.
    pub internal_errors: u64,
    /// What is missing, and what to do.
    pub notices: Vec<HealthNotice>,
}

/// What waits.
#[derive(Clone, PartialEq, Debug)]
pub struct QueueHealth {
    /// Documents queued or in work.
    pub pending_documents: u64,
    /// Outbox rows whose documents are not published yet.
    pub outbox_lag: u64,
    /// Searches and answers in work.
    pub active_queries: usize,
}

impl Monitor {
    /// Remembers why the last scheduled backup failed, or that it was made.
    pub(crate) fn backup(&self, problem: Option<String>) {
        let mut kept = self
            .shared
            .backup_problem
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *kept = problem;
    }

    pub(crate) async fn health(&self) -> Result<Health, EngineError> {
        let shared = &self.shared;
        let pending = shared.store.pending_jobs().await;
        let bounds = shared.store.outbox_bounds().await;
        let readable = pending.is_ok() && bounds.is_ok();
        let written = bounds.map_or(0, |(written, _trimmed)| written);
        let mut notices = self.trouble().await;
        let ok = readable && notices.is_empty();
        notices.extend(self.away_embedders().await);
        let models = models_in_use(&shared.models, &mut notices);
        Ok(Health {
            ok,
            readable,
            uptime_ms: u64::try_from(shared.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            models,
            compute: shared.models.compute(),
            queue: QueueHealth {
                pending_documents: pending.unwrap_or(0),
                outbox_lag: written.saturating_sub(shared.index_progress.position()),
                active_queries: shared.active_queries(),
            },
            internal_errors: internal_errors(),
            notices,
        })
    }

    /// What keeps the database from being written.
    async fn trouble_of_writes(&self) -> Option<HealthNotice> {
        let store = Arc::clone(&self.shared.store);
        let write = async move { store.try_to_write().await };
        match self.writes.health(write, self.shared.clock.instant()).await {
            WriteHealth::Fine => None,
            WriteHealth::Refused(problem) => Some(HealthNotice::WritesRefused { problem }),
            WriteHealth::Slow(since) => Some(HealthNotice::WritesSlow {
                seconds: since.as_secs(),
            }),
        }
    }

    /// What keeps the vectors from being searched.
    async fn trouble_of_vectors(&self) -> Option<HealthNotice> {
        let index = Arc::clone(&self.shared.index);
        let asked = run_blocking("asking the indexes", move || index.trouble()).await;
        let problem = asked.unwrap_or_else(|error| Some(error.to_string()))?;
        Some(HealthNotice::VectorsAway { problem })
    }

    /// Problems that refuse anything new, and losses.
    async fn trouble(&self) -> Vec<HealthNotice> {
        let shared = &self.shared;
        let mut trouble = Vec::new();
        if let Err(full) = shared.disk.check(WriteKind::New, 0) {
            trouble.push(HealthNotice::DiskFull {
                problem: full.to_string(),
            });
        }
        for held_up in shared.background.troubles() {
            let problem = held_up.problem;
            let notice = match held_up.is_disk_full {
                true => HealthNotice::DiskFull { problem },
                false => HealthNotice::DocumentsHeldUp { problem },
            };
            if trouble.iter().all(|known| known.code() != notice.code()) {
                trouble.push(notice);
            }
        }
        trouble.extend(self.trouble_of_vectors().await);
        trouble.extend(self.trouble_of_writes().await);
        let documents = shared.damaged_originals.load(Ordering::Relaxed);
        if documents > 0 {
            trouble.push(HealthNotice::DamagedOriginals { documents });
        }
        let backup = shared
            .backup_problem
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        trouble.extend(
            backup
                .clone()
                .map(|problem| HealthNotice::BackupFailed { problem }),
        );
        trouble
    }
}
