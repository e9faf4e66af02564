//! Opens an encoder on the engine that suits it.

mod agreement;
mod exported;

use std::fmt::Debug;
use std::path::Path;

use riddle_checkpoint::{Head, Precision, Source, content_hash};
use riddle_convert::{Architecture, Conversion, ensure_converted};
use riddle_core::ModelError;
use riddle_native::{Instructions, NativeEncoder, Options};
use sha2::{Digest, Sha256};

use crate::compute::Compute;
use crate::encoder::{Encoder, GraphFile};
use crate::runtime::EncoderEngine;

/// How vectors in 8 bits are rounded by our own engine. It changes when its arithmetic does, because vectors of two
/// versions do not belong in one index.
const NATIVE_ROUNDING: &str = "native-floats3";

/// How it rounded, in the same version, where CPUs have instructions for bf16. The two differ less than either does
/// from the model in 32 bits, so that vectors of both may be in one index.
const NATIVE_ROUNDING_WITH_BF16: &str = "native3";

/// How the graphs round that are made for ONNX Runtime. It changes when their arithmetic does.
const GRAPH_ROUNDING: &str = "onnx2";

/// The numbers of an ONNX file as they are.
const GRAPH_AS_IT_IS: &str = "onnx";

/// Why floats run on ONNX Runtime on x86 without AVX2.
const FLOATS_ARE_SLOW: &str = "it has floats, for which Riddle's own engine is slow on this CPU";

/// What the graphs of other tools are read for.
pub(crate) const EXPORTS: [(&[&str], Head); 2] = [
    (&["logits"], Head::Classifier),
    (
        &["last_hidden_state", "token_embeddings"],
        Head::HiddenStates,
    ),
];

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
    /// Whether it has to give the same numbers on every CPU, although some are faster otherwise.
    pub(crate) same_everywhere: bool,
    /// Whether it has to read tokens that it must not attend to.
    pub(crate) needs_mask: bool,
}

