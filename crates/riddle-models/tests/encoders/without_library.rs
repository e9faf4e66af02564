//! What runs where ONNX Runtime is not installed, and what the rest says.

use riddle_core::ModelError;
use riddle_models::{
    Compute, CrossEncoder, EncoderEngine, Instructions, Layerwise, MeasuredEngines, Precision,
    Width,
};

use crate::setup::{data, reranker_spec};
use crate::tiny::check_on;

#[test]
fn models_that_our_own_engine_knows_embed_and_rerank() {
    for name in ["bert", "distilbert", "roberta", "xlm-roberta"] {
        check_on(&Compute::new(2), name);
    }
}

#[test]
fn a_cpu_without_avx2_needs_no_library_either() {
    let compute = Compute::new(2).with_instructions(Instructions::Portable);
    check_on(&compute, "bert");
    let cache = tempfile::tempdir().expect("a temporary folder");
    for (folder, weights) in [
        ("tiny/bert", "model.safetensors"),
        ("foreign-onnx/one-label", "model_quantized.onnx"),
    ] {
        let mut spec = reranker_spec(data().join(folder), cache.path(), Precision::Int8);
        spec.weights = weights.to_owned();
        let opened = CrossEncoder::open(&compute, &spec).expect("our own engine runs it");
        assert_eq!(opened.engine(), "native portable", "{folder}");
    }
}

/// Opens a small model and gives why it does not open.
fn refused(compute: &Compute, name: &str, precision: Precision) -> String {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let folder = data().join(name);
    let mut spec = reranker_spec(folder.clone(), cache.path(), precision);
    if folder.join("model.onnx").is_file() {
        spec.weights = "model.onnx".to_owned();
    }
    let error: ModelError = match name.ends_with("layerwise") {
        true => Layerwise::open(compute, &spec).err(),
        false => CrossEncoder::open(compute, &spec).err(),
    }
    .expect("it needs ONNX Runtime");
    assert!(std::fs::read_dir(cache.path()).is_ok_and(|mut files| files.next().is_none()));
    error.to_string()
}

#[test]
fn models_that_need_the_library_say_why_and_where_it_comes_from() {
    let compute = Compute::new(1);
    let elsewhere = compute.clone().with_engine(EncoderEngine::OnnxRuntime);
    for (compute, name, precision, reason) in [
        (&compute, "tiny/modernbert", Precision::Int8, "ModernBERT"),
        (&compute, "tiny/bert", Precision::Fp16, "fp16"),
        (
            &elsewhere,
            "foreign-onnx/one-label",
            Precision::Fp32,
            "an ONNX file",
        ),
        (
            &compute,
            "tiny/minicpm-layerwise",
            Precision::Int8,
            "layerwise",
        ),
        (
            &elsewhere,
            "tiny/bert",
            Precision::Int8,
            "`models.engine` is onnxruntime",
        ),
    ] {
        let told = refused(compute, name, precision);
        for part in [
            "a-cross-encoder",
            reason,
            "ONNX Runtime",
            "scripts/setup-runtime.sh",
        ] {
            assert!(told.contains(part), "{name}: {told}");
        }
    }
}

#[test]
fn there_is_no_choice_of_engines() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("engine.json");
    let measured = MeasuredEngines::find(&Compute::new(1), Precision::Int8, Width::Narrow, &file);
    assert_eq!(measured.expect("nothing can fail"), None);
    assert!(!file.exists());
}
