/// What an encoder computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
    /// The vector of every token.
    HiddenStates,
    /// The score of a pair of texts.
    Classifier,
}

/// How the weights are stored and computed with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Precision {
    /// 32-bit floats.
    Fp32,
    /// 16-bit floats with the range of 32 bits, on our own engine: products of weights and activations in bf16,
    /// accumulators and all else in 32 bits.
    Bf16,
    /// 16-bit floats, for GPUs; CPUs compute them in 32 bits, slowly.
    Fp16,
    /// 8-bit integers: one scale for each output of a layer's weights; a scale and a zero point for each token of the
    /// activations, found while they are computed.
    Int8,
}

impl Head {
    /// A name for files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HiddenStates => "hidden-states",
            Self::Classifier => "classifier",
        }
    }
}

impl Precision {
    /// The name used in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fp32 => "fp32",
            Self::Fp16 => "fp16",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }

    /// Whether GPUs compute in it here.
    pub fn is_for_gpus(self) -> bool {
        matches!(self, Self::Fp32 | Self::Fp16)
    }
}
