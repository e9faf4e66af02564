use serde_json::Value;

use super::snapshot::is_plain;
use super::{Refusal, Snapshot, json};

pub(super) const FILE: &str = "modules.json";
/// Where the steps come from that sentence-transformers runs by itself, and those that PyLate adds.
pub(super) const OURS: &str = "sentence_transformers.";
pub(super) const PYLATE: &str = "pylate.";

/// The steps behind the network, in their order.
#[derive(Default)]
pub(super) struct Modules {
    /// Folder of the pooling.
    pub(super) pooling: Option<String>,
    /// Folders of the linear layers.
    pub(super) dense: Vec<String>,
    /// Whether vectors are made of length 1.
    pub(super) normalizes: bool,
}

/// One step as the file has it.
pub(super) struct Step<'a> {
    /// The last part of its name.
    pub(super) kind: &'a str,
    pub(super) path: &'a str,
    /// Its whole name.
    pub(super) full: &'a str,
}

/// Whether there is a step that makes one vector of many: then it is no cross-encoder.
pub(super) fn has_pooling(snapshot: &Snapshot) -> Result<bool, Refusal> {
    let Some(value) = json::read_if_there(snapshot, FILE)? else {
        return Ok(false);
    };
    let steps = value.as_array().into_iter().flatten();
    Ok(steps
        .filter_map(|step| step["type"].as_str())
        .any(|name| name.ends_with("Pooling")))
}

impl Modules {
    /// `None` where the file is absent.
    pub(super) fn read(snapshot: &Snapshot) -> Result<Option<Self>, Refusal> {
        let Some(value) = json::read_if_there(snapshot, FILE)? else {
            return Ok(None);
        };
        let mut modules = Self::default();
        for (place, value) in value.as_array().into_iter().flatten().enumerate() {
            modules.take(place, &step(value, &[OURS])?)?;
        }
        Ok(Some(modules))
    }

    fn take(&mut self, place: usize, step: &Step<'_>) -> Result<(), Refusal> {
        let ended = self.normalizes || self.pooling.is_none();
        match step.kind {
            "Transformer" if place == 0 && step.path.is_empty() => {}
            "Transformer" if place == 0 => {
                return Err(refused(
                    step,
                    &format!("has its network in the folder `{}`", step.path),
                    "load it with sentence-transformers 3 or newer, save it with `save_pretrained`, and add that folder",
                ));
            }
            "Pooling" if place == 1 => self.pooling = Some(step.path.to_owned()),
            "Dense" if !ended => self.dense.push(step.path.to_owned()),
            "Normalize" if self.pooling.is_some() => self.normalizes = true,
            // It does something in training alone.
            "Dropout" => {}
            "StaticEmbedding" => {
                return Err(refused(
                    step,
                    "is a table of word vectors without a network, which Riddle does not run yet",
                    "use an embedder with a network, such as all-minilm-l6-v2",
                ));
            }
            "SpladePooling" | "MLMTransformer" | "SparseAutoEncoder" | "SparseStaticEmbedding" => {
                return Err(refused(
                    step,
                    "makes sparse vectors (SPLADE), which have no index here",
                    "use a dense embedder; words are searched by BM25 already",
                ));
            }
            _ => {
                return Err(refused(
                    step,
                    "is a step that Riddle does not know in this place",
                    "use a model of Transformer, Pooling, Dense and Normalize, in this order",
                ));
            }
        }
        Ok(())
    }
}

pub(super) fn refused(step: &Step<'_>, reason: &str, remedy: &str) -> Refusal {
    Refusal::new(FILE, format!("the module `{}` {reason}", step.full), remedy)
}

/// A step of one of these origins.
pub(super) fn step<'a>(value: &'a Value, origins: &[&str]) -> Result<Step<'a>, Refusal> {
    let full = value["type"].as_str().unwrap_or_default();
    let path = value["path"].as_str().unwrap_or_default();
    let path = path.trim_end_matches('/').trim_start_matches("./");
    let path = if path == "." { "" } else { path };
    let step = Step {
        kind: full.rsplit('.').next().unwrap_or_default(),
        path,
        full,
    };
    if !path.is_empty() && !is_plain(path) {
        return Err(Refusal::new(
            FILE,
            format!("names the path `{path}`, which leads out of the model"),
            "do not use this copy of the model",
        ));
    }
    if !origins.iter().any(|origin| full.starts_with(origin)) {
        return Err(refused(
            &step,
            "is code that comes with the model, which is not run",
            "use a model that sentence-transformers runs by itself",
        ));
    }
    Ok(step)
}