/// The products of 8 bits and of bf16 that we make are those of CPUs.
pub(crate) fn check_precision(
    compute: &Compute,
    source: &Source<'_>,
    precision: Precision,
) -> Result<(), ModelError> {
    if compute.device().is_gpu() && !precision.is_for_gpus() {
        return Err(ModelError::Unavailable {
            model: source.model.to_owned(),
            remedy: format!(
                "precision {} is for CPUs; set `models.precision` to fp16 or fp32, or `models.device` to cpu",
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
    /// Names that this had before, or of arithmetic that differs next to nothing.
    pub(crate) compatible: Vec<String>,
    /// Longest input by `config.json` or the graph, in tokens.
    pub(crate) max_tokens: usize,
    /// How many tokens a graph has vectors for, as far as it was looked at.
    pub(crate) vocabulary: Option<usize>,
}

impl Opened {
    /// What decides about the numbers that a model of this name gives.
    pub(crate) fn fingerprint(&self, name: &str) -> String {
        format!("{name}:{}:{}", self.arithmetic, self.content)
    }
}

/// What is behind a network, as a part of a fingerprint: its form and the weights in these files.
pub(crate) fn form_mark<'a>(
    source: &Source<'_>,
    form: &dyn Debug,
    files: impl Iterator<Item = &'a str>,
) -> Result<String, ModelError> {
    let mut hash = Sha256::new();
    hash.update(format!("{form:?}"));
    for file in files {
        hash.update(source.read(file)?);
    }
    Ok(format!(":{:.16}", format!("{:x}", hash.finalize())))
}

impl Wanted<'_> {
    /// Opens it, converting the weights first where the engine needs that.
    pub(crate) fn open(&self, compute: &Compute) -> Result<Opened, ModelError> {
        if self.weights.ends_with(".onnx") {
            return self.open_foreign(compute);
        }
        let architecture = Architecture::read(&self.source)?;
        check_precision(compute, &self.source, self.precision)?;
        let max_tokens = architecture.max_tokens();
        if let Some(encoder) = self.open_native(compute, &architecture)? {
            return Ok(Opened {
                encoder,
                content: content_hash(&self.source, self.weights, self.cache)?,
                arithmetic: self.arithmetic(NATIVE_ROUNDING),
                compatible: match self.precision {
                    Precision::Int8 => vec![self.arithmetic(NATIVE_ROUNDING_WITH_BF16)],
                    Precision::Fp32 | Precision::Bf16 | Precision::Fp16 => Vec::new(),
                },
                max_tokens,
                vocabulary: None,
            });
        }
        let reason = self.not_native(compute, &architecture);
        compute.onnxruntime_for(self.source.model, reason)?;
        self.open_converted(&self.able_to_mask(compute), max_tokens)
    }

    /// With the engine whose graphs take a mask, if one is needed: there, what none attends to is padding.
    fn able_to_mask(&self, compute: &Compute) -> Compute {
        let compute = compute.clone();
        match self.needs_mask {
            true => compute.with_engine(EncoderEngine::PaddedBatches),
            false => compute,
        }
    }

    /// On ONNX Runtime, as a graph that is made of the weights.
    fn open_converted(&self, compute: &Compute, max_tokens: usize) -> Result<Opened, ModelError> {
        let conversion = Conversion {
            model: self.source.model.to_owned(),
            head: self.head,
            precision: self.precision,
            batches: compute.batches(),
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
            encoder: Encoder::open(compute, &self.source, &graph, self.outputs)?,
            content: converted.content,
            arithmetic: self.arithmetic(GRAPH_ROUNDING),
            compatible: Vec::new(),
            max_tokens,
            vocabulary: None,
        })
    }

    /// In floats both engines give the same numbers. bf16 is for one of them alone, whose sets of instructions differ
    /// less in it than two precisions do (lowest cosine 0.99997).
    fn arithmetic(&self, rounding: &str) -> String {
        let precision = self.precision.as_str();
        match self.precision {
            Precision::Fp32 | Precision::Bf16 | Precision::Fp16 => precision.to_owned(),
            Precision::Int8 => format!("{precision}-{rounding}"),
        }
    }

    fn open_foreign(&self, compute: &Compute) -> Result<Opened, ModelError> {
        let reason = match self.open_exported(compute) {
            Ok(opened) => return Ok(opened),
            Err(reason) => reason,
        };
        tracing::debug!(
            model = self.source.model,
            reason,
            "an ONNX file runs on ONNX Runtime"
        );
        compute.onnxruntime_for(
            self.source.model,
            &format!("it comes as an ONNX file and {reason}"),
        )?;
        let (max_tokens, vocabulary) = self.sizes()?;
        Ok(Opened {
            encoder: self.on_onnxruntime(compute, max_tokens)?,
            content: content_hash(&self.source, self.weights, self.cache)?,
            arithmetic: GRAPH_AS_IT_IS.to_owned(),
            compatible: Vec::new(),
            max_tokens,
            vocabulary,
        })
    }

    /// An ONNX file on ONNX Runtime.
    fn on_onnxruntime(&self, compute: &Compute, max_tokens: usize) -> Result<Encoder, ModelError> {
        let graph = GraphFile {
            path: self.source.path(self.weights),
            data_bytes: 0,
            converted: false,
            longest: self.max_tokens.min(max_tokens),
        };
        Encoder::open(compute, &self.source, &graph, self.outputs)
    }

    /// On our own engine, where it is wanted and suits the model.
    fn open_native(
        &self,
        compute: &Compute,
        architecture: &Architecture,
    ) -> Result<Option<Encoder>, ModelError> {
        let (Architecture::Bert(config), EncoderEngine::Native) = (architecture, compute.engine())
        else {
            return Ok(None);
        };
        if self.precision == Precision::Fp16 || compute.leaves_to_onnxruntime(self.precision) {
            return Ok(None);
        }
        let options = Options {
            head: self.head,
            precision: self.precision,
            instructions: self.instructions(compute, self.precision),
            threads: compute.threads(),
        };
        let engine = NativeEncoder::open(&self.source, self.weights, config.clone(), &options)?;
        let output = match self.head {
            Head::HiddenStates => "last_hidden_state",
            Head::Classifier => "logits",
        };
        Ok(engine.map(|engine| Encoder::native(&self.source, engine, output)))
    }

    /// In 8 bits, attention in bf16 moves vectors by more than a fingerprint allows. What has to be the same everywhere
    /// is computed without the instructions for it, which gives the numbers of all other sets.
    fn instructions(&self, compute: &Compute, precision: Precision) -> Instructions {
        match compute.instructions() {
            Instructions::Avx512Bf16 if self.same_everywhere && precision == Precision::Int8 => {
                Instructions::Avx512
            }
            instructions => instructions,
        }
    }

    /// Why our own engine does not run it.
    fn not_native(&self, compute: &Compute, architecture: &Architecture) -> &'static str {
        match (architecture, compute.engine()) {
            (_, EncoderEngine::OnnxRuntime) => "`models.engine` is onnxruntime",
            (_, EncoderEngine::PaddedBatches) => "it is to run on a GPU",
            (Architecture::Modern(_), EncoderEngine::Native) => {
                "it is a ModernBERT, which Riddle's own engine does not know"
            }
            (Architecture::Bert(_), EncoderEngine::Native) if self.precision == Precision::Fp16 => {
                "`models.precision` is fp16, which Riddle's own engine does not know"
            }
            (Architecture::Bert(_), EncoderEngine::Native)
                if compute.leaves_to_onnxruntime(self.precision) =>
            {
                FLOATS_ARE_SLOW
            }
            (Architecture::Bert(_), EncoderEngine::Native) => {
                "it has sizes that do not suit Riddle's own engine"
            }
        }
    }
}
