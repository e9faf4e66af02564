//! Which engine is faster is measured once for a machine.

use riddle_models::{EncoderEngine, Instructions, MeasuredEngines, Precision, Width};

use crate::setup::{floats_are_ours, runtime};

#[test]
fn engines_are_measured_once_and_anew_when_something_has_changed() {
    let Some(runtime) = runtime(1) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("engine.json");
    let find = |precision, runtime| {
        MeasuredEngines::find(runtime, precision, Width::Narrow, &file).expect("both engines run")
    };
    let first = find(Precision::Int8, &runtime).expect("both engines run");
    eprintln!("{first:?}");
    let report = first.report();
    assert!(report.native_ms > 0.0 && report.onnxruntime_ms > 0.0);
    assert_eq!(report.used, first.fastest().as_str());
    assert!(report.reason.contains("faster") || report.reason.contains("times as fast"));
    let written = std::fs::read(&file).expect("it was remembered");
    assert_eq!(find(Precision::Int8, &runtime), Some(first.clone()));
    assert_eq!(std::fs::read(&file).expect("it is still there"), written);

    let wide = MeasuredEngines::find(&runtime, Precision::Int8, Width::Wide, &file);
    let wide = wide.expect("both engines run");
    assert_ne!(
        wide.as_ref(),
        Some(&first),
        "it is measured with another model"
    );

    let exact = find(Precision::Fp32, &runtime);
    assert_ne!(exact.as_ref(), Some(&first));
    assert_eq!(exact.is_some(), floats_are_ours());
    let less = runtime.clone().with_instructions(Instructions::Avx2);
    if Instructions::Avx2.is_available() {
        let other = find(Precision::Fp32, &less).expect("both engines run");
        let named = Instructions::Avx2.as_str();
        assert_eq!(other.report().instructions, named);
    }

    assert_eq!(
        find(Precision::Int8, &runtime),
        Some(first),
        "all are remembered"
    );
    std::fs::write(&file, "not what was written").expect("it can be written");
    assert!(find(Precision::Int8, &runtime).is_some());
    assert_ne!(
        std::fs::read(&file).expect("it was written again"),
        b"not what was written"
    );
}

#[test]
fn where_there_is_no_choice_nothing_is_measured() {
    let Some(runtime) = runtime(1) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("engine.json");
    let chosen = runtime.clone().with_engine(EncoderEngine::OnnxRuntime);
    for (precision, runtime) in [
        (Precision::Int8, &chosen),
        (Precision::Bf16, &runtime),
        (Precision::Fp16, &runtime),
    ] {
        let measured = MeasuredEngines::find(runtime, precision, Width::Narrow, &file);
        assert_eq!(measured.expect("nothing can fail"), None);
    }
    assert!(!file.exists());
}

#[test]
fn what_cannot_be_remembered_is_used_all_the_same() {
    let Some(runtime) = runtime(1) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let occupied = folder.path().join("models");
    std::fs::write(&occupied, "a file where a folder should be").expect("it can be written");
    let file = occupied.join("engine.json");
    let measured = MeasuredEngines::find(&runtime, Precision::Int8, Width::Narrow, &file);
    assert!(measured.is_ok(), "{measured:?}");
}
