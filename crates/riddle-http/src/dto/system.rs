use riddle_engine::{Storage, System};
use serde::Serialize;
use utoipa::ToSchema;

use super::health::{ComputeDto, QueueHealthDto};

/// What the server takes of its machine.
#[derive(Serialize, ToSchema)]
pub(crate) struct SystemDto {
    /// Version of the server.
    version: &'static str,
    /// Milliseconds since the start.
    uptime_ms: u64,
    /// Whether the server refuses to fetch models from the network.
    offline: bool,
    /// Folder of the database, the documents and the indexes.
    data_folder: String,
    /// Folder of the models' files.
    models_folder: String,
    storage: StorageDto,
    memory: MemoryDto,
    cpu: CpuDto,
    /// What waits.
    queue: QueueHealthDto,
    /// Where embedders and rerankers run.
    compute: ComputeDto,
}

/// Bytes on the disk.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"database_bytes": 4_194_304, "documents_bytes": 120_000, "indexes_bytes": 90_000, "models_bytes": 91_000_000, "free_bytes": 20_000_000_000_u64}))]
pub(crate) struct StorageDto {
    /// The database with its logs.
    database_bytes: u64,
    /// The originals of the documents.
    documents_bytes: u64,
    /// The indexes.
    indexes_bytes: u64,
    /// The models with what was made of their files.
    models_bytes: u64,
    /// What is free where the data folder lies, if the system tells.
    free_bytes: Option<u64>,
}

/// Memory in bytes.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"resident_bytes": 400_000_000, "total_bytes": 16_000_000_000_u64}))]
pub(crate) struct MemoryDto {
    /// What the server has in use, without the children that read documents, if the system tells.
    resident_bytes: Option<u64>,
    /// What the machine has, if the system tells.
    total_bytes: Option<u64>,
}

/// The processor.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"cores": 4}))]
pub(crate) struct CpuDto {
    /// Cores that the server may use.
    cores: usize,
}

impl From<System> for SystemDto {
    fn from(system: System) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            uptime_ms: system.uptime_ms,
            offline: system.offline,
            data_folder: system.data_folder.display().to_string(),
            models_folder: system.models_folder.display().to_string(),
            storage: system.storage.into(),
            memory: MemoryDto {
                resident_bytes: system.resident_bytes,
                total_bytes: system.total_memory_bytes,
            },
            cpu: CpuDto {
                cores: system.cores,
            },
            queue: system.queue.into(),
            compute: system.compute.into(),
        }
    }
}

impl From<Storage> for StorageDto {
    fn from(storage: Storage) -> Self {
        Self {
            database_bytes: storage.database_bytes,
            documents_bytes: storage.documents_bytes,
            indexes_bytes: storage.indexes_bytes,
            models_bytes: storage.models_bytes,
            free_bytes: storage.free_bytes,
        }
    }
}
