//! A tiny model whose files are real, a store for it, and ways to pull it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use riddle_models::{Catalogue, ModelStore, PullOptions};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub(crate) const NAME: &str = "tiny";

/// A store in a folder that vanishes with it.
pub(crate) struct Fixture {
    pub(crate) store: ModelStore,
    pub(crate) folder: PathBuf,
    _root: TempDir,
}

impl Fixture {
    /// The same, whose files this program opens first.
    pub(crate) fn opened_by(self, program: riddle_models::OpeningProgram) -> Self {
        Self {
            store: self.store.opened_by(program),
            ..self
        }
    }
}

/// Progress as it was told: file, bytes here, length.
pub(crate) type Progress = Arc<Mutex<Vec<(String, u64, Option<u64>)>>>;

pub(crate) fn config() -> Vec<u8> {
    br#"{"model_type":"bert","hidden_size":4}"#.to_vec()
}

pub(crate) fn tokenizer() -> Vec<u8> {
    br#"{"model":{"type":"WordPiece"}}"#.to_vec()
}

/// Safetensors of about 3 MB, so that a transfer takes many reads.
pub(crate) fn weights() -> Vec<u8> {
    let values = 3 << 20;
    let header =
        format!(r#"{{"a":{{"dtype":"U8","shape":[{values}],"data_offsets":[0,{values}]}}}}"#);
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.bytes());
    bytes.extend((0..values).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8));
    bytes
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A store whose catalogue holds [`NAME`]; `weights_hash` is what the catalogue knows about the weights.
pub(crate) fn fixture(sources: &str, weights_hash: Option<&str>) -> Fixture {
    let hash = weights_hash.map_or(String::new(), |hash| format!(", sha256 = \"{hash}\""));
    let text = format!(
        r#"
hub = "http://127.0.0.1:9"
[[model]]
name = "{NAME}"
format = "safetensors"
weights = "model.safetensors"
{TINY}
files = [
    {{ path = "config.json" }},
    {{ path = "tokenizer.json" }},
    {{ path = "sub/extra.json", optional = true }},
    {{ path = "model.safetensors"{hash} }},
]
sources = [{sources}]
"#
    );
    stored(&text)
}

/// The fixture with one hub repository as its source, all of whose needed files are known by their hashes.
pub(crate) fn pinned_hub_fixture() -> Fixture {
    let file = |path: &str, content: &[u8]| {
        let hash = sha256(content);
        format!("{{ path = \"{path}\", sha256 = \"{hash}\" }}")
    };
    let files = [
        file("config.json", &config()),
        file("tokenizer.json", &tokenizer()),
        "{ path = \"sub/extra.json\", optional = true }".to_owned(),
        file("model.safetensors", &weights()),
    ];
    stored(&format!(
        r#"
[[model]]
name = "{NAME}"
format = "safetensors"
weights = "model.safetensors"
{TINY}
files = [{}]
sources = [{{ kind = "hub", repo = "owner/tiny", revision = "abc" }}]
"#,
        files.join(", ")
    ))
}

/// A store with this catalogue.
fn stored(text: &str) -> Fixture {
    let root = tempfile::tempdir().unwrap();
    let catalogue = Arc::new(Catalogue::parse(text).unwrap());
    Fixture {
        store: ModelStore::new(root.path(), catalogue),
        folder: root.path().join(NAME),
        _root: root,
    }
}

const TINY: &str = r#"
role = "embedder"
architecture = "bert"
parameters = 1
memory_mb = 1
max_tokens = 8
languages = ["en"]
licence = "MIT"
dimensions = 4
pooling = "mean"
"#;

fn as_tensors(inside: &str) -> String {
    format!(
        r#"
format = "safetensors"
weights = "model.safetensors"
files = [{{ path = "config.json" }}, {{ path = "tokenizer.json" }}, {{ path = "model.safetensors" }}]
sources = [{{ kind = "package", package = "tiny-model", version = "1.0", inside = "{inside}", bytes = 7_000_000 }}]
"#
    )
}

/// The models `one` and `two`, which lie in folders of their names in the package `tiny-model` 1.0.
pub(crate) fn two_models_of_a_package(root: &Path) -> ModelStore {
    let model = |name| format!("[[model]]\nname = \"{name}\"\n{TINY}{}", as_tensors(name));
    let text = model("one") + &model("two");
    let catalogue = Arc::new(Catalogue::parse(&text).unwrap());
    ModelStore::new(root.join("models"), catalogue)
}

/// The model `both`, first as a graph that the package does not have, then as tensors in the folder `two`.
pub(crate) fn model_with_two_variants(root: &Path) -> ModelStore {
    let graph = as_tensors("one").replace("model.safetensors", "model.onnx");
    let graph = graph.replace("\"safetensors\"", "\"onnx\"");
    let other = as_tensors("two");
    let text = format!("[[model]]\nname = \"both\"\n{TINY}{graph}[[model.variants]]{other}");
    let catalogue = Arc::new(Catalogue::parse(&text).unwrap());
    ModelStore::new(root.join("models"), catalogue)
}

/// The fixture with one hub repository as its source.
pub(crate) fn hub_fixture(weights_hash: Option<&str>) -> Fixture {
    fixture(
        r#"{ kind = "hub", repo = "owner/tiny", revision = "abc" }"#,
        weights_hash,
    )
}

pub(crate) fn options(hub: Option<&str>) -> (PullOptions, Progress) {
    let progress = Progress::default();
    let told = progress.clone();
    let options = PullOptions {
        hub_endpoint: hub.map(str::to_owned),
        progress: Some(Arc::new(move |p| {
            told.lock()
                .unwrap()
                .push((p.file.to_owned(), p.received, p.total));
        })),
        ..PullOptions::default()
    };
    (options, progress)
}

/// Names of all files below a folder, without locks.
pub(crate) fn files_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".lock")
        .collect();
    names.sort();
    names
}
