//! Model files as they are found in real life.

use std::path::Path;

use riddle_core::{ChatError, ChatModel};
use riddle_llm::{LlamaCpp, LlamaLoadError, LlamaOptions};

use super::models::{tiny, tiny_options, tiny_path};

fn load(path: &Path) -> LlamaLoadError {
    #[expect(clippy::unwrap_used, reason = "that it fails is the test")]
    let error = LlamaCpp::load(&LlamaOptions::new(path, "broken")).unwrap_err();
    let text = error.to_string();
    assert!(!text.contains('/') || text.contains("Git LFS"), "{text}");
    error
}

/// Loads a file that `change` made of the tiny model.
fn load_changed(change: impl FnOnce(&mut Vec<u8>)) -> anyhow::Result<LlamaLoadError> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("model.gguf");
    let mut bytes = std::fs::read(tiny_path())?;
    change(&mut bytes);
    std::fs::write(&path, bytes)?;
    Ok(load(&path))
}

fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    let mut at = 0;
    while at + old.len() <= bytes.len() {
        if bytes[at..].starts_with(old) {
            bytes[at..at + old.len()].copy_from_slice(new);
        }
        at += 1;
    }
}

#[test]
fn a_model_says_what_it_is() -> anyhow::Result<()> {
    let model = tiny()?;
    let info = model.info();
    assert_eq!(
        (
            info.name.as_str(),
            info.engine.as_str(),
            info.device.as_str()
        ),
        ("tiny-qwen3", "llama.cpp", "cpu")
    );
    assert_eq!(info.context_tokens, 8192);
    let mut options = tiny_options();
    options.context_tokens = 1_000_000;
    assert_eq!(LlamaCpp::load(&options)?.info().context_tokens, 32_768);
    Ok(())
}

#[test]
fn a_missing_file_is_named() {
    let error = load(Path::new("/nowhere/qwen.gguf"));
    assert!(matches!(error, LlamaLoadError::Missing { .. }), "{error}");
    let error = ChatError::from(error).to_string();
    assert!(
        error.contains("qwen.gguf") && error.contains("pull"),
        "{error}"
    );
}

#[test]
fn files_of_another_kind_are_told_apart() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let pointer = folder.path().join("pointer.gguf");
    std::fs::write(
        &pointer,
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n",
    )?;
    assert!(matches!(load(&pointer), LlamaLoadError::LfsPointer { .. }));
    for content in ["", "<!DOCTYPE html>", "GGU"] {
        let other = folder.path().join("other.gguf");
        std::fs::write(&other, content)?;
        assert!(matches!(load(&other), LlamaLoadError::NotGguf { .. }));
    }
    assert!(matches!(
        load(folder.path()),
        LlamaLoadError::NotGguf { .. }
    ));
    Ok(())
}

#[test]
fn a_file_cut_anywhere_is_truncated() -> anyhow::Result<()> {
    let whole = std::fs::metadata(tiny_path())?.len() as usize;
    for length in [5, 20, 300, 5000, whole / 2, whole - 1000, whole - 33] {
        let error = load_changed(|bytes| bytes.truncate(length))?;
        assert!(
            matches!(error, LlamaLoadError::Truncated { .. }),
            "{length}: {error}"
        );
    }
    Ok(())
}

#[test]
fn senseless_headers_are_damage() -> anyhow::Result<()> {
    let error = load_changed(|bytes| bytes[4..8].copy_from_slice(&[0, 0, 0, 3]))?;
    assert!(matches!(error, LlamaLoadError::Damaged { .. }), "{error}");
    let error = load_changed(|bytes| bytes[24..32].copy_from_slice(&[0xFF; 8]))?;
    assert!(matches!(error, LlamaLoadError::Damaged { .. }), "{error}");
    Ok(())
}

#[test]
fn models_that_cannot_chat_are_refused_by_name() -> anyhow::Result<()> {
    for name in [b"qwerx", b"xbert"] {
        let error = load_changed(|bytes| replace(bytes, b"qwen3", name))?;
        assert!(
            matches!(error, LlamaLoadError::UnsupportedArchitecture { .. }),
            "{error}"
        );
    }
    let error = load_changed(|bytes| replace(bytes, b"attn_q_norm", b"attn_q_mron"))?;
    assert!(matches!(error, LlamaLoadError::Refused { .. }), "{error}");
    Ok(())
}

#[test]
fn files_of_other_kinds_are_refused() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for (name, content) in [
        (
            "pointer.gguf",
            &b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"[..],
        ),
        ("model.safetensors", b"\x02\0\0\0\0\0\0\0{}"),
        (
            "page.gguf",
            b"<!DOCTYPE html><html><body>not found</body></html>",
        ),
        ("empty.gguf", b""),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, content)?;
        load(&path);
    }
    Ok(())
}
