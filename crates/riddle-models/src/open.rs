//! Opens an encoder on the engine that suits it.

use std::path::Path;

use riddle_core::ModelError;

use crate::convert::{
    Architecture, Conversion, Head, Precision, Source, content_hash, ensure_converted, rounding,
    stated_limit,
};
use crate::encoder::{Encoder, GraphFile};
#[cfg(target_arch = "x86_64")]
use crate::native::NativeEncoder;
use crate::runtime::{EncoderEngine, OnnxRuntime};

/// Goes up when our own engine's arithmetic changes, because vectors of two versions do not belong in one index.
const NATIVE_VERSION: u32 = 3;

/// The same for the arithmetic of the graphs that are made for ONNX Runtime.
const GRAPH_VERSION: u32 = 2;

/// What to open.
pub(crate) struct Wanted<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) weights: &'a str,
    pub(crate) cache: &'a Path,
    pub(crate) head: Head,
    pub(crate) precision: Precision,
    /// Longest input in tokens that is wanted.
    pub(crate) max_tokens: usize,
    /// Outputs of a foreign graph that can be used, best first.
    pub(crate) outputs: &'a [&'a str],
}

/// The products of 8 bits and of bf16 that we make are those of processors.
pub(crate) fn check_precision(
    runtime: &OnnxRuntime,
    source: &Source<'_>,
    precision: Precision,
) -> Result<(), ModelError> {
    if runtime.device().is_gpu() && !precision.is_for_gpus() {
        return Err(ModelError::Unavailable {
            model: source.model.to_owned(),
            remedy: format!(
                "precision {} is for processors; set `models.precision` to fp16 or fp32, or `models.device` to cpu",
                precision.as_str()
            ),
        });
    }
    Ok(())
}

/// An encoder and what it came from.
pub(crate) struct Opened {
    pub(crate) encoder: Encoder,
    /// Hash of weights and configuration.
    pub(crate) content: String,
    /// What decides about the numbers it gives, beside the weights.
    pub(crate) arithmetic: String,
    /// Longest input by `config.json`, in tokens.
    pub(crate) max_tokens: usize,
}

impl Wanted<'_> {
    /// Opens it, converting the weights first where the engine needs that.
    pub(crate) fn open(&self, runtime: &OnnxRuntime) -> Result<Opened, ModelError> {
        if self.weights.ends_with(".onnx") {
            return self.open_foreign(runtime);
        }
        let architecture = Architecture::read(&self.source)?;
        check_precision(runtime, &self.source, self.precision)?;
        let max_tokens = architecture.max_tokens();
        if let Some((encoder, rounds)) = self.open_native(runtime, &architecture)? {
            let arithmetic = self.arithmetic(rounds, NATIVE_VERSION);
            return Ok(Opened {
                encoder,
                content: content_hash(&self.source, self.weights, self.cache)?,
                arithmetic,
                max_tokens,
            });
        }
        let conversion = Conversion {
            model: self.source.model.to_owned(),
            head: self.head,
            precision: self.precision,
            batches: runtime.batches(),
        };
        let converted =
            ensure_converted(self.source.folder(), self.weights, self.cache, &conversion)?;
        let graph = GraphFile {
            path: converted.path,
            data_bytes: 0,
            converted: true,
            longest: self.max_tokens.min(max_tokens),
        };
        Ok(Opened {
            encoder: Encoder::open(runtime, &self.source, &graph, self.outputs)?,
            content: converted.content,
            arithmetic: self.arithmetic(rounding(), GRAPH_VERSION),
            max_tokens,
        })
    }

    /// In floats both engines give the same numbers. bf16 is for one of them alone, whose sets of instructions differ less
    /// in it than two precisions do (lowest cosine 0.99997).
    fn arithmetic(&self, rounding: &str, version: u32) -> String {
        let precision = self.precision.as_str();
        match self.precision {
            Precision::Fp32 | Precision::Bf16 | Precision::Fp16 => precision.to_owned(),
            Precision::Int8 => format!("{precision}-{rounding}{version}"),
        }
    }

    fn open_foreign(&self, runtime: &OnnxRuntime) -> Result<Opened, ModelError> {
        let content = content_hash(&self.source, self.weights, self.cache)?;
        let max_tokens = stated_limit(&self.source)?;
        let graph = GraphFile {
            path: self.source.path(self.weights),
            data_bytes: 0,
            converted: false,
            longest: self.max_tokens.min(max_tokens),
        };
        Ok(Opened {
            encoder: Encoder::open(runtime, &self.source, &graph, self.outputs)?,
            content,
            arithmetic: "onnx".to_owned(),
            max_tokens,
        })
    }

    /// With a name for how it rounds.
    #[cfg(target_arch = "x86_64")]
    fn open_native(
        &self,
        runtime: &OnnxRuntime,
        architecture: &Architecture,
    ) -> Result<Option<(Encoder, &'static str)>, ModelError> {
        let (Architecture::Bert(config), EncoderEngine::Native) = (architecture, runtime.engine())
        else {
            return Ok(None);
        };
        if self.precision == Precision::Fp16 {
            return Ok(None);
        }
        let weights = (&self.source, self.weights);
        let what = (self.head, self.precision);
        let Some(engine) = NativeEncoder::open(runtime, weights, config.clone(), what)? else {
            return Ok(None);
        };
        let output = match self.head {
            Head::HiddenStates => "last_hidden_state",
            Head::Classifier => "logits",
        };
        // Attention in bf16 rounds otherwise.
        let rounds = if engine.attends_in_floats() {
            "native-floats"
        } else {
            "native"
        };
        let encoder = Encoder::native(&self.source, engine, output);
        Ok(Some((encoder, rounds)))
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn open_native(
        &self,
        _: &OnnxRuntime,
        _: &Architecture,
    ) -> Result<Option<(Encoder, &'static str)>, ModelError> {
        Ok(None)
    }
}
