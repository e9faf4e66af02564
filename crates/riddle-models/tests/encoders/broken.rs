use std::path::PathBuf;

use riddle_core::ModelError;
use riddle_models::{
    BatchShape, Compute, Conversion, CrossEncoder, Head, OnnxRuntime, OnnxRuntimeError,
    PoolingKind, Precision, TextEmbedder, convert, ensure_converted,
};

use crate::setup::{data, minilm_spec, reranker_spec, runtime};

/// A copy of the tiny BERT that a test may damage.
struct Model {
    folder: tempfile::TempDir,
}

#[test]
fn an_architecture_that_is_not_supported_is_named() {
    let model = Model::new();
    model.configure("model_type", "\"deberta-v2\"");
    assert_eq!(
        model.convert(Head::HiddenStates),
        "model `tiny`, file `config.json`: describes an architecture `deberta-v2`; use a model of the architectures bert, distilbert, roberta, xlm-roberta and modernbert, or one that comes as .onnx file"
    );
}

#[test]
fn sizes_that_contradict_the_weights_are_told_with_the_tensor() {
    let model = Model::new();
    model.configure("intermediate_size", "64");
    let message = model.convert(Head::HiddenStates);
    assert!(message.contains("file `model.safetensors`: has the shape [48, 32] for `bert.encoder.layer.0.intermediate.dense.weight` where config.json asks for [64, 32]"), "{message}");
    model.configure("num_hidden_layers", "3");
    model.configure("intermediate_size", "48");
    let message = model.convert(Head::HiddenStates);
    assert!(
        message.contains("holds no tensor `bert.encoder.layer.2."),
        "{message}"
    );
    model.configure("num_attention_heads", "5");
    let message = model.convert(Head::HiddenStates);
    assert!(message.contains("5 attention heads"), "{message}");
}

#[test]
fn a_classifier_of_several_labels_is_no_reranker() {
    let model = Model::new();
    model.configure("id2label", r#"{"0": "no", "1": "yes", "2": "maybe"}"#);
    let message = model.convert(Head::Classifier);
    assert!(message.contains("3 labels"), "{message}");
}

#[test]
fn missing_and_damaged_files_are_told() {
    let model = Model::new();
    let weights = model.path("model.safetensors");
    let whole = std::fs::read(&weights).expect("it is there");
    let mut messages = Vec::new();
    let damages: [&[u8]; 4] = [
        &whole[..whole.len() / 2],
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        b"",
        b"<!DOCTYPE html><html><body>not found</body></html>",
    ];
    for damage in damages {
        std::fs::write(&weights, damage).expect("written");
        messages.push(model.convert(Head::HiddenStates));
    }
    std::fs::remove_file(&weights).expect("removed");
    messages.push(model.convert(Head::HiddenStates));
    std::fs::write(model.path("config.json"), "{").expect("written");
    messages.push(model.convert(Head::HiddenStates));
    let expected = [
        "is cut off",
        "is a Git LFS pointer",
        "is too short",
        "is no safetensors file",
        "is missing",
        "`config.json`: cannot be understood",
    ];
    for (message, expected) in messages.iter().zip(expected) {
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("riddle models pull tiny"), "{message}");
    }
}

/// As a file does that was put together by hand: each tensor is whole, and two are the same bytes.
#[test]
fn tensors_that_lie_over_one_another_are_told() {
    const TWICE: &str = "bert.embeddings.LayerNorm.weight";
    let model = Model::new();
    let weights = model.path("model.safetensors");
    let whole = std::fs::read(&weights).expect("it is there");
    let (length, rest) = whole.split_at(8);
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes")) as usize;
    let (header, tensors) = rest.split_at(length);
    let mut header: serde_json::Value = serde_json::from_slice(header).expect("it is JSON");
    header[TWICE]["data_offsets"] =
        header["bert.embeddings.LayerNorm.bias"]["data_offsets"].clone();
    let header = header.to_string();
    let length = (header.len() as u64).to_le_bytes();
    std::fs::write(&weights, [&length[..], header.as_bytes(), tensors].concat()).expect("written");
    let message = model.convert(Head::HiddenStates);
    assert!(message.contains("where another tensor lies"), "{message}");
    assert!(message.contains("bert.embeddings.LayerNorm"), "{message}");
}

