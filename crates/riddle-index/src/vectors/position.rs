use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::disk::write_atomically;

const FILE: &str = "position.json";

#[derive(Serialize, Deserialize)]
struct Stored {
    position: u64,
}

/// The position recorded in `dir`; 0 when none is.
pub(super) fn read(dir: &Path) -> io::Result<u64> {
    match fs::read(dir.join(FILE)) {
        Ok(bytes) => serde_json::from_slice::<Stored>(&bytes)
            .map(|stored| stored.position)
            .map_err(io::Error::from),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Records a position durably. The caller has made everything up to it durable before.
pub(super) fn write(dir: &Path, position: u64) -> io::Result<()> {
    let bytes = serde_json::to_vec(&Stored { position }).map_err(io::Error::from)?;
    write_atomically(&dir.join(FILE), &bytes)
}
