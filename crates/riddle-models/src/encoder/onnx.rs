//! An encoder's graph on ONNX Runtime.

use std::path::PathBuf;

use riddle_checkpoint::Source;
use riddle_core::ModelError;
use riddle_native::share;

use super::graph::Graph;
use super::lane::Lane;
use super::{EncodedText, Output};
use crate::OnnxRuntime;
use crate::compute::Compute;

/// Copies of the weights that all threads together may hold, in bytes of the file.
const MOST_COPIED: u64 = 320 << 20;

const USE_ANOTHER: &str =
    "use an encoder exported for feature extraction or sequence classification, or its safetensors";

/// An ONNX file.
pub(crate) struct GraphFile {
    pub(crate) path: PathBuf,
    /// Bytes of its weights in a file beside it.
    pub(crate) data_bytes: u64,
    /// Whether it was made here from other weights, and can be made again.
    pub(crate) converted: bool,
    /// Longest input in tokens, which padding does not exceed.
    pub(crate) longest: usize,
}

/// One session, or one for each thread where the weights are small.
///
/// Each text runs by itself: without padding there is nothing to pad and nothing to mask, the working memory of a text
/// stays in the CPU's caches, and a vector never depends on what else was in the batch.
pub(super) struct OnnxEncoder {
    lanes: Vec<Lane>,
}

impl OnnxEncoder {
    /// Opens an ONNX file, whose output is the first of `outputs` that it has.
    pub(super) fn open(
        compute: &Compute,
        source: &Source<'_>,
        graph: &GraphFile,
        outputs: &[&str],
    ) -> Result<Self, ModelError> {
        let length = std::fs::metadata(&graph.path)
            .map_err(|error| source.unreadable(&graph.name(), &error))?
            .len();
        let length = length + graph.data_bytes;
        let affordable = (MOST_COPIED / length.max(1)).max(1) as usize;
        let count = compute.threads().min(affordable);
        let threads = compute.threads() / count;
        let lanes = (0..count)
            .map(|_| {
                let graph = graph.graph(compute, source, outputs, threads)?;
                Ok(Lane::new(graph))
            })
            .collect::<Result<_, ModelError>>()?;
        Ok(Self { lanes })
    }

    /// Name of the output in use.
    pub(super) fn output(&self) -> &str {
        self.lanes.first().map_or("", Lane::output)
    }

    /// Whether the graph takes a mask.
    pub(super) fn masks(&self) -> bool {
        self.lanes.iter().all(Lane::masks)
    }

    /// Texts that run at the same time.
    pub(super) fn parallel(&self) -> usize {
        self.lanes.len()
    }

    /// As [`super::Encoder::map`].
    pub(super) fn map<T: Send>(
        &mut self,
        texts: &[EncodedText],
        order: &[usize],
        go_on: impl Fn() -> bool + Sync,
        map: impl Fn(&EncodedText, Output<'_>) -> T + Sync,
    ) -> ort::Result<Vec<Option<T>>> {
        let failed = std::sync::atomic::AtomicBool::new(false);
        let healthy = || !failed.load(std::sync::atomic::Ordering::Relaxed) && go_on();
        let work = |lane: &mut Lane, index: &usize| {
            let text = &texts[*index];
            let result = lane.run(text, |output| map(text, output));
            failed.fetch_or(result.is_err(), std::sync::atomic::Ordering::Relaxed);
            result
        };
        let done = share(&mut self.lanes, order, healthy, work);
        let mut mapped: Vec<Option<T>> = texts.iter().map(|_| None).collect();
        for (place, value) in done {
            mapped[order[place]] = Some(value?);
        }
        Ok(mapped)
    }
}

impl GraphFile {
    /// A session over it.
    pub(super) fn graph(
        &self,
        compute: &Compute,
        source: &Source<'_>,
        outputs: &[&str],
        threads: usize,
    ) -> Result<Graph, ModelError> {
        let session = compute
            .onnxruntime_for(source.model, "it is an ONNX graph")?
            .session(&self.path, threads)
            .map_err(|error| self.unloadable(source, &error, compute.device().is_gpu()))?;
        Graph::new(session, outputs)
            .map_err(|problem| source.bad(&self.name(), &problem, USE_ANOTHER))
    }

    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The runtime names files with their paths, which are the log's business alone.
    fn unloadable(&self, source: &Source<'_>, error: &ort::Error, on_gpu: bool) -> ModelError {
        let name = self.name();
        tracing::warn!(%error, model = source.model, "ONNX Runtime refuses a model file");
        let message = OnnxRuntime::readable_near(error, &self.path);
        let problem = format!("cannot be loaded: {message}");
        // The file may be sound and the GPU full.
        if on_gpu {
            let remedy = "leave the GPU more memory, or set `models.device` to cpu";
            return source.bad(&name, &problem, remedy);
        }
        if !self.converted {
            return source.damaged(&name, &problem);
        }
        let remedy = match std::fs::remove_file(&self.path) {
            Ok(()) => "it was removed; try again, and it will be converted anew",
            Err(_) => "delete it from the model cache, and it will be converted anew",
        };
        source.bad(&name, &problem, remedy)
    }
}
