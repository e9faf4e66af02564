//! Runs an encoder's graph over tokenized texts.
//!
//! Each text runs by itself: without padding there is nothing to pad and nothing to mask, the working memory of a text
//! stays in the processor's caches, and a vector never depends on what else was in the batch. Threads work on different
//! texts rather than on parts of one, which spares them waiting for one another in every operator.

mod input;
mod lane;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use input::{EncodedText, InputBuilder};
use lane::Lane;
use riddle_core::ModelError;

use crate::convert::Source;
use crate::runtime::OnnxRuntime;

/// Copies of the weights that all threads together may hold, in bytes of the file.
const MOST_COPIED: u64 = 320 << 20;

const USE_ANOTHER: &str =
    "use an encoder exported for feature extraction or sequence classification, or its safetensors";

/// An encoder, ready to run.
pub(crate) struct Encoder {
    model: String,
    lanes: Vec<Lane>,
}

/// An ONNX file.
pub(crate) struct GraphFile {
    pub(crate) path: PathBuf,
    /// Whether it was made here from other weights, and can be made again.
    pub(crate) converted: bool,
}

/// What a graph gave for one text.
pub(crate) struct Output<'a> {
    /// Sizes of all dimensions but the first, which is 1.
    pub(crate) shape: &'a [i64],
    pub(crate) values: &'a [f32],
}

impl Encoder {
    /// Opens an ONNX file, whose output is the first of `outputs` that it has.
    pub(crate) fn open(
        runtime: &OnnxRuntime,
        source: &Source<'_>,
        graph: &GraphFile,
        outputs: &[&str],
    ) -> Result<Self, ModelError> {
        let length = std::fs::metadata(&graph.path)
            .map_err(|error| source.unreadable(&graph.name(), &error))?
            .len();
        let affordable = (MOST_COPIED / length.max(1)).max(1) as usize;
        let count = runtime.threads().min(affordable);
        let threads = runtime.threads() / count;
        let lanes = (0..count)
            .map(|_| {
                let session = runtime
                    .session(&graph.path, threads)
                    .map_err(|error| graph.unloadable(source, &error))?;
                Lane::new(session, outputs)
                    .map_err(|problem| source.bad(&graph.name(), &problem, USE_ANOTHER))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            model: source.model.to_owned(),
            lanes,
        })
    }

    /// Name of the output in use.
    pub(crate) fn output(&self) -> &str {
        self.lanes.first().map_or("", Lane::output)
    }

    /// Runs the texts in the given order of their indices while `go_on` says so, and maps what the graph gives.
    /// The result has one place for each text.
    pub(crate) fn map<T: Send>(
        &mut self,
        texts: &[EncodedText],
        order: &[usize],
        go_on: impl Fn() -> bool + Sync,
        map: impl Fn(&EncodedText, Output<'_>) -> T + Sync,
    ) -> Result<Vec<Option<T>>, ModelError> {
        let next = AtomicUsize::new(0);
        let work = |lane: &mut Lane| -> ort::Result<Vec<(usize, T)>> {
            let mut done = Vec::new();
            while let Some(index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                if !go_on() {
                    break;
                }
                let text = &texts[*index];
                match lane.run(text, |output| map(text, output)) {
                    Ok(mapped) => done.push((*index, mapped)),
                    Err(error) => {
                        next.store(order.len(), Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
            Ok(done)
        };
        let results = run_lanes(&mut self.lanes, order.len(), &work);
        let mut mapped: Vec<Option<T>> = texts.iter().map(|_| None).collect();
        for result in results {
            for (index, value) in result.map_err(|error| self.failed(&error))? {
                mapped[index] = Some(value);
            }
        }
        Ok(mapped)
    }

    fn failed(&self, error: &ort::Error) -> ModelError {
        ModelError::Failed {
            model: self.model.clone(),
            message: error.to_string(),
        }
    }
}

impl GraphFile {
    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The runtime names the file with its path, which is nobody's business.
    fn unloadable(&self, source: &Source<'_>, error: &ort::Error) -> ModelError {
        let name = self.name();
        let message = error
            .to_string()
            .replace(&*self.path.to_string_lossy(), &name);
        let problem = format!("cannot be loaded: {message}");
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

/// The calling thread works too, so that a single text costs no thread.
fn run_lanes<R: Send>(
    lanes: &mut [Lane],
    texts: usize,
    work: &(impl Fn(&mut Lane) -> R + Sync),
) -> Vec<R> {
    let useful = texts.clamp(1, lanes.len().max(1));
    let [first, others @ ..] = &mut lanes[..useful] else {
        return Vec::new();
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = others
            .iter_mut()
            .map(|lane| scope.spawn(move || work(lane)))
            .collect();
        let mut results = vec![work(first)];
        for thread in threads {
            match thread.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}
