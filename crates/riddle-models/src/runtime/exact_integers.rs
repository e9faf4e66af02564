//! Products of bytes are exact on every CPU, whoever has made the graph.

use std::sync::{Arc, Mutex};

use ort::logging::LogLevel;
use ort::value::TensorRef;
use riddle_convert::{Dimension, Element, GraphBuilder};

use super::OnnxRuntime;

const INPUTS: usize = 64;

/// A graph of one product of bytes.
fn graph_of(operator: &str) -> Vec<u8> {
    let mut graph = GraphBuilder::default();
    let row = [Dimension::Fixed(1), Dimension::Fixed(INPUTS)];
    graph.input("x", Element::Uint8, &row);
    let weight = graph.bytes("weight", &[INPUTS, 1], &[i8::MAX; INPUTS]);
    let product = match operator {
        "MatMulInteger" => graph.node("product", operator, &["x", &weight], &[]),
        _ => {
            let one = graph.floats("one", &[], &[1.0]);
            graph.fused("product", operator, &["x", &weight, &one, &one], &[])
        }
    };
    graph.result("y", &product, &[Dimension::Fixed(1), Dimension::Fixed(1)]);
    let mut file = Vec::new();
    graph
        .write("a test of products", &[], &mut file)
        .expect("memory takes everything");
    file
}

/// What a graph gives for the largest bytes beside the largest signed weights. Sums of 16 bits overflow with two of
/// them.
fn product(operator: &str, runtime: &OnnxRuntime) -> f32 {
    let file = graph_of(operator);
    let builder = runtime.builder(1).expect("a session");
    let mut session = { builder }.commit_from_memory(&file).expect("it loads");
    let bytes = [u8::MAX; INPUTS];
    let x = TensorRef::from_array_view(([1, INPUTS], &bytes[..])).expect("as large as it says");
    let outputs = session.run(ort::inputs!["x" => x]).expect("it runs");
    let (_, values) = outputs[0].try_extract_tensor::<f32>().expect("floats");
    values[0]
}

#[test]
fn the_largest_weights_with_sign_do_not_overflow() {
    let Some(file) = riddle_test_support::onnxruntime() else {
        return;
    };
    let runtime = OnnxRuntime::load(&file).expect("it loads");
    for operator in ["MatMulInteger", "MatMulIntegerToFloat"] {
        let expected = (INPUTS * 255 * 127) as f32;
        assert_eq!(product(operator, &runtime), expected, "{operator}");
    }
}

/// CPUs with VNNI are exact without it, so that the numbers alone do not show on them whether it is asked for.
#[test]
fn every_session_asks_for_exact_products() {
    let Some(file) = riddle_test_support::onnxruntime() else {
        return;
    };
    let runtime = OnnxRuntime::load(&file).expect("it loads");
    let said = Arc::<Mutex<String>>::default();
    let told = Arc::clone(&said);
    let builder = runtime.builder(1).expect("a session");
    let tell = move |_: LogLevel, _: &str, _: &str, _: &str, message: &str| {
        told.lock().expect("no panic").push_str(message);
    };
    let builder = builder.with_logger(Arc::new(tell)).expect("it logs");
    let mut builder = builder.with_log_level(LogLevel::Info).expect("it logs");
    let graph = graph_of("MatMulInteger");
    builder.commit_from_memory(&graph).expect("it loads");
    // The library tells the options of a session at its start.
    let said = said.lock().expect("no panic");
    assert!(said.contains("session.x64quantprecision: 1"), "{said}");
}
