//! ONNX Runtime: one shared library, loaded once per process.

mod cuda;
mod device;
mod engine;
#[cfg(test)]
mod exact_integers;
mod library;
mod self_test;

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use cuda::CudaOptions;
pub use device::Device;
pub use engine::EncoderEngine;

use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use riddle_core::ModelError;

/// Rewrites an addition and the layer normalization behind it into one operator, which computes one number at a time on
/// CPUs. Left apart, they take a seventh of its time, and a whole small model three quarters.
const HARMFUL_FUSION: &str = "SkipLayerNormFusion";

static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

/// The loaded library and the device on which it computes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OnnxRuntime {
    environment: Environment,
    library: PathBuf,
    version: String,
    device: Device,
    cuda: CudaOptions,
    self_test: Option<Duration>,
}

/// The library cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OnnxRuntimeError {
    /// There is no such file.
    #[error(
        "the ONNX Runtime library is missing; fetch it with `scripts/setup-runtime.sh FOLDER`, or take `libonnxruntime.so` out of the Python wheel `onnxruntime` {} or newer, and name it in the configuration",
        library::OLDEST
    )]
    Missing,
    /// The file is something else.
    #[error(
        "the file named as ONNX Runtime library {0}; take `libonnxruntime.so` out of the Python wheel `onnxruntime` {oldest} or newer",
        oldest = library::OLDEST
    )]
    Unusable(String),
    /// The library is older than what is needed.
    #[error(
        "the ONNX Runtime library is version {found}; version {} or newer is needed",
        library::OLDEST
    )]
    TooOld {
        /// Its version.
        found: String,
    },
    /// A process has one library for its life.
    #[error("another ONNX Runtime library is loaded already; restart to use this one")]
    AnotherLoaded,
    /// The library does not start.
    #[error("the ONNX Runtime library does not start: {0}")]
    Failed(String),
    /// The library knows CPUs alone.
    #[error(
        "the ONNX Runtime library has no CUDA provider; `scripts/setup-runtime.sh --cuda FOLDER` fetches one that has, out of the Python wheel `onnxruntime-gpu`, with CUDA's own libraries; or set `models.device` to cpu"
    )]
    WithoutCuda,
    /// The provider, CUDA's libraries, the driver or the GPU is missing, or does not fit the others.
    #[error(
        "no GPU can be used: {0}; check that `nvidia-smi` shows one and that its driver is for CUDA 13, fetch the libraries that belong together with `scripts/setup-runtime.sh --cuda FOLDER`, or set `models.device` to cpu"
    )]
    CudaUnusable(String),
}

impl From<OnnxRuntimeError> for ModelError {
    fn from(error: OnnxRuntimeError) -> Self {
        Self::Unavailable {
            model: "onnxruntime".to_owned(),
            remedy: error.to_string(),
        }
    }
}

impl OnnxRuntime {
    /// Loads the library at `path`, or takes the one that is loaded.
    /// The file is looked at before it is loaded, because loading something else may never return.
    ///
    /// # Errors
    /// The file is missing, no ONNX Runtime library, too old, or another one is loaded.
    pub fn load(path: &Path) -> Result<Self, OnnxRuntimeError> {
        let version = library::inspect(path)?;
        let path = path
            .canonicalize()
            .map_err(|error| OnnxRuntimeError::Unusable(format!("cannot be opened: {error}")))?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        let environment = match &*loaded {
            Some((known, environment)) if *known == path => environment.clone(),
            Some(_) => return Err(OnnxRuntimeError::AnotherLoaded),
            None => {
                let environment = start(&path)?;
                *loaded = Some((path.clone(), environment.clone()));
                environment
            }
        };
        Ok(Self {
            environment,
            library: path,
            version,
            device: Device::Cpu,
            cuda: CudaOptions::default(),
            self_test: None,
        })
    }

    /// The same library on a GPU, which has passed a test: attention over a small padded batch, in 16 bits.
    ///
    /// # Errors
    /// The library has no CUDA provider, CUDA's libraries or a GPU are missing, or the test failed. Nothing falls back
    /// to the CPU.
    pub fn on_cuda(self, options: CudaOptions) -> Result<Self, OnnxRuntimeError> {
        cuda::prepare(&self.library)?;
        let runtime = Self {
            device: Device::cuda(options.index),
            cuda: options,
            ..self
        };
        let took = self_test::run(&runtime).map_err(|error| cuda::unusable(&error))?;
        tracing::info!(
            device = %runtime.device,
            ms = took.as_secs_f64() * 1e3,
            "the GPU has passed its test"
        );
        Ok(Self {
            self_test: Some(took),
            ..runtime
        })
    }

