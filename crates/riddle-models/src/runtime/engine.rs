//! What runs encoders on a CPU.

/// What runs encoders whose weights are safetensors, or an ONNX file that our own engine can read.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum EncoderEngine {
    /// Our own engine where the CPU and the model suit it, else ONNX Runtime.
    #[default]
    Native,
    OnnxRuntime,
    /// ONNX Runtime over padded batches of few shapes, as GPUs need them. On a CPU it is the slowest.
    PaddedBatches,
}

impl EncoderEngine {
    /// Its name, as configurations have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::OnnxRuntime => "onnxruntime",
            Self::PaddedBatches => "onnxruntime in padded batches",
        }
    }
}
