mod away;
mod health;
mod writes;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_core::Compute;
use tokio::sync::Mutex;

pub use health::{Health, QueueHealth};

use crate::blocking::run_blocking;
use crate::disk::{folder_bytes, free_bytes};
use crate::error::EngineError;
use crate::options::EngineOptions;
use crate::shared::Shared;
use writes::WriteProbe;

/// How long the sizes on the disk are kept before the folders are walked again.
const STORAGE_FRESH_FOR: Duration = Duration::from_secs(5);

/// What the process and its data use of the machine.
#[derive(Clone, PartialEq, Debug)]
pub struct System {
    /// Milliseconds since the start.
    pub uptime_ms: u64,
    /// Whether models are never fetched from the network.
    pub offline: bool,
    /// The program that runs, for commands that people are told to type.
    pub program: PathBuf,
    /// Folder of the database, the documents and the indexes.
    pub data_folder: PathBuf,
    /// Folder of the models' files.
    pub models_folder: PathBuf,
    pub storage: Storage,
    /// Memory that the process has in use, in bytes, if the system tells.
    pub resident_bytes: Option<u64>,
    /// Memory of the machine in bytes, if the system tells.
    pub total_memory_bytes: Option<u64>,
    /// Cores that the process may use.
    pub cores: usize,
    /// What waits.
    pub queue: QueueHealth,
    /// Where embedders and rerankers run.
    pub compute: Compute,
}

/// Bytes on the disk, some seconds old at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Storage {
    /// The database with its logs, or its tables and indexes on their server.
    pub database_bytes: u64,
    /// The originals of the documents.
    pub documents_bytes: u64,
    pub indexes_bytes: u64,
    /// The models, with the files that were made of theirs.
    pub models_bytes: u64,
    /// What is free where the data folder lies, if the system tells.
    pub free_bytes: Option<u64>,
}

/// Reports health and the use of the machine.
pub(crate) struct Monitor {
    shared: Arc<Shared>,
    /// The last sizes, with their time. The lock is held while the folders are walked, so that callers at the same time
    /// walk them once.
    storage: Mutex<Option<(Instant, Storage)>>,
    writes: Arc<WriteProbe>,
}

impl Monitor {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            storage: Mutex::default(),
            writes: Arc::default(),
        }
    }

    pub(crate) async fn system(&self) -> Result<System, EngineError> {
        let storage = self.storage().await?;
        let health = self.health().await?;
        let library = &self.shared.library;
        let data_folder = &self.shared.options.data_dir;
        Ok(System {
            uptime_ms: health.uptime_ms,
            offline: library.is_offline(),
            program: self.shared.options.program.clone(),
            data_folder: std::path::absolute(data_folder)?,
            models_folder: library.folder(),
            storage,
            resident_bytes: proc_kib("/proc/self/status", "VmRSS:"),
            total_memory_bytes: proc_kib("/proc/meminfo", "MemTotal:"),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            queue: health.queue,
            compute: health.compute,
        })
    }

    async fn storage(&self) -> Result<Storage, EngineError> {
        let mut cached = self.storage.lock().await;
        let now = self.shared.clock.instant();
        if let Some((taken, storage)) = *cached
            && now.duration_since(taken) < STORAGE_FRESH_FOR
        {
            return Ok(storage);
        }
        let shared = Arc::clone(&self.shared);
        let walk = move || measure(&shared.options, &shared.library.folder());
        let measured = run_blocking("measuring folders", walk).await?;
        // Health says that a database does not answer; what it took before is the best guess.
        let before = cached.map_or(0, |(_, storage)| storage.database_bytes);
        let storage = Storage {
            database_bytes: self.shared.store.database_bytes().await.unwrap_or(before),
            ..measured
        };
        *cached = Some((self.shared.clock.instant(), storage));
        Ok(storage)
    }
}

/// All but the database.
fn measure(options: &EngineOptions, models: &std::path::Path) -> Storage {
    Storage {
        database_bytes: 0,
        documents_bytes: folder_bytes(&options.data_dir.join("blobs")),
        indexes_bytes: folder_bytes(&options.index_dir),
        models_bytes: folder_bytes(models),
        free_bytes: free_bytes(&options.data_dir),
    }
}

/// A number of KiB out of a file that the kernel writes as it is read, in bytes; `None` on other systems.
fn proc_kib(file: &str, key: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_this_process_is_less_than_that_of_the_machine() {
        let resident = proc_kib("/proc/self/status", "VmRSS:");
        let total = proc_kib("/proc/meminfo", "MemTotal:");
        assert!(resident.is_some_and(|bytes| bytes > 100_000));
        assert!(resident < total, "{resident:?} {total:?}");
        assert_eq!(proc_kib("/proc/self/status", "NoSuchKey:"), None);
    }
}
