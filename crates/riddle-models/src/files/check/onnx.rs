use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::FileProblem;

const GRAPH_FIELD: u64 = 7;

/// Walks the outermost fields of the protocol buffer: a cut file ends within one of them.
pub(super) fn check(path: &Path, size: u64, remedy: &str) -> Result<(), FileProblem> {
    let not_onnx = || FileProblem::new("is not an ONNX file", remedy);
    let file = File::open(path)
        .map_err(|error| FileProblem::new(format!("cannot be read: {error}"), remedy))?;
    let mut walk = Walk {
        input: BufReader::new(file),
        position: 0,
    };
    let mut graph = false;
    while walk.position < size {
        let field = walk.field().ok_or_else(not_onnx)?;
        graph |= field == GRAPH_FIELD;
        if walk.position > size {
            return Err(FileProblem::new(
                format!(
                    "is truncated: it goes on to byte {} and has {size}",
                    walk.position
                ),
                remedy,
            ));
        }
    }
    if graph { Ok(()) } else { Err(not_onnx()) }
}

struct Walk {
    input: BufReader<File>,
    position: u64,
}

impl Walk {
    /// Steps over one field and gives its number.
    fn field(&mut self) -> Option<u64> {
        let key = self.varint()?;
        let length = match key & 7 {
            0 => {
                self.varint()?;
                0
            }
            1 => 8,
            2 => self.varint()?,
            5 => 4,
            _ => return None,
        };
        self.input.seek_relative(i64::try_from(length).ok()?).ok()?;
        self.position = self.position.checked_add(length)?;
        (key >> 3 != 0).then_some(key >> 3)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let mut byte = [0_u8];
            if self.input.fill_buf().ok()?.is_empty() {
                return None;
            }
            self.input.read_exact(&mut byte).ok()?;
            self.position += 1;
            value |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}
