//! Graphs that look like an encoder and are none.

use super::*;

/// In the layers.
fn of_layers() -> Vec<Change> {
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
    ]
}

/// Around them.
fn of_the_rest() -> Vec<Change> {
    vec![
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
    for (what, change) in of_layers().into_iter().chain(of_the_rest()) {
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
