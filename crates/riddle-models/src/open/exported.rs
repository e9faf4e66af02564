//! ONNX files of encoders that our own engine knows.

use std::path::PathBuf;

use riddle_checkpoint::{CONFIG_FILE, Precision, content_hash, stated_limit, was_hashed};
use riddle_convert::ExportedEncoder;
use riddle_core::ModelError;
use riddle_native::{NativeEncoder, Options, fits};

use super::agreement::Agreement;
use super::{FLOATS_ARE_SLOW, GRAPH_AS_IT_IS, NATIVE_ROUNDING, Opened, Wanted};
use crate::compute::Compute;
use crate::encoder::Encoder;
use crate::runtime::EncoderEngine;

impl Wanted<'_> {
    /// An ONNX file on our own engine: where it is wanted and understands all of the graph, and gives what ONNX
    /// Runtime gives, as far as that is here to be asked. `Err` says why not.
    pub(super) fn open_exported(&self, compute: &Compute) -> Result<Opened, String> {
        if compute.engine() != EncoderEngine::Native {
            return Err("it is not to run on Riddle's own engine".to_owned());
        }
        let path = self.source.path(self.weights);
        let read = ExportedEncoder::read(&path, self.outputs, self.head)?;
        if !fits(read.config()) {
            return Err("it has sizes that do not suit Riddle's own engine".to_owned());
        }
        if compute.leaves_to_onnxruntime(precision_of(&read)) {
            return Err(FLOATS_ARE_SLOW.to_owned());
        }
        let used_before = was_hashed(&self.source, self.weights, self.cache);
        let content = content_hash(&self.source, self.weights, self.cache)
            .map_err(|error| error.to_string())?;
        let agreement = self.agreement(&content, &read);
        if agreement.is_known() == Some(false) {
            return Err("it did not give what ONNX Runtime gives".to_owned());
        }
        if read.is_quantized()
            && self.same_everywhere
            && !self.vectors_are_ours(&content, used_before && compute.onnxruntime().is_ok())
        {
            return Err("its vectors in 8 bits were made by ONNX Runtime before".to_owned());
        }
        let max_tokens = self.limit(&read)?;
        let arithmetic = self.arithmetic_of(&read);
        let vocabulary = Some(read.config().vocabulary);
        let mut encoder = self
            .native_of(compute, read)
            .map_err(|error| error.to_string())?;
        if agreement.is_known().is_none() && compute.onnxruntime().is_ok() {
            agreement.check(self, compute, &mut encoder, max_tokens)?;
        }
        Ok(Opened {
            encoder,
            content,
            arithmetic,
            compatible: Vec::new(),
            max_tokens,
            vocabulary,
        })
    }

    /// Vectors in 8 bits of the two engines are too far apart for one index. What ONNX Runtime has embedded with a file
    /// stays its own, and a file that nothing can have been embedded with is ours from the first time on.
    fn vectors_are_ours(&self, content: &str, by_onnxruntime_before: bool) -> bool {
        let ours = self.cache.join(format!("{content}-native-vectors"));
        if ours.exists() {
            return true;
        }
        if by_onnxruntime_before {
            return false;
        }
        if let Err(error) = std::fs::write(ours, []) {
            tracing::debug!(%error, "which engine makes the vectors of a file cannot be kept");
        }
        true
    }

    fn agreement(&self, content: &str, read: &ExportedEncoder) -> Agreement {
        let head = self.head.as_str();
        let file: PathBuf = self.cache.join(format!("{content}-{head}-exported.json"));
        Agreement::new(file, read.is_quantized())
    }

    /// The longest input of an ONNX file for ONNX Runtime, and how many tokens it has vectors for. Where no
    /// `config.json` is beside it, the graph says so itself, if it is understood.
    pub(super) fn sizes(&self) -> Result<(usize, Option<usize>), ModelError> {
        let stated = stated_limit(&self.source)?;
        if self.source.path(CONFIG_FILE).is_file() {
            return Ok((stated, None));
        }
        let path = self.source.path(self.weights);
        let Ok(read) = ExportedEncoder::read(&path, self.outputs, self.head) else {
            return Ok((stated, None));
        };
        let config = read.config();
        Ok((stated.min(config.max_tokens()), Some(config.vocabulary)))
    }

    fn limit(&self, read: &ExportedEncoder) -> Result<usize, String> {
        let stated = stated_limit(&self.source).map_err(|error| error.to_string())?;
        Ok(stated.min(read.config().max_tokens()))
    }

    /// Floats are the same numbers on both engines.
    fn arithmetic_of(&self, read: &ExportedEncoder) -> String {
        if read.is_quantized() {
            format!("{}-{NATIVE_ROUNDING}", Precision::Int8.as_str())
        } else {
            GRAPH_AS_IT_IS.to_owned()
        }
    }

    fn native_of(&self, compute: &Compute, read: ExportedEncoder) -> Result<Encoder, ModelError> {
        let precision = precision_of(&read);
        let options = Options {
            head: self.head,
            precision,
            instructions: self.instructions(compute, precision),
            threads: compute.threads(),
        };
        let (config, output) = (read.config().clone(), read.output().to_owned());
        let weights = read.into_weights(self.source.clone(), self.weights);
        let engine = NativeEncoder::of_weights(weights, config, &options)?;
        let engine = engine.ok_or_else(|| {
            let problem = "has sizes that do not suit Riddle's own engine";
            self.source.damaged(self.weights, problem)
        })?;
        Ok(Encoder::native(&self.source, engine, &output))
    }
}

/// The precision that the file has.
fn precision_of(read: &ExportedEncoder) -> Precision {
    match read.is_quantized() {
        true => Precision::Int8,
        false => Precision::Fp32,
    }
}
