mod fuzz;

use std::path::{Path, PathBuf};

use super::*;
use crate::catalogue::Catalogue;

fn entry(name: &str) -> CatalogueEntry {
    Catalogue::load(None).unwrap().find(name).unwrap().clone()
}

/// What `check` says about these bytes as a file of a model.
fn verdict(model: &str, path: &str, content: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let on_disk = dir.path().join("file");
    std::fs::write(&on_disk, content).unwrap();
    match check(&Opening::default(), &entry(model), path, &on_disk) {
        Ok(()) => "fine".to_owned(),
        Err(problem) => problem.to_string(),
    }
}

/// A file of the repository, below `crates`.
fn committed(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[test]
fn files_broken_as_in_real_life_are_named_for_what_they_are() {
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 90405214\n",
        "5".repeat(64)
    );
    assert_eq!(
        verdict("bge-m3", "onnx/model.onnx", pointer.as_bytes()),
        "is a git-lfs pointer of 133 bytes, not the file itself; run `git lfs pull` in the clone it comes from and import again, or fetch it with `riddle models pull bge-m3`"
    );
    let header = br#"{"a":{"dtype":"F32","shape":[1000000],"data_offsets":[0,4000000]}}"#;
    let mut truncated = (header.len() as u64).to_le_bytes().to_vec();
    truncated.extend(header);
    truncated.resize(851_968, 0);
    assert_eq!(
        verdict("all-minilm-l6-v2", "model.safetensors", &truncated),
        "is truncated: its header declares 4000074 bytes, it has 851968; fetch it with `riddle models pull all-minilm-l6-v2`"
    );
}

#[test]
fn a_vocabulary_has_a_bound() {
    let longest = usize::try_from(LONGEST_VOCABULARY).unwrap();
    for (bytes, expected) in [
        (longest, "fine"),
        (
            longest + 1,
            "is larger than any vocabulary; fetch it with `riddle models pull bge-m3`",
        ),
    ] {
        let vocabulary = vec![b'a'; bytes];
        assert_eq!(verdict("bge-m3", "vocab.txt", &vocabulary), expected);
    }
}

#[test]
fn sound_files_are_fine() {
    let tiny = committed("riddle-models/tests/data/tiny/bert");
    let reranker = entry("ms-marco-minilm-l6-v2");
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        check(&Opening::default(), &reranker, file, &tiny.join(file)).unwrap();
    }
    let weights = "model.safetensors";
    check(
        &Opening::default(),
        &entry("all-minilm-l6-v2"),
        weights,
        &tiny.join(weights),
    )
    .unwrap();
}

#[test]
fn a_model_of_another_kind_is_refused() {
    let tiny = committed("riddle-llm/tests/data/tiny-qwen3.gguf");
    let mut llama = entry("qwen3-0.6b");
    llama.architecture = "llama".to_owned();
    let weights = llama.weights.clone();
    let message = check(&Opening::default(), &llama, &weights, &tiny)
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with("holds a model of architecture `qwen3` where `llama` is expected"),
        "{message}"
    );
    let qwen = entry("qwen3-0.6b");
    check(&Opening::default(), &qwen, &weights, &tiny).unwrap();

    let whole = std::fs::read(&tiny).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for (kept, expected) in [
        (whole.len() - 1, "its tensors need"),
        (whole.len() / 2, "its tensors need"),
        (1000, "within its header"),
        (10, "within its header"),
    ] {
        let cut = dir.path().join("cut.gguf");
        std::fs::write(&cut, &whole[..kept]).unwrap();
        let message = check(&Opening::default(), &qwen, &weights, &cut)
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{kept}: {message}");
    }
}

#[test]
fn stand_ins_are_recognised_in_any_file() {
    for (content, expected) in [
        (&b""[..], "is empty"),
        (b"\n <!DOCTYPE html><html>", "is a web page"),
        (b"\xEF\xBB\xBF<html>", "is a web page"),
        (b"<?xml version=\"1.0\"?><Error/>", "is a web page"),
        (
            b"{\"error\":\"Repository not found\"}",
            "error message of a server",
        ),
        (
            b"version https://git-lfs.github.com/spec/v1\noid",
            "git-lfs pointer",
        ),
        (
            b"\x10\x00\x00\x00\x00\x00\x00\x00{\"a\":1}",
            "is not a safetensors file",
        ),
        (b"PK\x03\x04", "is not a safetensors file"),
    ] {
        let message = verdict("all-minilm-l6-v2", "model.safetensors", content);
        assert!(message.contains(expected), "{expected}: {message}");
    }
    assert!(verdict("bge-m3", "onnx/model.onnx_data", b"<html>").contains("web page"));
}

