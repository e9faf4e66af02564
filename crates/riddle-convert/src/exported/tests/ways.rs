//! The same encoder, written in other ways.

use super::*;
use crate::onnx::proto::Attribute;

/// Older operator sets have no `LayerNormalization`.
fn spread_norm(graph: &mut Graph, name: &str) {
    let whole = node(graph, name).clone();
    let [input, weight, bias] = [0, 1, 2].map(|place| &*whole.inputs[place]);
    let named = |part: &str| format!("{name}.{part}");
    for (part, value) in [("two", 2.0), ("epsilon", 1e-12)] {
        graph
            .initializers
            .push(number_constant(&named(part), value));
    }
    let mean = |from: &str, to: &str| Node {
        attributes: vec![Attribute {
            name: Some("axes".to_owned()),
            ints: vec![-1],
            ..Attribute::default()
        }],
        ..new_node("ReduceMean", &[from], to)
    };
    let nodes = vec![
        mean(input, &named("mean")),
        new_node("Sub", &[input, &named("mean")], &named("centred")),
        new_node(
            "Pow",
            &[&named("centred"), &named("two")],
            &named("squares"),
        ),
        mean(&named("squares"), &named("variance")),
        new_node(
            "Add",
            &[&named("variance"), &named("epsilon")],
            &named("safe"),
        ),
        new_node("Sqrt", &[&named("safe")], &named("deviation")),
        new_node(
            "Div",
            &[&named("centred"), &named("deviation")],
            &named("even"),
        ),
        new_node("Mul", &[&named("even"), weight], &named("weighed")),
        new_node("Add", &[bias, &named("weighed")], &whole.outputs[0]),
    ];
    replace(graph, name, nodes);
}

/// Queries and keys are each multiplied by the fourth root of what scores are divided by.
fn scale_both(graph: &mut Graph) {
    let root = 8.0_f32.sqrt().sqrt().recip();
    graph.initializers.push(number_constant("root", root));
    let [queries, keys] = ["Transpose", "Transpose_2"]
        .map(|turned| format!("{LAYER}/attention/self/{turned}_output_0"));
    let name = format!("{LAYER}/attention/self/MatMul");
    let product = format!("{name}_output_0");
    let nodes = vec![
        new_node("Mul", &[&queries, "root"], "small.queries"),
        new_node("Mul", &["root", &keys], "small.keys"),
        new_node("MatMul", &["small.queries", "small.keys"], &product),
    ];
    replace(graph, &name, nodes);
    let sum = node(graph, &format!("{LAYER}/attention/self/Add"));
    sum.inputs[0] = product;
}

/// Scores are hidden by a choice rather than a sum, and queries are divided, as DistilBERT has it.
fn hide_by_choice(graph: &mut Graph) {
    graph.initializers.push(number_constant("least", f32::MIN));
    graph.initializers.push(number_constant("nought", 0.0));
    let queries = format!("{LAYER}/attention/self/Transpose_output_0");
    let divisor = format!("{LAYER}/attention/self/Constant_10_output_0");
    let name = format!("{LAYER}/attention/self/MatMul");
    let keys = format!("{LAYER}/attention/self/Transpose_2_output_0");
    let place_of_divisor = place(graph, &format!("{LAYER}/attention/self/Constant_10"));
    let divisor_node = graph.nodes.remove(place_of_divisor);
    let product = format!("{name}_output_0");
    let nodes = vec![
        divisor_node,
        new_node("Div", &[&queries, &divisor], "divided.queries"),
        new_node("MatMul", &["divided.queries", &keys], &product),
        new_node("Shape", &[&product], "scores.shape"),
        new_node("Equal", &["/model/bert/Cast_output_0", "nought"], "padding"),
        new_node("Expand", &["padding", "scores.shape"], "hidden.scores"),
        new_node("Where", &["hidden.scores", "least", &product], "seen"),
    ];
    replace(graph, &name, nodes);
    let softmax = node(graph, &format!("{LAYER}/attention/self/Softmax"));
    softmax.inputs[0] = "seen".to_owned();
}

#[test]
fn other_ways_to_write_the_same_are_understood() {
    let (sound, _) = export("one-label/model.onnx");
    let plain = read(sound.clone()).expect("it is a known encoder");
    let ways: [Change; 4] = [
        ("normalizations spread over operators", |graph| {
            let norms = ["attention/output", "output"].map(|part| format!("{LAYER}/{part}"));
            for norm in norms
                .into_iter()
                .chain(["/model/bert/embeddings".to_owned()])
            {
                spread_norm(graph, &format!("{norm}/LayerNorm/LayerNormalization"));
            }
        }),
        ("queries and keys scaled before their product", scale_both),
        ("scores hidden by a choice", hide_by_choice),
        ("GELU as one operator", |graph| {
            let last = format!("{LAYER}/intermediate/intermediate_act_fn/Mul_1");
            let input = format!("{LAYER}/intermediate/dense/Add_output_0");
            let output = format!("{last}_output_0");
            replace(graph, &last, vec![new_node("Gelu", &[&input], &output)]);
        }),
    ];
    for (what, change) in ways {
        let mut graph = sound.clone();
        change(&mut graph);
        let read = read(graph).unwrap_or_else(|problem| panic!("{what}: {problem}"));
        assert_eq!(read.config(), plain.config(), "{what}");
        assert_eq!(all_weights(&read), all_weights(&plain), "{what}");
    }
}
