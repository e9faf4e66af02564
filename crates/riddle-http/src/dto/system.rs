use riddle_api::{CpuDto, MemoryDto, StorageDto, SystemDto};
use riddle_engine::{Storage, System};

use super::convert::{Convert, ConvertFrom};

impl ConvertFrom<System> for SystemDto {
    fn convert_from(system: System) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_ms: system.uptime_ms,
            offline: system.offline,
            program: system.program.display().to_string(),
            data_folder: system.data_folder.display().to_string(),
            models_folder: system.models_folder.display().to_string(),
            storage: system.storage.convert(),
            memory: MemoryDto {
                resident_bytes: system.resident_bytes,
                total_bytes: system.total_memory_bytes,
            },
            cpu: CpuDto {
                cores: system.cores,
            },
            queue: system.queue.convert(),
            compute: system.compute.convert(),
        }
    }
}

impl ConvertFrom<Storage> for StorageDto {
    fn convert_from(storage: Storage) -> Self {
        Self {
            database_bytes: storage.database_bytes,
            documents_bytes: storage.documents_bytes,
            indexes_bytes: storage.indexes_bytes,
            models_bytes: storage.models_bytes,
            free_bytes: storage.free_bytes,
        }
    }
}
