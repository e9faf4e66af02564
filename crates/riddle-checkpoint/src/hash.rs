use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

const BLOCK: usize = 1 << 20;

/// Length in bytes and SHA-256 in lower-case hex of a file. Blocks.
///
/// # Errors
/// It cannot be opened or read.
pub fn size_and_sha256(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut block = vec![0_u8; BLOCK];
    let mut size = 0_u64;
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok((size, format!("{:x}", hasher.finalize())));
        }
        hasher.update(&block[..read]);
        size += read as u64;
    }
}
