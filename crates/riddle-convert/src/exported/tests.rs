use std::path::{Path, PathBuf};

use proptest::prelude::*;
use prost::bytes::Bytes;
use riddle_checkpoint::{Activation, GivenTensors};

use super::*;
use crate::onnx::proto::{Attribute, Node, Tensor};

const LOGITS: [&str; 1] = ["logits"];
const LAYER: &str = "/model/bert/encoder/layer.0";
const EMBEDDED: &str = "/model/bert/embeddings/Add_1_output_0";

fn exports() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../riddle-models/tests/data/foreign-onnx")
}

fn export(name: &str) -> (Graph, i64) {
    file::read(&exports().join(name)).expect("it is committed")
}

fn read(graph: Graph) -> Result<ExportedEncoder, String> {
    ExportedEncoder::in_graph(graph, 17, &LOGITS, Head::Classifier)
}

fn place(graph: &Graph, name: &str) -> usize {
    let named = |node: &Node| node.name.as_deref() == Some(name);
    graph
        .nodes
        .iter()
        .position(named)
        .expect("it has this node")
}

fn node<'g>(graph: &'g mut Graph, name: &str) -> &'g mut Node {
    let place = place(graph, name);
    &mut graph.nodes[place]
}

fn new_node(operator: &str, inputs: &[&str], output: &str) -> Node {
    Node {
        operator: Some(operator.to_owned()),
        inputs: inputs.iter().map(|name| (*name).to_owned()).collect(),
        outputs: vec![output.to_owned()],
        ..Node::default()
    }
}

fn number_constant(name: &str, value: f32) -> Tensor {
    Tensor {
        name: Some(name.to_owned()),
        data_type: Some(1),
        float_data: vec![value],
        ..Tensor::default()
    }
}

fn set_constant(graph: &mut Graph, name: &str, value: f32) {
    let constant = &mut node(graph, name).attributes[0];
    constant.tensor = Some(number_constant("", value));
}

/// Replaces a node by others, the last of which makes what it made.
fn replace(graph: &mut Graph, name: &str, nodes: Vec<Node>) {
    let place = place(graph, name);
    graph.nodes.splice(place..=place, nodes);
}

fn all_weights(read: &ExportedEncoder) -> Vec<(String, Vec<f32>)> {
    let names = ["query", "key", "value"].map(|part| format!("attention.self.{part}"));
    let rest = [
        "attention.output.dense",
        "intermediate.dense",
        "output.dense",
    ];
    let names = names.into_iter().chain(rest.map(str::to_owned));
    let mut all: Vec<String> = names
        .flat_map(|part| ["weight", "bias"].map(|kind| format!("encoder.layer.0.{part}.{kind}")))
        .collect();
    all.extend(
        ["word", "position", "token_type"].map(|t| format!("embeddings.{t}_embeddings.weight")),
    );
    all.extend(["pooler.dense.weight", "classifier.weight"].map(str::to_owned));
    all.into_iter()
        .map(|name| {
            let values = read.tensors.read(&name).expect("it is there");
            (name, values)
        })
        .collect()
}

#[test]
fn sizes_come_from_the_graph() {
    for (name, family_positions) in [("one-label", (40, 0, 2, 1)), ("two-labels", (42, 2, 1, 2))] {
        for file in ["model.onnx", "model_fp16.onnx", "model_quantized.onnx"] {
            let (graph, _) = export(&format!("{name}/{file}"));
            let read = read(graph).expect("it is a known encoder");
            let config = read.config();
            let sizes = [
                config.hidden,
                config.intermediate,
                config.layers,
                config.heads,
            ];
            assert_eq!(sizes, [16, 16, 1, 2], "{name}/{file}");
            let (positions, first, types, labels) = family_positions;
            assert_eq!(
                (config.positions, config.first_position),
                (positions, first)
            );
            assert_eq!((config.types, config.labels), (types, labels));
            assert_eq!(config.activation, Activation::Gelu);
            assert_eq!(read.is_quantized(), file.contains("quantized"));
        }
    }
}

