use std::path::{Path, PathBuf};

use crate::environment::variable;
use crate::{Resource, need};

/// Where the set-up scripts keep what they fetch.
fn cache() -> PathBuf {
    let home = || Some(std::env::home_dir()?.join(".cache"));
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    base.unwrap_or_default().join("riddle")
}

/// Where the ONNX Runtime library is, or would be.
pub fn onnxruntime_file() -> PathBuf {
    variable("RIDDLE_ONNXRUNTIME").map_or_else(
        || cache().join("onnxruntime/libonnxruntime.so"),
        PathBuf::from,
    )
}

/// The ONNX Runtime library. See [`need`].
pub fn onnxruntime() -> Option<PathBuf> {
    let missing = "no ONNX Runtime library; scripts/setup-runtime.sh fetches one";
    present(Resource::OnnxRuntime, onnxruntime_file(), missing)
}

/// Where models are, or would be.
pub fn models() -> PathBuf {
    variable("RIDDLE_MODELS_DIR").map_or_else(|| cache().join("models"), PathBuf::from)
}

/// The folder of a model. See [`need`].
pub fn model(name: &str) -> Option<PathBuf> {
    let missing = format!("no model {name}; `riddle models pull {name}` fetches it");
    present(Resource::Models, models().join(name), &missing)
}

/// A Python with the clients of other tools. See [`need`].
pub fn python() -> Option<PathBuf> {
    let python = variable("RIDDLE_TEST_PYTHON")
        .map_or_else(|| cache().join("test-venv/bin/python"), PathBuf::from);
    let missing = "no Python with the clients of other tools; scripts/setup-tests.sh makes one";
    present(Resource::Clients, python, missing)
}

/// Address of a Qdrant server's gRPC port, which `RIDDLE_TEST_QDRANT` names. See [`need`].
pub fn qdrant() -> Option<String> {
    let missing = "no Qdrant server (RIDDLE_TEST_QDRANT); one of the test's process stands in";
    need(Resource::Qdrant, variable("RIDDLE_TEST_QDRANT"), missing)
}

/// A file or folder of the data that is kept outside the repository, in the folder that `RIDDLE_SHARED_DATA` names or
/// in `shared/data` beside the repository. See [`need`].
pub fn shared_data(path: &str) -> Option<PathBuf> {
    let missing = format!("no {path} in the data outside the repository (RIDDLE_SHARED_DATA)");
    present(Resource::SharedData, shared_path(path), &missing)
}

/// Whether a file or folder of that data is here, for a test that has something in its place.
pub fn has_shared_data(path: &str) -> bool {
    shared_path(path).exists()
}

fn shared_path(path: &str) -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = variable("RIDDLE_SHARED_DATA").map_or_else(beside, PathBuf::from);
    folder.join(path)
}

fn present(resource: Resource, path: PathBuf, missing: &str) -> Option<PathBuf> {
    need(resource, Some(path).filter(|path| path.exists()), missing)
}
