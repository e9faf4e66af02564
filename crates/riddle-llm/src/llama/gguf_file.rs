//! What a GGUF file says about itself, read before llama.cpp loads it, so that broken files get an error that helps.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

use super::load_error::{LlamaLoadError, file_name};

const MAGIC: &[u8] = b"GGUF";
const LFS_POINTER: &[u8] = b"version https://git-lfs";
const DEFAULT_ALIGNMENT: u64 = 32;
/// Longer names than any real file has.
const NAME_LIMIT: u64 = 1 << 16;

/// Checks that the file at `path` is a whole GGUF file of a model that writes text, and returns its architecture.
pub(super) fn check(path: &Path) -> Result<String, LlamaLoadError> {
    let file = file_name(path);
    let unreadable = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => LlamaLoadError::Missing { file: file.clone() },
        _ => LlamaLoadError::Unreadable {
            file: file.clone(),
            source,
        },
    };
    let opened = File::open(path).map_err(&unreadable)?;
    let metadata = opened.metadata().map_err(&unreadable)?;
    if metadata.is_dir() {
        return Err(LlamaLoadError::NotGguf { file });
    }
    let mut reader = Reader {
        input: BufReader::new(opened),
        position: 0,
        length: metadata.len(),
    };
    let architecture = match read_header(&mut reader) {
        Ok(architecture) => architecture,
        Err(Flaw::Io(source)) => return Err(unreadable(source)),
        Err(Flaw::LfsPointer) => return Err(LlamaLoadError::LfsPointer { file }),
        Err(Flaw::NotGguf) => return Err(LlamaLoadError::NotGguf { file }),
        Err(Flaw::Truncated) => return Err(LlamaLoadError::Truncated { file }),
        Err(Flaw::Damaged(detail)) => return Err(LlamaLoadError::Damaged { file, detail }),
    };
    if is_encoder(&architecture) {
        return Err(LlamaLoadError::UnsupportedArchitecture { file, architecture });
    }
    Ok(architecture)
}

enum Flaw {
    Io(std::io::Error),
    LfsPointer,
    NotGguf,
    Truncated,
    Damaged(&'static str),
}

fn read_header(reader: &mut Reader) -> Result<String, Flaw> {
    let start = reader.start()?;
    if start.starts_with(LFS_POINTER) {
        return Err(Flaw::LfsPointer);
    }
    if !start.starts_with(MAGIC) {
        return Err(Flaw::NotGguf);
    }
    if !(2..=3).contains(&reader.u32()?) {
        return Err(Flaw::Damaged("unknown version or byte order"));
    }
    let tensors = reader.u64()?;
    let entries = reader.u64()?;
    let mut architecture = None;
    let mut alignment = DEFAULT_ALIGNMENT;
    for _ in 0..entries {
        let key = reader.string()?;
        let kind = reader.u32()?;
        match (key.as_slice(), kind) {
            (b"general.architecture", TYPE_STRING) => architecture = Some(reader.string()?),
            (b"general.alignment", TYPE_U32) => alignment = u64::from(reader.u32()?),
            _ => reader.skip_value(kind)?,
        }
    }
    if alignment == 0 || !alignment.is_power_of_two() {
        return Err(Flaw::Damaged("senseless alignment"));
    }
    let end_of_data = last_tensor_byte(reader, tensors)?;
    let data = reader.position.next_multiple_of(alignment);
    if data.saturating_add(end_of_data) > reader.length {
        return Err(Flaw::Truncated);
    }
    let architecture = architecture.ok_or(Flaw::Damaged("no architecture"))?;
    Ok(String::from_utf8_lossy(&architecture).into_owned())
}

/// End of the tensor that ends last, in bytes from the start of the tensor data.
fn last_tensor_byte(reader: &mut Reader, tensors: u64) -> Result<u64, Flaw> {
    let mut end = 0;
    for _ in 0..tensors {
        reader.string()?;
        let dimensions = reader.u32()?;
        if dimensions > 4 {
            return Err(Flaw::Damaged("a tensor of too many dimensions"));
        }
        let mut elements: u64 = 1;
        for _ in 0..dimensions {
            elements = elements.saturating_mul(reader.u64()?);
        }
        let (block, block_bytes) = block_size(reader.u32()?);
        let bytes = elements.div_ceil(block).saturating_mul(block_bytes);
        end = end.max(reader.u64()?.saturating_add(bytes));
    }
    Ok(end)
}

/// Elements and bytes of a block of a tensor type. Nothing is known of the size of later types.
fn block_size(kind: u32) -> (u64, u64) {
    match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        2 | 20 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        10 => (256, 84),
        11 | 21 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 | 35 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        22 => (256, 82),
        23 => (256, 136),
        24 => (1, 1),
        27 | 28 => (1, 8),
        29 => (256, 56),
        34 => (256, 54),
        39 => (32, 17),
        _ => (1, 0),
    }
}