#[test]
fn safetensors_must_be_as_long_as_declared() {
    let header = br#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let file = |data: &[u8]| {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.extend(data);
        bytes
    };
    let say = |data: &[u8]| verdict("all-minilm-l6-v2", "model.safetensors", &file(data));
    assert_eq!(say(&[0; 4]), "fine");
    assert!(say(&[0; 3]).contains("is truncated: its header declares 66 bytes, it has 65"));
    assert!(say(&[0; 5]).contains("has 67 bytes where its header declares 66"));
}

#[test]
fn tensors_follow_one_another() {
    let say = |first: &str, second: &str| {
        let tensor =
            |offsets: &str| format!(r#"{{"dtype":"U8","shape":[4],"data_offsets":[{offsets}]}}"#);
        let header = format!(r#"{{"a":{},"b":{}}}"#, tensor(first), tensor(second));
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.bytes());
        bytes.extend([0; 8]);
        verdict("all-minilm-l6-v2", "model.safetensors", &bytes)
    };
    assert_eq!(say("0,4", "4,8"), "fine");
    assert_eq!(say("4,8", "0,4"), "fine");
    for (second, expected) in [
        ("0,8", "tensor `b` begins at byte 0 and ends at 8"),
        ("2,8", "tensor `b` begins at byte 2"),
        ("5,8", "tensor `b` begins at byte 5"),
        ("4,3", "tensor `b` begins at byte 4 and ends at 3"),
    ] {
        let message = say("0,4", second);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn gguf_of_an_unknown_version_is_refused() {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend([0; 16]);
    let message = verdict("qwen3-4b", "Qwen3-4B-Q4_K_M.gguf", &bytes);
    assert!(message.contains("is GGUF of version 1"), "{message}");
    let message = verdict("qwen3-4b", "Qwen3-4B-Q4_K_M.gguf", b"GGML0000");
    assert!(message.contains("is not a GGUF file"), "{message}");
}

#[test]
fn onnx_is_walked_to_its_end() {
    // ir_version 8, producer_name "p", and a graph of three bytes.
    let whole = [0x08, 0x08, 0x12, 0x01, b'p', 0x3a, 0x03, 1, 2, 3];
    let say = |bytes: &[u8]| verdict("bge-m3", "onnx/model.onnx", bytes);
    assert_eq!(say(&whole), "fine");
    assert!(say(&whole[..9]).contains("is truncated: it goes on to byte 10 and has 9"));
    assert!(say(&whole[..5]).contains("is not an ONNX file"));
    assert!(say(b"not a protocol buffer").contains("is not an ONNX file"));
}

#[test]
fn config_must_describe_the_model_of_the_catalogue() {
    let embedder = |text: &str| verdict("all-minilm-l6-v2", "config.json", text.as_bytes());
    let reranker = |text: &str| verdict("ms-marco-minilm-l6-v2", "config.json", text.as_bytes());
    assert_eq!(
        embedder(r#"{"model_type":"bert","hidden_size":384}"#),
        "fine"
    );
    assert!(
        embedder(r#"{"model_type":"bert","hidden_size":768}"#)
            .starts_with("describes a model of dimension 768 where the catalogue says 384")
    );
    assert!(
        embedder(r#"{"model_type":"mpnet","hidden_size":384}"#).starts_with(
            "describes a model of architecture `mpnet` where the catalogue says `bert`"
        )
    );
    assert!(embedder("{\"model_type\":").starts_with("is not valid JSON"));
    assert!(
        reranker(r#"{"model_type":"bert","architectures":["BertModel"]}"#)
            .contains("without a classification head")
    );
    assert!(
        reranker(r#"{"model_type":"bert","id2label":{"0":"a","1":"b","2":"c"}}"#)
            .contains("of 3 labels")
    );
}

#[test]
fn a_tokenizer_must_hold_one() {
    let say = |text: &str| verdict("bge-m3", "tokenizer.json", text.as_bytes());
    assert_eq!(say(r#"{"model":{"type":"Unigram"}}"#), "fine");
    assert!(say("{}").contains("holds no tokenizer"));
    assert!(
        missing(&entry("bge-m3"), "tokenizer.json")
            .to_string()
            .contains("save the tokenizer in its fast form")
    );
}

#[test]
fn weights_in_several_files_have_an_index_that_lists_them() {
    let name = "bge-reranker-v2-minicpm-layerwise";
    let say = |content: &str| verdict(name, "model.safetensors.index.json", content.as_bytes());
    let shard = "model-00003-of-00003.safetensors";
    let index = format!(r#"{{"weight_map": {{"lm_head.0.linear_head.weight": "{shard}"}}}}"#);
    assert_eq!(say(&index), "fine");
    let other = say(&index.replace("3-of-00003", "4-of-00004"));
    assert!(other.contains("is not among the files"), "{other}");
    assert!(say("{}").contains("has no `weight_map`"));
    let broken = verdict(name, shard, &[7; 100]);
    assert!(broken.contains("is not a safetensors file"), "{broken}");
}