#[test]
fn quantized_weights_are_near_those_they_were_made_of() {
    for name in ["one-label", "two-labels"] {
        let [exact, bytes] = ["model.onnx", "model_quantized.onnx"].map(|file| {
            let (graph, _) = export(&format!("{name}/{file}"));
            read(graph).expect("it is a known encoder")
        });
        let mut all = all_weights(&bytes).into_iter().zip(all_weights(&exact));
        let weights = all
            .by_ref()
            .filter(|((name, _), _)| name.ends_with("weight"));
        for ((name, bytes), (_, exact)) in weights {
            let largest = exact
                .iter()
                .fold(0.0_f32, |most, value| most.max(value.abs()));
            for (got, wanted) in bytes.iter().zip(&exact) {
                assert!(
                    (got - wanted).abs() < largest / 100.0,
                    "{name}: {got} for {wanted}"
                );
            }
        }
    }
}

/// What has to be left to ONNX Runtime, and how to make it of a sound graph.
fn changes() -> Vec<(&'static str, fn(&mut Graph))> {
    vec![
        ("another activation", |graph| {
            let erf = node(
                graph,
                &format!("{LAYER}/intermediate/intermediate_act_fn/Erf"),
            );
            erf.operator = Some("Sigmoid".to_owned());
        }),
        ("an activation of another argument", |graph| {
            let name = format!("{LAYER}/intermediate/intermediate_act_fn/Constant");
            set_constant(graph, &name, 1.0);
        }),
        ("an operator of somebody else's", |graph| {
            let erf = node(
                graph,
                &format!("{LAYER}/intermediate/intermediate_act_fn/Erf"),
            );
            erf.domain = Some("elsewhere".to_owned());
        }),
        ("a softmax along another dimension", |graph| {
            let softmax = node(graph, &format!("{LAYER}/attention/self/Softmax"));
            softmax.attributes[0].int = Some(1);
        }),
        ("scores divided by another number", |graph| {
            set_constant(graph, &format!("{LAYER}/attention/self/Constant_10"), 4.0);
        }),
        ("another epsilon in one place", |graph| {
            let norm = format!("{LAYER}/output/LayerNorm/LayerNormalization");
            let mut attributes = node(graph, &norm).attributes.iter_mut();
            let epsilon = attributes.find(|a| a.name.as_deref() == Some("epsilon"));
            epsilon.expect("it has one").float = Some(1e-5);
        }),
        ("a bias left out", |graph| {
            let add = node(graph, &format!("{LAYER}/attention/self/query/Add"));
            add.operator = Some("Identity".to_owned());
            add.inputs.remove(0);
        }),
        ("an operator in between", |graph| {
            let mixed = format!("{LAYER}/attention/self/Reshape_3_output_0");
            let name = format!("{LAYER}/attention/output/dense/MatMul");
            let weight = node(graph, &name).inputs[1].clone();
            let product = new_node("MatMul", &["odd", &weight], &format!("{name}_output_0"));
            replace(
                graph,
                &name,
                vec![new_node("Neg", &[&mixed], "odd"), product],
            );
        }),
        ("keys of something else", |graph| {
            let key = node(graph, &format!("{LAYER}/attention/self/key/MatMul"));
            key.inputs[0] = EMBEDDED.to_owned();
        }),
        ("values in another order", |graph| {
            let turn = node(graph, &format!("{LAYER}/attention/self/Transpose_1"));
            turn.attributes[0].ints = vec![0, 2, 3, 1];
        }),
        ("a sum with something else", |graph| {
            let add = node(graph, &format!("{LAYER}/attention/output/Add"));
            add.inputs[1] = EMBEDDED.to_owned();
        }),
        ("a mask that hides what is no padding", |graph| {
            set_constant(graph, "/model/bert/Constant_2", 2.0);
        }),
        ("positions counted from one", |graph| {
            let positions = node(graph, "/model/bert/embeddings/Slice");
            positions.inputs[1] = "/model/bert/embeddings/Constant_2_output_0".to_owned();
        }),
        ("another position for one word", |graph| {
            let name = "/model/bert/embeddings/position_embeddings/Gather";
            let rows = node(graph, name).inputs[1].clone();
            node(graph, name).inputs[1] = "odd.positions".to_owned();
            for (name, value) in [("odd.word", 2), ("odd.place", 39)] {
                graph.initializers.push(Tensor {
                    name: Some(name.to_owned()),
                    data_type: Some(7),
                    int64_data: vec![value],
                    ..Tensor::default()
                });
            }
            let odd = [
                new_node("Equal", &["input_ids", "odd.word"], "odd.is"),
                new_node("Where", &["odd.is", "odd.place", &rows], "odd.positions"),
            ];
            let place = place(graph, name);
            graph.nodes.splice(place..place, odd);
        }),
        ("a score of the second token", |graph| {
            let first = node(graph, "/model/bert/pooler/Gather");
            first.inputs[1] = "/model/bert/embeddings/Constant_output_0".to_owned();
        }),
        ("a score that is doubled", |graph| {
            let last = node(graph, "/model/classifier/Gemm");
            last.attributes[0].float = Some(2.0);
        }),
        ("no head", |graph| {
            let last = place(graph, "/model/classifier/Gemm");
            graph.nodes[last].operator = Some("Identity".to_owned());
            graph.nodes[last].inputs.truncate(1);
        }),
        ("a value that is used before it is made", |graph| {
            graph.nodes.swap(11, 20);
            graph.nodes.reverse();
        }),
        ("an input of another name", |graph| {
            let other = graph.inputs[0].clone();
            graph.inputs.push(crate::onnx::proto::ValueInfo {
                name: Some("position_ids".to_owned()),
                ..other
            });
        }),
    ]
}

