use std::collections::BTreeSet;

use super::draft::Weights;
use super::network::Network;
use super::snapshot::is_plain;
use super::{Notes, Refusal, Snapshot, json, tokenizer};
use crate::catalogue::WeightsFormat;

const SAFETENSORS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
const GRAPHS: [&str; 2] = ["onnx/model.onnx", "model.onnx"];
/// Graphs of rounded numbers, or with operations that ONNX Runtime alone knows: for where there is no other.
const OTHER_GRAPHS: [&str; 6] = [
    "onnx/model_quantized.onnx",
    "model_quantized.onnx",
    "onnx/model_int8.onnx",
    "model_int8.onnx",
    "onnx/model_optimized.onnx",
    "model_optimized.onnx",
];

/// The weights that are taken: safetensors where they can be run, a graph where there is one otherwise.
pub(super) fn choose(
    snapshot: &Snapshot,
    network: &Network,
    notes: &mut Notes,
) -> Result<Weights, Refusal> {
    let not_ours = network.not_ours();
    if not_ours.is_none() {
        if snapshot.has(SAFETENSORS) {
            return Ok(Weights::new(
                WeightsFormat::Safetensors,
                SAFETENSORS,
                Vec::new(),
            ));
        }
        if snapshot.has(INDEX) {
            let parts = parts(snapshot)?;
            return Ok(Weights::new(WeightsFormat::Safetensors, INDEX, parts));
        }
    }
    if let Some(graph) = graph(snapshot) {
        notes.found(match &not_ours {
            Some(reason) => {
                format!("comes as a graph for ONNX Runtime, which is taken ({graph}): {reason}")
            }
            None => format!("comes as a graph for ONNX Runtime ({graph})"),
        });
        if OTHER_GRAPHS.contains(&graph) {
            notes.assumed(format!(
                "{graph} is quantized or optimized, and no other graph is there: its numbers may differ from its publishers'"
            ));
        }
        return Ok(of_graph(snapshot, graph));
    }
    Err(match not_ours {
        Some(reason) => Refusal::new(
            "config.json",
            format!("{reason}, and there is no graph ({})", GRAPHS.join(" or ")),
            "use another model, or one that comes as an .onnx file too",
        ),
        None => without_weights(snapshot),
    })
}

/// The best graph that is there.
fn graph(snapshot: &Snapshot) -> Option<&'static str> {
    let mut graphs = GRAPHS.iter().chain(&OTHER_GRAPHS).copied();
    graphs.find(|graph| snapshot.has(graph))
}

/// A graph beside which nothing says what it is.
pub(super) fn lonely_graph(snapshot: &Snapshot) -> Option<&'static str> {
    let alone = snapshot.has(tokenizer::FILE) && !snapshot.has("config.json");
    graph(snapshot).filter(|_| alone)
}

/// A graph with the files that belong to it.
pub(super) fn of_graph(snapshot: &Snapshot, graph: &str) -> Weights {
    Weights::new(WeightsFormat::Onnx, graph, beside(snapshot, graph))
}

/// The files that an index lists.
fn parts(snapshot: &Snapshot) -> Result<Vec<String>, Refusal> {
    let index = json::read(snapshot, INDEX)?;
    let names = index["weight_map"].as_object().map(|map| map.values());
    let names: BTreeSet<String> = names
        .into_iter()
        .flatten()
        .map(|name| {
            name.as_str()
                .map_or_else(|| name.to_string(), str::to_owned)
        })
        .collect();
    if names.is_empty() {
        return Err(Refusal::new(
            INDEX,
            "lists no files (`weight_map`)",
            "fetch the model again",
        ));
    }
    for name in &names {
        if !is_plain(name) || name.contains('/') || !name.ends_with(".safetensors") {
            return Err(Refusal::new(
                INDEX,
                format!("lists `{name}`, which is no safetensors file beside it"),
                "do not use this copy of the model",
            ));
        }
        if !snapshot.has(name) {
            let reason = format!("lists `{name}`, which is not there");
            return Err(Refusal::new(INDEX, reason, "fetch the model again, whole"));
        }
    }
    Ok(names.into_iter().collect())
}

/// Files in which a graph keeps its numbers.
fn beside(snapshot: &Snapshot, graph: &str) -> Vec<String> {
    let (folder, name) = graph.rsplit_once('/').unwrap_or(("", graph));
    let paths = snapshot.files.iter().map(|file| &file.path);
    let belongs = |path: &&String| {
        let (other, rest) = path.rsplit_once('/').unwrap_or(("", path));
        let of_this = rest != name && rest.starts_with(name);
        other == folder && (of_this || rest.starts_with("Constant_")) && is_plain(path)
    };
    paths.filter(belongs).cloned().collect()
}

fn without_weights(snapshot: &Snapshot) -> Refusal {
    const OLD: &str = "pytorch_model.bin";
    let title = &snapshot.title;
    if snapshot.has(OLD) || snapshot.has("pytorch_model.bin.index.json") {
        return Refusal::new(
            OLD,
            "is the only form in which this model has its weights; such a file can run code when it is read, and is not",
            format!(
                "write safetensors, `python -c \"from transformers import AutoModel as M, AutoTokenizer as T; [k.from_pretrained('{title}').save_pretrained('DIR') for k in (M, T)]\"`, copy modules.json and its folders into DIR, and run `riddle models add DIR`"
            ),
        );
    }
    let other = ["tf_model.h5", "flax_model.msgpack", "rust_model.ot"];
    let there = other.iter().find(|file| snapshot.has(file));
    Refusal::new(
        SAFETENSORS,
        match there {
            Some(file) => format!("is missing; {file} cannot be run"),
            None => "is missing, and so are all other weights that can be run".to_owned(),
        },
        "use a copy of the model with model.safetensors, onnx/model.onnx or a .gguf file",
    )
}