/// It loads, and texts would become vectors of other words.
#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let Some(runtime) = runtime(1) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (model, file) in [
        ("xlm-roberta", "config.json"),
        ("xlm-roberta", "model.safetensors"),
        ("bert", "tokenizer.json"),
    ] {
        let from = data().join("tiny").join(model).join(file);
        std::fs::copy(from, folder.path().join(file)).expect("copied");
    }
    let path = folder.path().to_owned();
    let mut embedder = minilm_spec(path.clone(), &path, Precision::Fp32);
    embedder.dimensions = 32;
    embedder.pooling = PoolingKind::Mean.into();
    let reranker = reranker_spec(path.clone(), &path, Precision::Fp32);
    let errors = [
        TextEmbedder::load(&runtime, &embedder).err(),
        CrossEncoder::open(&runtime, &reranker).err(),
    ];
    for error in errors {
        let message = error.expect("it is another model's").to_string();
        assert!(
            message.contains(
                "`tokenizer.json`: has the token 596 where config.json describes a vocabulary of 400"
            ),
            "{message}"
        );
        assert!(
            message.contains("published with these weights"),
            "{message}"
        );
    }
}

#[test]
fn a_conversion_is_done_once_and_shared_by_content() {
    let model = Model::new();
    let cache = tempfile::tempdir().expect("a temporary folder");
    let conversion = conversion(Head::HiddenStates);
    let ensure = |model: &Model| {
        ensure_converted(
            model.folder.path(),
            "model.safetensors",
            cache.path(),
            &conversion,
        )
        .expect("it converts")
    };
    let first = ensure(&model);
    let modified = std::fs::metadata(&first.path)
        .expect("it exists")
        .modified()
        .expect("a time");
    let copy = Model::new();
    assert_eq!(ensure(&copy), first);
    assert_eq!(ensure(&model), first);
    let again = std::fs::metadata(&first.path)
        .expect("it exists")
        .modified()
        .expect("a time");
    assert_eq!(modified, again, "it was written once");
    copy.configure("layer_norm_eps", "0.5");
    assert_ne!(ensure(&copy).path, first.path);
}

#[test]
fn another_library_than_the_loaded_one_is_refused() {
    let Some(path) = riddle_test_support::onnxruntime() else {
        return;
    };
    let runtime = OnnxRuntime::load(&path).expect("it loads");
    assert_eq!(Compute::new(0).threads(), 1);
    assert!(runtime.version().starts_with("1."), "{}", runtime.version());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("libonnxruntime.so");
    std::fs::copy(&path, &copy).expect("copied");
    assert_eq!(
        OnnxRuntime::load(&copy).expect_err("one per process"),
        OnnxRuntimeError::AnotherLoaded
    );
    assert!(OnnxRuntime::load(&path).is_ok());
}

impl Model {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = data().join("tiny/bert");
        for file in ["config.json", "model.safetensors"] {
            std::fs::copy(source.join(file), folder.path().join(file)).expect("copied");
        }
        Self { folder }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn configure(&self, key: &str, value: &str) {
        let path = self.path("config.json");
        let json = std::fs::read(&path).expect("it is there");
        let mut config: serde_json::Value = serde_json::from_slice(&json).expect("it is JSON");
        config[key] = serde_json::from_str(value).expect("it is JSON");
        std::fs::write(&path, config.to_string()).expect("written");
    }

    /// The message with which the conversion fails.
    fn convert(&self, head: Head) -> String {
        let output = self.path("model.onnx");
        let result = convert(
            self.folder.path(),
            "model.safetensors",
            &conversion(head),
            &output,
        );
        assert!(!output.exists(), "a failed conversion leaves no file");
        let error: ModelError = result.expect_err("it is damaged");
        let message = error.to_string();
        assert!(!message.contains(&*self.folder.path().to_string_lossy()));
        message
    }
}

fn conversion(head: Head) -> Conversion {
    Conversion {
        model: "tiny".to_owned(),
        head,
        precision: Precision::Fp32,
        batches: BatchShape::OneLength,
    }
}
