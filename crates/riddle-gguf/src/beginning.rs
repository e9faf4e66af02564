use std::io::{BufRead, Seek};

use crate::reader::{Reader, TYPE_STRING, TYPE_U32};
use crate::{HeaderError, counts};

/// Bytes of a number of the cache.
const CACHED_BYTES: u64 = 2;

/// What stands at the beginning of a GGUF file, before its words.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Beginning {
    /// The model's architecture, such as `qwen3`.
    pub architecture: Option<String>,
    /// The licence of its weights.
    pub licence: Option<String>,
    /// Tokens that it was trained for.
    pub context_length: Option<u64>,
    /// Layers.
    pub block_count: Option<u64>,
    /// Length of a token's vector.
    pub embedding_length: Option<u64>,
    /// Heads of attention.
    pub head_count: Option<u64>,
    /// Heads that have keys and values of their own; as many as there are heads where nothing is said.
    pub head_count_kv: Option<u64>,
    /// Length of a key, and of a value.
    pub key_length: Option<u64>,
}

impl Beginning {
    /// Bytes that keys and values of a token take in 16 bits; `None` where the sizes are not told.
    pub fn cache_bytes_per_token(&self) -> Option<u64> {
        let (layers, heads) = (self.block_count?, self.head_count?);
        let length = self
            .key_length
            .or_else(|| self.embedding_length?.checked_div(heads))?;
        let numbers = layers
            .checked_mul(self.head_count_kv.unwrap_or(heads))?
            .checked_mul(length)?
            .checked_mul(2)?;
        numbers.checked_mul(CACHED_BYTES).filter(|bytes| *bytes > 0)
    }

    /// Where a number of this name belongs.
    fn number(&mut self, key: &[u8]) -> Option<&mut Option<u64>> {
        let key = std::str::from_utf8(key).ok()?;
        let (_, name) = key.split_once('.')?;
        match name {
            "context_length" => Some(&mut self.context_length),
            "block_count" => Some(&mut self.block_count),
            "embedding_length" => Some(&mut self.embedding_length),
            "attention.head_count" => Some(&mut self.head_count),
            "attention.head_count_kv" => Some(&mut self.head_count_kv),
            "attention.key_length" => Some(&mut self.key_length),
            _ => None,
        }
    }
}

/// Reads what the first `length` bytes of a file say; the rest need not be there.
///
/// # Errors
/// It is no GGUF file, damaged, or cannot be read.
pub fn read_beginning(input: impl BufRead + Seek, length: u64) -> Result<Beginning, HeaderError> {
    let mut reader = Reader::new(input, length);
    let (_, entries) = counts(&mut reader)?;
    let mut beginning = Beginning::default();
    for _ in 0..entries {
        match read_entry(&mut reader, &mut beginning) {
            Ok(()) => {}
            Err(HeaderError::Truncated) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(beginning)
}

fn read_entry(
    reader: &mut Reader<impl BufRead + Seek>,
    beginning: &mut Beginning,
) -> Result<(), HeaderError> {
    let key = reader.string()?;
    let kind = reader.u32()?;
    match (&*key, kind) {
        (b"general.architecture", TYPE_STRING) => beginning.architecture = Some(text(reader)?),
        (b"general.license", TYPE_STRING) => beginning.licence = Some(text(reader)?),
        (key, TYPE_U32) => {
            let value = u64::from(reader.u32()?);
            if let Some(place) = beginning.number(key) {
                *place = Some(value);
            }
        }
        _ => reader.skip_value(kind)?,
    }
    Ok(())
}

fn text(reader: &mut Reader<impl BufRead + Seek>) -> Result<String, HeaderError> {
    let bytes = reader.string()?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn entry(bytes: &mut Vec<u8>, key: &str, kind: u32, value: &[u8]) {
        bytes.extend((key.len() as u64).to_le_bytes());
        bytes.extend(key.as_bytes());
        bytes.extend(kind.to_le_bytes());
        if kind == TYPE_STRING {
            bytes.extend((value.len() as u64).to_le_bytes());
        }
        bytes.extend(value);
    }

    /// A file that ends within its entries.
    fn file(numbers: &[(&str, u32)]) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend(1_u64.to_le_bytes());
        bytes.extend(40_u64.to_le_bytes());
        entry(&mut bytes, "general.architecture", TYPE_STRING, b"qwen2");
        entry(&mut bytes, "general.license", TYPE_STRING, b"apache-2.0");
        for (key, value) in numbers {
            entry(&mut bytes, key, TYPE_U32, &value.to_le_bytes());
        }
        bytes
    }

    fn read(numbers: &[(&str, u32)]) -> Beginning {
        let bytes = file(numbers);
        read_beginning(Cursor::new(&bytes), bytes.len() as u64).expect("it is sound")
    }

    #[test]
    fn the_cache_has_a_key_and_a_value_for_each_head_and_layer() {
        // Qwen1.5-4B: as many keys and values as heads.
        let sizes = [
            ("qwen2.context_length", 32_768),
            ("qwen2.block_count", 40),
            ("qwen2.embedding_length", 2_560),
            ("qwen2.attention.head_count", 20),
        ];
        let whole = read(&sizes);
        assert_eq!(whole.architecture.as_deref(), Some("qwen2"));
        assert_eq!(whole.licence.as_deref(), Some("apache-2.0"));
        assert_eq!(whole.context_length, Some(32_768));
        assert_eq!(whole.cache_bytes_per_token(), Some(40 * 2_560 * 2 * 2));
        // Qwen3-4B: eight heads of keys and values, longer than its vectors divided by its heads.
        let shared = read(&[
            ("qwen3.block_count", 36),
            ("qwen3.embedding_length", 2_560),
            ("qwen3.attention.head_count", 32),
            ("qwen3.attention.head_count_kv", 8),
            ("qwen3.attention.key_length", 128),
        ]);
        assert_eq!(shared.cache_bytes_per_token(), Some(36 * 8 * 128 * 2 * 2));
    }

    #[test]
    fn sizes_that_are_missing_or_absurd_give_no_cache() {
        assert_eq!(read(&[]).cache_bytes_per_token(), None);
        let no_heads = [
            ("a.block_count", 1),
            ("a.embedding_length", 8),
            ("a.attention.head_count", 0),
        ];
        assert_eq!(read(&no_heads).cache_bytes_per_token(), None);
        let absurd = [
            ("a.block_count", u32::MAX),
            ("a.attention.head_count", u32::MAX),
            ("a.attention.key_length", u32::MAX),
        ];
        assert_eq!(read(&absurd).cache_bytes_per_token(), None);
    }
}
