use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::health::{ComputeDto, QueueHealthDto};

/// What the server takes of its machine.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SystemDto {
    /// Version of the server.
    pub version: String,
    /// Milliseconds since the start.
    pub uptime_ms: u64,
    /// Whether the server refuses to fetch models from the network.
    pub offline: bool,
    /// Path of the server's program, for commands on its machine.
    #[schema(example = "/usr/local/bin/riddle")]
    pub program: String,
    /// Folder of the database, the documents and the indexes.
    pub data_folder: String,
    /// Folder of the models' files.
    pub models_folder: String,
    pub storage: StorageDto,
    pub memory: MemoryDto,
    pub cpu: CpuDto,
    /// What waits.
    pub queue: QueueHealthDto,
    /// Where embedders and rerankers run.
    pub compute: ComputeDto,
}

/// Bytes on the disk.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"database_bytes": 4_194_304, "documents_bytes": 120_000, "indexes_bytes": 90_000, "models_bytes": 91_000_000, "free_bytes": 20_000_000_000_u64}))]
pub struct StorageDto {
    /// The database with its logs.
    pub database_bytes: u64,
    /// The originals of the documents.
    pub documents_bytes: u64,
    /// The indexes.
    pub indexes_bytes: u64,
    /// The models with what was made of their files.
    pub models_bytes: u64,
    /// What is free where the data folder lies, if the system tells.
    pub free_bytes: Option<u64>,
}

/// Memory in bytes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"resident_bytes": 400_000_000, "total_bytes": 16_000_000_000_u64}))]
pub struct MemoryDto {
    /// What the server has in use, without the children that read documents, if the system tells.
    pub resident_bytes: Option<u64>,
    /// What the machine has, if the system tells.
    pub total_bytes: Option<u64>,
}

/// The CPU.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"cores": 4}))]
pub struct CpuDto {
    /// Cores that the server may use.
    pub cores: usize,
}
