//! What runs encoders on a processor.

/// What runs encoders whose weights are safetensors. ONNX files always run on ONNX Runtime.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum EncoderEngine {
    /// Our own engine where the processor and the model suit it, else ONNX Runtime.
    #[default]
    Native,
    /// ONNX Runtime.
    OnnxRuntime,
    /// ONNX Runtime over padded batches of few shapes, as GPUs need them. On a processor it is the slowest.
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

/// Vector instructions of processors that our own engine is compiled for. It uses the best that a processor has.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Instructions {
    /// AVX-512 (F, BW, DQ, VL) with VNNI and bf16: Zen 4 and 5, Cooper Lake, Sapphire Rapids.
    #[default]
    Avx512Bf16,
    /// AVX-512 (F, BW, DQ, VL) with VNNI: Cascade Lake, Ice Lake, Tiger Lake.
    Avx512,
    /// AVX2 and FMA with VNNI in 256 bits: Alder Lake and later.
    AvxVnni,
    /// AVX2 and FMA: Haswell to Comet Lake, Zen 1 to 3.
    Avx2,
}

impl Instructions {
    /// All of them, the best first.
    pub const ALL: [Self; 4] = [Self::Avx512Bf16, Self::Avx512, Self::AvxVnni, Self::Avx2];

    /// Its name, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Avx512Bf16 => "avx512-bf16",
            Self::Avx512 => "avx512",
            Self::AvxVnni => "avx-vnni",
            Self::Avx2 => "avx2",
        }
    }
}
