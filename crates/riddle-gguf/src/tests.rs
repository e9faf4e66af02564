use std::io::Cursor;

use proptest::prelude::*;

use super::*;

/// A file that names its architecture and an array of words, with tensors of (type, elements, offset).
fn file(tensors: &[(u32, u64, u64)]) -> Vec<u8> {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(3_u32.to_le_bytes());
    bytes.extend((tensors.len() as u64).to_le_bytes());
    bytes.extend(2_u64.to_le_bytes());
    text(&mut bytes, "general.architecture");
    bytes.extend(TYPE_STRING.to_le_bytes());
    text(&mut bytes, "qwen3");
    text(&mut bytes, "tokenizer.ggml.tokens");
    bytes.extend(9_u32.to_le_bytes());
    bytes.extend(TYPE_STRING.to_le_bytes());
    bytes.extend(2_u64.to_le_bytes());
    text(&mut bytes, "a");
    text(&mut bytes, "b");
    for (kind, elements, offset) in tensors {
        text(&mut bytes, "t");
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(elements.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
    }
    bytes
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

fn read(bytes: &[u8]) -> Result<Header, HeaderError> {
    read_header(Cursor::new(bytes), bytes.len() as u64)
}

#[test]
fn the_end_is_that_of_the_last_tensor_of_any_type() {
    // (type, elements, bytes): one of each size of block, IQ and TQ types and MXFP4 among them.
    for (kind, elements, bytes) in [
        (0, 10, 40),
        (1, 10, 20),
        (8, 64, 68),
        (12, 512, 288),
        (19, 256, 50),
        (20, 64, 36),
        (23, 256, 136),
        (34, 256, 54),
        (39, 64, 34),
    ] {
        let header_bytes = file(&[(kind, elements, 64), (0, 1, 0)]);
        let header = read(&header_bytes).expect("is sound");
        assert_eq!(header.architecture.as_deref(), Some("qwen3"));
        let start = (header_bytes.len() as u64).next_multiple_of(32);
        assert_eq!(header.end, start + 64 + bytes, "type {kind}");
    }
}

#[test]
fn every_cut_within_the_header_is_noticed() {
    let whole = file(&[(0, 1, 0)]);
    for length in 4..whole.len() {
        let error = read(&whole[..length]).expect_err("is cut");
        assert!(matches!(error, HeaderError::Truncated), "{length}: {error}");
    }
}

#[test]
fn other_files_are_told_apart() {
    assert!(matches!(read(b""), Err(HeaderError::NotGguf)));
    assert!(matches!(read(b"GGML0000"), Err(HeaderError::NotGguf)));
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n";
    assert!(matches!(read(pointer), Err(HeaderError::LfsPointer)));
    let mut later = file(&[]);
    later[4] = 9;
    assert!(matches!(read(&later), Err(HeaderError::UnknownVersion(9))));
}

#[test]
fn what_no_sound_file_says_is_refused_before_it_is_believed() {
    let huge = u64::MAX.to_le_bytes();
    // Counts of tensors and of entries, and the length of the first name.
    for (place, says) in [(8, "tensors"), (16, "entries"), (24, "name")] {
        let mut bytes = file(&[(0, 1, 0)]);
        bytes[place..place + 8].copy_from_slice(&huge);
        let error = read(&bytes).expect_err("is damaged");
        assert!(error.to_string().contains(says), "{error}");
    }
    let overflowing = file(&[(0, u64::MAX, u64::MAX)]);
    assert_eq!(read(&overflowing).expect("adds up").end, u64::MAX);
}

#[test]
fn only_what_writes_word_by_word_is_a_language_model() {
    for name in ["llama", "qwen2", "qwen3", "gemma3", "gpt-oss", "phi3"] {
        assert!(runs_as_language_model(name), "{name}");
    }
    for name in [
        "flux",
        "whisper",
        "clip",
        "bert",
        "neo-bert",
        "eurobert",
        "jina-bert-v3",
        "gemma-embedding",
        "llama-embed",
        "t5encoder",
        "wavtokenizer-dec",
        "",
    ] {
        assert!(!runs_as_language_model(name), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fuzz_damage_anywhere_is_an_error_or_harmless(
        tensors in prop::collection::vec((0_u32..50, any::<u64>(), any::<u64>()), 0..4),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = file(&tensors);
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let _ = read(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _ = read(&bytes);
    }

    #[test]
    fn fuzz_bytes_behind_the_magic_number_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = read(&[b"GGUF\x03\0\0\0", &*bytes].concat());
    }
}
