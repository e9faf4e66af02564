//! Runs an encoder over tokenized texts, on one of the engines.
//!
//! On a CPU, threads work on different texts rather than on parts of one, which spares them waiting for one another
//! in every operator. A GPU computes many texts at once.

mod graph;
mod input;
mod lane;
mod onnx;
mod padded;
mod plan;
mod token_cache;

pub(crate) use input::{Cut, EncodedQuery, EncodedText, InputBuilder, InputOfWindow};
pub(crate) use onnx::GraphFile;
use onnx::OnnxEncoder;
use padded::PaddedEncoder;
use riddle_core::ModelError;

use riddle_checkpoint::Source;
use riddle_native::{NativeEncoder, TokenIds};

use crate::OnnxRuntime;
use crate::compute::Compute;
use crate::runtime::EncoderEngine;

/// An encoder, ready to run.
pub(crate) struct Encoder {
    model: String,
    output: String,
    engine: Engine,
}

/// What runs it.
enum Engine {
    Onnx(OnnxEncoder),
    Padded(Box<PaddedEncoder>),
    Native(Box<NativeEncoder>),
}

/// What an encoder gave for one text.
pub(crate) struct Output<'a> {
    /// Sizes of all dimensions but the first, which is 1.
    pub(crate) shape: &'a [i64],
    pub(crate) values: &'a [f32],
}

impl Encoder {
    /// Opens an ONNX file, whose output is the first of `outputs` that it has.
    pub(crate) fn open(
        compute: &Compute,
        source: &Source<'_>,
        graph: &GraphFile,
        outputs: &[&str],
    ) -> Result<Self, ModelError> {
        let (output, engine) = if compute.engine() == EncoderEngine::PaddedBatches {
            let engine = PaddedEncoder::open(compute, source, graph, outputs)?;
            (engine.output().to_owned(), Engine::Padded(Box::new(engine)))
        } else {
            let engine = OnnxEncoder::open(compute, source, graph, outputs)?;
            (engine.output().to_owned(), Engine::Onnx(engine))
        };
        Ok(Self {
            model: source.model.to_owned(),
            output,
            engine,
        })
    }

    /// Takes an encoder of our own engine.
    pub(crate) fn native(source: &Source<'_>, engine: NativeEncoder, output: &str) -> Self {
        Self {
            model: source.model.to_owned(),
            output: output.to_owned(),
            engine: Engine::Native(Box::new(engine)),
        }
    }

    /// Name of the output in use.
    pub(crate) fn output(&self) -> &str {
        &self.output
    }

    /// A name for what runs it, with the instructions of our own engine.
    pub(crate) fn engine(&self) -> String {
        match &self.engine {
            Engine::Onnx(_) => EncoderEngine::OnnxRuntime.as_str().to_owned(),
            Engine::Padded(_) => EncoderEngine::PaddedBatches.as_str().to_owned(),
            Engine::Native(engine) => format!(
                "{} {}",
                EncoderEngine::Native.as_str(),
                engine.instructions().as_str()
            ),
        }
    }

    /// Texts that run at the same time.
    pub(crate) fn parallel(&self) -> usize {
        match &self.engine {
            Engine::Onnx(engine) => engine.parallel(),
            // A GPU takes as many as come.
            Engine::Padded(_) => 1,
            Engine::Native(engine) => engine.parallel(),
        }
    }

    /// Whether it can keep tokens from being attended to ([`EncodedText::attended`]).
    pub(crate) fn masks(&self) -> bool {
        match &self.engine {
            Engine::Onnx(engine) => engine.masks(),
            Engine::Padded(_) | Engine::Native(_) => true,
        }
    }

    /// Runs the texts, roughly in the given order of their indices, while `go_on` says so, and maps what each gives.
    /// The result has one place for each text.
    pub(crate) fn map<T: Send>(
        &mut self,
        texts: &[EncodedText],
        order: &[usize],
        go_on: impl Fn() -> bool + Sync,
        map: impl Fn(&EncodedText, Output<'_>) -> T + Sync,
    ) -> Result<Vec<Option<T>>, ModelError> {
        let failed = |error: ort::Error| {
            tracing::error!(%error, model = self.model, "ONNX Runtime failed");
            ModelError::Failed {
                model: self.model.clone(),
                message: OnnxRuntime::readable(&error),
            }
        };
        match &mut self.engine {
            Engine::Onnx(engine) => engine.map(texts, order, go_on, map).map_err(failed),
            Engine::Padded(engine) => engine.map(texts, order, go_on, map).map_err(failed),
            Engine::Native(engine) => {
                let inputs = texts.iter().map(|text| TokenIds {
                    ids: &text.ids,
                    types: &text.types,
                    attended: text.attended,
                });
                let inputs: Vec<TokenIds<'_>> = inputs.collect();
                let map = |index: usize, shape: &[i64], values: &[f32]| {
                    map(&texts[index], Output { shape, values })
                };
                Ok(engine.map(&inputs, order, go_on, map))
            }
        }
    }
}