#[test]
fn a_graph_with_one_thing_changed_is_not_understood() {
    let (sound, operators) = export("one-label/model.onnx");
    assert!(read(sound.clone()).is_ok());
    for (what, change) in changes() {
        let mut graph = sound.clone();
        change(&mut graph);
        assert!(read(graph).is_err(), "{what}");
    }
    for operators in [operators - 10, operators + 20] {
        let read = ExportedEncoder::in_graph(sound.clone(), operators, &LOGITS, Head::Classifier);
        let problem = read.err().expect("its operators mean something else");
        assert!(problem.contains("operators"), "{problem}");
    }
}

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
    let ways: [(&str, fn(&mut Graph)); 4] = [
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

#[test]
fn a_head_without_tanh_is_that_of_distilbert() {
    let (mut graph, _) = export("one-label/model.onnx");
    node(&mut graph, "/model/bert/pooler/activation/Tanh").operator = Some("Relu".to_owned());
    let read = read(graph).expect("it is a known encoder");
    assert_eq!(read.config().family, Family::DistilBert);
    assert!(read.tensors.read("pre_classifier.weight").is_ok());
}

fn read_all(bytes: Vec<u8>) {
    let Ok((graph, operators)) = file::parse(Bytes::from(bytes)) else {
        return;
    };
    read_weights(graph, operators);
}

/// Whatever was understood can be read or told.
fn read_weights(graph: Graph, operators: i64) {
    if let Ok(read) = ExportedEncoder::in_graph(graph, operators, &LOGITS, Head::Classifier) {
        for name in read.tensors.names() {
            let _ = read.tensors.read(name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fuzz_damaged_graphs(
        file in prop::sample::select(vec!["model.onnx", "model_quantized.onnx"]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = std::fs::read(exports().join("two-labels").join(file)).expect("committed");
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        read_all(bytes);
    }

    /// Numbers in what describes the graph are where a shape or an axis may become anything.
    #[test]
    fn fuzz_graphs_with_other_numbers(
        place in any::<prop::sample::Index>(),
        attribute in any::<prop::sample::Index>(),
        number in prop::sample::select(vec![i64::MIN, -3, -1, 0, 1, 2, 3, 1 << 20, 1 << 40, i64::MAX]),
    ) {
        let (mut graph, operators) = export("two-labels/model_quantized.onnx");
        let place = place.index(graph.nodes.len());
        let node = &mut graph.nodes[place];
        if !node.attributes.is_empty() {
            let attribute = attribute.index(node.attributes.len());
            let attribute = &mut node.attributes[attribute];
            attribute.int = attribute.int.map(|_| number);
            attribute.ints.fill(number);
            if let Some(tensor) = &mut attribute.tensor {
                tensor.dims.fill(number);
                if tensor.data_type == Some(7) {
                    tensor.dims.clear();
                    tensor.dims.push(1);
                    tensor.raw_data = Some(number.to_le_bytes().to_vec().into());
                }
            }
        }
        read_weights(graph, operators);
    }
}
