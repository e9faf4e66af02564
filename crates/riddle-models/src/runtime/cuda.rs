//! The CUDA provider of ONNX Runtime.

use std::path::{Path, PathBuf};

use ort::ep::cuda::ConvAlgorithmSearch;
use ort::ep::{ArenaExtendStrategy, CUDA, ExecutionProvider, ExecutionProviderDispatch};

use super::OnnxRuntimeError;

/// Folder beside the library with the libraries of CUDA, where they are not the system's.
const FOLDER: &str = "cuda";
/// What the provider needs of CUDA, each behind those that it needs itself. The driver's own library is the system's.
const LIBRARIES: [&str; 7] = [
    "libcudart.so.",
    "libnvrtc.so.",
    "libcublasLt.so.",
    "libcublas.so.",
    "libcurand.so.",
    "libcufft.so.",
    "libcudnn.so.",
];

/// Which GPU, and how much of it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct CudaOptions {
    /// Its number among those of the machine, from 0.
    pub index: u32,
    /// Most memory of it in MiB that the numbers on their way through one model may take, weights not counted; all
    /// there is where `None`.
    pub memory_mib: Option<usize>,
}

/// Makes the provider ready to be registered by any session.
pub(super) fn prepare(library: &Path) -> Result<(), OnnxRuntimeError> {
    if !CUDA::is_available().unwrap_or(false) {
        return Err(OnnxRuntimeError::WithoutCuda);
    }
    let folder = library.parent().unwrap_or(Path::new("")).join(FOLDER);
    for name in LIBRARIES {
        // What a search by name would not find is found once it is loaded.
        if let Some(path) = newest(&folder, name) {
            ort::util::preload_dylib(&path).map_err(|error| unusable(&error.to_string()))?;
        }
    }
    Ok(())
}

/// The provider as every session registers it. A failure is an error: nothing falls back to the CPU unseen.
pub(super) fn provider(options: &CudaOptions) -> ExecutionProviderDispatch {
    let mut provider = CUDA::default()
        .with_device_id(i32::try_from(options.index).unwrap_or(i32::MAX))
        // Memory is taken as it is needed, not in steps that double: shapes are few, so that it comes to rest.
        .with_arena_extend_strategy(ArenaExtendStrategy::SameAsRequested)
        // No model here convolves; the default would try out algorithms.
        .with_conv_algorithm_search(ConvAlgorithmSearch::Default)
        // 32 bits are 32 bits.
        .with_tf32(false)
        // Sums of normalizations in 32 bits, also in a graph of 16.
        .with_skip_layer_norm_strict_mode(true);
    if let Some(memory) = options.memory_mib {
        provider = provider.with_memory_limit(memory.saturating_mul(1 << 20));
    }
    provider.build().error_on_failure()
}

/// The error with what a person may read: no paths, no places in source files.
pub(super) fn unusable(message: &str) -> OnnxRuntimeError {
    OnnxRuntimeError::CudaUnusable(readable(message))
}

/// What a message of ONNX Runtime says, without places in its source, facts for its makers and the paths of files.
pub(super) fn readable(message: &str) -> String {
    let mut lines = message.lines().map(str::trim);
    let mut line = lines
        .rfind(|line| !line.is_empty())
        .unwrap_or("no reason was given");
    if let Some((_, told)) = line.rsplit_once("[ONNXRuntimeError] : ") {
        // Behind it come the number and the name of a code.
        line = told.splitn(3, " : ").last().unwrap_or(told);
    }
    if let Some(at) = line.find("CUDA failure") {
        line = &line[at..];
    }
    line = line.split(" ; GPU=").next().unwrap_or(line);
    let name = |word: &str| {
        word.rsplit('/')
            .find(|part| !part.is_empty())
            .map(str::to_owned)
    };
    let words: Vec<String> = line.split_whitespace().filter_map(name).collect();
    words.join(" ").trim_end_matches('.').to_owned()
}

/// The file of the folder whose name begins so. Of several, the last in order.
fn newest(folder: &Path, name: &str) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
    files
        .filter(|file| file.file_name().to_string_lossy().starts_with(name))
        .map(|file| file.path())
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_happened_and_name_no_paths() {
        for (message, told) in [
            (
                "bridge.cc:2043 Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library /opt/x/lib_cuda.so with error: libcuda.so.1: cannot open shared object file.\n",
                "Failed to load library lib_cuda.so with error: libcuda.so.1: cannot open shared object file",
            ),
            (
                "info.cc:63 [ONNXRuntimeError] : 1 : FAIL : utils.h:187 Parse Failed: CUDA failure 35: CUDA driver version is insufficient ; GPU=-1 ; hostname=vm ; file=/src/info.cc ; line=70",
                "CUDA failure 35: CUDA driver version is insufficient",
            ),
            ("", "no reason was given"),
        ] {
            assert_eq!(readable(message), told);
        }
    }

    #[test]
    fn the_newest_library_of_a_name_is_taken() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["libcublas.so.12", "libcublas.so.13", "libcublasLt.so.14"] {
            std::fs::write(folder.path().join(name), "").expect("written");
        }
        let found = newest(folder.path(), "libcublas.so.").expect("it is there");
        assert!(found.ends_with("libcublas.so.13"));
        assert_eq!(newest(folder.path(), "libcudnn.so."), None);
    }
}
