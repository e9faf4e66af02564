/// Sets of instructions that our own engine is compiled for. It uses the best that a CPU has.
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
    /// What every CPU of its kind has, as the compiler uses it: NEON on ARM, SSE2 on older x86.
    Portable,
}

impl Instructions {
    /// All of them, the best first.
    pub const ALL: [Self; 5] = [
        Self::Avx512Bf16,
        Self::Avx512,
        Self::AvxVnni,
        Self::Avx2,
        Self::Portable,
    ];

    /// The best that this CPU has.
    pub fn best() -> Self {
        crate::usable(Self::default())
    }

    /// Whether this CPU has them.
    pub fn is_available(self) -> bool {
        crate::usable(self) == self
    }

    /// Its name, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Avx512Bf16 => "avx512-bf16",
            Self::Avx512 => "avx512",
            Self::AvxVnni => "avx-vnni",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }
}