/// Architectures that llama.cpp loads and that cannot write.
fn is_encoder(architecture: &str) -> bool {
    architecture.contains("bert")
        || matches!(architecture, "t5encoder" | "clip" | "gemma-embedding")
}

const TYPE_U32: u32 = 4;
const TYPE_STRING: u32 = 8;
const TYPE_ARRAY: u32 = 9;

struct Reader {
    input: BufReader<File>,
    position: u64,
    length: u64,
}

impl Reader {
    /// The first bytes; consumes the magic only.
    fn start(&mut self) -> Result<Vec<u8>, Flaw> {
        use std::io::BufRead;
        let start = self.input.fill_buf().map_err(Flaw::Io)?;
        let start = start[..start.len().min(LFS_POINTER.len())].to_vec();
        if start.starts_with(MAGIC) {
            self.bytes::<4>()?;
        }
        Ok(start)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        let mut bytes = [0; N];
        self.claim(N as u64)?;
        self.input.read_exact(&mut bytes).map_err(Flaw::Io)?;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, Flaw> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn u64(&mut self) -> Result<u64, Flaw> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn string(&mut self) -> Result<Vec<u8>, Flaw> {
        let length = self.u64()?;
        if length > NAME_LIMIT {
            return Err(Flaw::Damaged("an endless name"));
        }
        self.claim(length)?;
        let mut text = vec![0; usize::try_from(length).unwrap_or(0)];
        self.input.read_exact(&mut text).map_err(Flaw::Io)?;
        Ok(text)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Flaw> {
        self.claim(bytes)?;
        let bytes = i64::try_from(bytes).map_err(|_too_large| Flaw::Truncated)?;
        self.input.seek_relative(bytes).map_err(Flaw::Io)
    }

    fn skip_value(&mut self, kind: u32) -> Result<(), Flaw> {
        match kind {
            TYPE_STRING => {
                let length = self.u64()?;
                self.skip(length)
            }
            TYPE_ARRAY => {
                let kind = self.u32()?;
                let count = self.u64()?;
                match scalar_bytes(kind) {
                    Some(bytes) => self.skip(count.saturating_mul(bytes)),
                    None if kind == TYPE_STRING => {
                        for _ in 0..count {
                            self.skip_value(TYPE_STRING)?;
                        }
                        Ok(())
                    }
                    None => Err(Flaw::Damaged("an array of an unknown type")),
                }
            }
            _ => match scalar_bytes(kind) {
                Some(bytes) => self.skip(bytes),
                None => Err(Flaw::Damaged("a value of an unknown type")),
            },
        }
    }

    /// Moves on, if the file has that much left.
    fn claim(&mut self, bytes: u64) -> Result<(), Flaw> {
        let position = self.position.saturating_add(bytes);
        if position > self.length {
            return Err(Flaw::Truncated);
        }
        self.position = position;
        Ok(())
    }
}

fn scalar_bytes(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}
