use std::path::{Path, PathBuf};

const FILE: &str = "libonnxruntime.so";

/// Where the ONNX Runtime library is: the configured file, or the first of the usual places that has one, or the
/// place where it should be put.
pub(super) fn find(configured: Option<&Path>, data_dir: &Path) -> PathBuf {
    if let Some(path) = configured {
        return path.to_path_buf();
    }
    let recommended = data_dir.join("runtime").join(FILE);
    let beside = std::env::current_exe()
        .ok()
        .and_then(|program| program.parent().map(Path::to_path_buf));
    let mut places = vec![recommended.clone()];
    if let Some(folder) = beside {
        places.push(folder.join(FILE));
        places.push(folder.join("../lib").join(FILE));
    }
    places.push(PathBuf::from("/usr/local/lib").join(FILE));
    places
        .into_iter()
        .find(|place| place.is_file())
        .unwrap_or(recommended)
}
