use std::path::{Path, PathBuf};

use proptest::prelude::*;
use prost::bytes::Bytes;
use riddle_checkpoint::{Activation, GivenTensors};

use super::*;
use crate::onnx::proto::{Node, Tensor};

mod changes;
mod ways;

/// Something done to a graph, and its name.
type Change = (&'static str, fn(&mut Graph));

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
