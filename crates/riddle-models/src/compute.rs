//! What models compute with.

use std::path::Path;
use std::time::Duration;

use riddle_checkpoint::Precision;
use riddle_convert::BatchShape;
use riddle_core::ModelError;
use riddle_native::Instructions;

use crate::runtime::{CudaOptions, Device, EncoderEngine, OnnxRuntime, OnnxRuntimeError};

static CPU: Device = Device::Cpu;

/// Threads, the engine that is wanted, and ONNX Runtime where it is here. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Compute {
    threads: usize,
    engine: EncoderEngine,
    instructions: Instructions,
    /// Or why it cannot be used.
    onnxruntime: Result<OnnxRuntime, OnnxRuntimeError>,
}

impl Compute {
    /// Our own engine, without ONNX Runtime. Each model will use `threads` threads, at least one.
    pub fn new(threads: usize) -> Self {
        Self {
            threads: threads.max(1),
            engine: EncoderEngine::default(),
            instructions: Instructions::default(),
            onnxruntime: Err(OnnxRuntimeError::Missing),
        }
    }

    /// The same with the ONNX Runtime library at `path`.
    ///
    /// # Errors
    /// As [`OnnxRuntime::load`].
    pub fn with_library(path: &Path, threads: usize) -> Result<Self, OnnxRuntimeError> {
        let library = OnnxRuntime::load(path)?;
        Ok(Self::new(threads).with_onnxruntime(Ok(library)))
    }

    /// The same with ONNX Runtime, or with why it cannot be used, which those models tell that need it.
    #[must_use]
    pub fn with_onnxruntime(self, onnxruntime: Result<OnnxRuntime, OnnxRuntimeError>) -> Self {
        Self {
            onnxruntime,
            ..self
        }
    }

    /// The same on a GPU.
    ///
    /// # Errors
    /// ONNX Runtime is not here, or as [`OnnxRuntime::on_cuda`].
    pub fn on_cuda(self, options: CudaOptions) -> Result<Self, OnnxRuntimeError> {
        let library = self.onnxruntime.clone()?.on_cuda(options)?;
        Ok(self.with_onnxruntime(Ok(library)))
    }

    /// The same with another choice of the engine.
    #[must_use]
    pub fn with_engine(self, engine: EncoderEngine) -> Self {
        Self { engine, ..self }
    }

    /// The same, with our own engine using no better instructions than these.
    #[must_use]
    pub fn with_instructions(self, instructions: Instructions) -> Self {
        Self {
            instructions,
            ..self
        }
    }

    /// ONNX Runtime.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn onnxruntime(&self) -> Result<&OnnxRuntime, &OnnxRuntimeError> {
        self.onnxruntime.as_ref()
    }

    /// ONNX Runtime for a model that needs it, for the reason given, such as "it comes as an ONNX file".
    pub(crate) fn onnxruntime_for(
        &self,
        model: &str,
        reason: &str,
    ) -> Result<&OnnxRuntime, ModelError> {
        self.onnxruntime().map_err(|error| ModelError::Unavailable {
            model: model.to_owned(),
            remedy: format!("it runs on ONNX Runtime, because {reason}; {error}"),
        })
    }

    /// Threads that a model may use.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// What runs encoders.
    pub fn engine(&self) -> EncoderEngine {
        match self.device() {
            Device::Cpu => self.engine,
            Device::Cuda { .. } => EncoderEngine::PaddedBatches,
        }
    }

    /// The best instructions that our own engine may use.
    pub(crate) fn instructions(&self) -> Instructions {
        self.instructions
    }

    /// The instructions that our own engine would use, where it would run at all.
    pub(crate) fn usable_instructions(&self) -> Option<Instructions> {
        match self.engine() {
            EncoderEngine::Native => Some(riddle_native::usable(self.instructions)),
            EncoderEngine::OnnxRuntime | EncoderEngine::PaddedBatches => None,
        }
    }

    /// Whether this precision runs on ONNX Runtime, though our own engine knows it. Floats may: both give the same
    /// numbers.
    pub(crate) fn leaves_to_onnxruntime(&self, precision: Precision) -> bool {
        precision == Precision::Fp32
            && self.onnxruntime.is_ok()
            && floats_are_slow_with(Instructions::best())
    }

    /// The batches that graphs are made for.
    pub(crate) fn batches(&self) -> BatchShape {
        match self.engine() {
            EncoderEngine::PaddedBatches => BatchShape::Padded,
            EncoderEngine::Native | EncoderEngine::OnnxRuntime => BatchShape::OneLength,
        }
    }

    /// Where encoders run.
    pub fn device(&self) -> &Device {
        self.onnxruntime.as_ref().map_or(&CPU, OnnxRuntime::device)
    }

    /// How long the test of a GPU took, the second time.
    pub fn self_test(&self) -> Option<Duration> {
        self.onnxruntime.as_ref().ok()?.self_test()
    }
}

/// Whether our own engine takes about ten times as long for floats as ONNX Runtime, where a CPU has nothing better than
/// these instructions: x86 without AVX2 has none that rounds a product and its sum once.
fn floats_are_slow_with(best: Instructions) -> bool {
    cfg!(target_arch = "x86_64") && best == Instructions::Portable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_slow_on_x86_without_avx2_alone() {
        for best in Instructions::ALL {
            let expected = best == Instructions::Portable && cfg!(target_arch = "x86_64");
            assert_eq!(floats_are_slow_with(best), expected, "{best:?}");
        }
        assert!(
            !Compute::new(1).leaves_to_onnxruntime(Precision::Fp32),
            "slow is better than not at all"
        );
    }
}