    /// Version of the library.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where encoders run.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How long the test of a GPU took, the second time.
    pub fn self_test(&self) -> Option<Duration> {
        self.self_test
    }

    /// What an error says, without paths.
    pub(crate) fn readable(error: &ort::Error) -> String {
        cuda::readable(&error.to_string())
    }

    /// The same for an error about the graph at `path`, whose folders may have spaces in their names.
    pub(crate) fn readable_near(error: &ort::Error, path: &Path) -> String {
        cuda::readable(&without_folders(error.to_string(), path))
    }

    /// A session over the graph in the file at `path`.
    pub(crate) fn session(&self, path: &Path, threads: usize) -> ort::Result<Session> {
        self.builder(threads)?.commit_from_file(path)
    }

    /// The same over a graph in memory.
    pub(crate) fn session_of(&self, graph: &[u8], threads: usize) -> ort::Result<Session> {
        self.builder(threads)?.commit_from_memory(graph)
    }

    /// Reads the graph in the file at `path` and lets go of it.
    pub(crate) fn parse(&self, path: &Path) -> ort::Result<()> {
        Session::builder(&self.environment)?
            .with_optimization_level(GraphOptimizationLevel::Disable)?
            .with_intra_threads(1)?
            .commit_from_file(path)
            .map(drop)
    }

    /// The options of every session: the only place where they are set.
    fn builder(&self, threads: usize) -> ort::Result<SessionBuilder> {
        let builder = Session::builder(&self.environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(threads)?
            .with_inter_threads(1)?
            // Threads that spin for work take the CPU from the rest of the server.
            .with_intra_op_spinning(false)?
            // Without VNNI, x86 CPUs add products of bytes with signed weights in 16 bits, which overflow silently.
            // Ours have no sign, but graphs of other tools may.
            .with_config_entry("session.x64quantprecision", "1")?
            // Inputs come in every length, and a plan kept for each length would be memory never given back.
            .with_memory_pattern(false)?;
        match self.device {
            Device::Cpu => Ok(builder.with_disabled_optimizers(HARMFUL_FUSION)?),
            Device::Cuda { .. } => Ok(builder
                .with_execution_providers([cuda::provider(&self.cuda)])?
                // Weights lie beside the memory that grows and shrinks, not in it.
                .with_device_allocated_initializers()?),
        }
    }
}

/// A message without the folders in which `path` lies, whichever way it leads there.
fn without_folders(mut message: String, path: &Path) -> String {
    let resolved = path.canonicalize().ok();
    let paths = [Some(path), resolved.as_deref()].into_iter().flatten();
    let mut folders: Vec<&Path> = paths.flat_map(|path| path.ancestors().skip(1)).collect();
    // Of a folder whose beginning is gone the rest would stay.
    folders.sort_by_key(|folder| Reverse(folder.as_os_str().len()));
    for folder in folders {
        // `/` and an empty path are no secret, and in every word.
        if folder.components().count() > 1 {
            message = message.replace(&*folder.to_string_lossy(), "");
        }
    }
    message
}

fn start(path: &Path) -> Result<Environment, OnnxRuntimeError> {
    let builder = ort::init_from(path).map_err(|error| match error {
        ort::LoadDynamicError::BadVersion { version_str, .. } => {
            OnnxRuntimeError::TooOld { found: version_str }
        }
        ort::LoadDynamicError::MissingApi { .. } => {
            OnnxRuntimeError::Unusable("has no function `OrtGetApiBase`".to_owned())
        }
        ort::LoadDynamicError::InvalidVersionString | ort::LoadDynamicError::Dlopen { .. } => {
            OnnxRuntimeError::Unusable("cannot be loaded on this machine".to_owned())
        }
    })?;
    builder
        .with_name("riddle")
        .with_telemetry(false)
        .build()
        .map_err(|error| OnnxRuntimeError::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_about_a_graph_name_none_of_its_folders() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("it is there");
        let graph = root.join("my own models/tiny one/model.onnx");
        let parent = graph.parent().expect("it has one");
        std::fs::create_dir_all(parent).expect("a folder");
        std::fs::write(&graph, "").expect("a file");
        let link = root.join("a link");
        std::os::unix::fs::symlink(parent, &link).expect("a link");
        for (path, named) in [
            (graph.clone(), graph.clone()),
            (link.join("model.onnx"), graph),
        ] {
            let named = named.display();
            let message = format!("Load model from {named} failed:Protobuf parsing failed.");
            assert_eq!(
                cuda::readable(&without_folders(message, &path)),
                "Load model from model.onnx failed:Protobuf parsing failed"
            );
        }
    }
}
