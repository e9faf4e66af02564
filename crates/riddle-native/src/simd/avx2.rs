//! AVX2 with FMA; with VNNI in 256 bits or without. A vector of 16 is two registers.
//!
//! Without VNNI, bytes are kept in 16 bits: products of two are added up exactly, as VNNI does for four, where
//! instructions for bytes would overflow.

#![expect(
    unsafe_code,
    reason = "instructions, and loads and stores by pointers that slices have given"
)]
use std::arch::x86_64::*;

use super::product::{ROWS_OF_UNPACKED, by_rows, product};
use super::{Isa, Kind, LANES, Product, TILE_ROWS, Task, padded};

/// Numbers in a register.
const HALF: usize = LANES / 2;

/// The set of instructions, with VNNI or without.
#[derive(Clone, Copy)]
pub(super) struct Avx2<const VNNI: bool>(());

/// Runs a task.
///
/// # Safety
/// The CPU has the instructions.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn enter<T: Task>(task: T) -> T::Output {
    task.run(Avx2::<false>(()))
}

/// Runs a task.
///
/// # Safety
/// The CPU has the instructions, and those for products of bytes.
#[target_feature(enable = "avx2,fma,avxvnni")]
pub(super) unsafe fn enter_with_vnni<T: Task>(task: T) -> T::Output {
    task.run(Avx2::<true>(()))
}

product!(
    product_of_four_bytes,
    "avx2,fma,avxvnni",
    8,
    __m256i,
    _mm256_setzero_si256(),
    _mm256_set1_epi32,
    |accumulator, a, b| _mm256_dpbusd_avx_epi32(accumulator, a, b),
    |out: *mut u32| _mm256_loadu_si256(out.cast()),
    |out: *mut u32, accumulator| _mm256_storeu_si256(out.cast(), accumulator)
);
product!(
    product_of_two_bytes,
    "avx2,fma",
    8,
    __m256i,
    _mm256_setzero_si256(),
    _mm256_set1_epi32,
    |accumulator, a, b| _mm256_add_epi32(accumulator, _mm256_madd_epi16(a, b)),
    |out: *mut u32| _mm256_loadu_si256(out.cast()),
    |out: *mut u32, accumulator| _mm256_storeu_si256(out.cast(), accumulator)
);
product!(
    product_bf16,
    "avx2,fma",
    8,
    __m256i,
    _mm256_setzero_ps(),
    _mm256_set1_epi32,
    |accumulator, a, b| {
        let low = _mm256_fmadd_ps(low_halves(a), low_halves(b), accumulator);
        _mm256_fmadd_ps(high_halves(a), high_halves(b), low)
    },
    |out: *mut u32| _mm256_loadu_ps(out.cast()),
    |out: *mut u32, accumulator| _mm256_storeu_ps(out.cast(), accumulator)
);
product!(
    product_fp32,
    "avx2,fma",
    8,
    __m256,
    _mm256_setzero_ps(),
    |value| _mm256_castsi256_ps(_mm256_set1_epi32(value)),
    |accumulator, a, b| _mm256_fmadd_ps(a, b, accumulator),
    |out: *mut u32| _mm256_loadu_ps(out.cast()),
    |out: *mut u32, accumulator| _mm256_storeu_ps(out.cast(), accumulator)
);

/// Whoever has a set of instructions may use them.
fn multiply<const VNNI: bool>(_: Avx2<VNNI>, product: Product<'_>, out: &mut [u32], stride: usize) {
    assert!(product.width == LANES && product.fits(TILE_ROWS, out, stride));
    let rows = product.rows.count;
    if product.kind == Kind::Bf16 {
        return product.in_parts(ROWS_OF_UNPACKED, out, stride, |rows, pointers| {
            by_rows!(product_bf16, 2, rows, pointers, [1 2 3]);
        });
    }
    let pointers = product.pointers(out, stride);
    match product.kind {
        Kind::Int8 if VNNI => by_rows!(product_of_four_bytes, 2, rows, pointers, [1 2 3 4 5 6]),
        Kind::Int8 => by_rows!(product_of_two_bytes, 2, rows, pointers, [1 2 3 4 5 6]),
        _ => by_rows!(product_fp32, 2, rows, pointers, [1 2 3 4 5 6]),
    }
}

/// Functions of vectors that are the same instruction for either register.
macro_rules! instructions {
    ($($name:ident($($argument:ident: $of:ident),+) -> $result:ident = $instruction:expr;)+) => {$(
        #[inline(always)]
        fn $name(self, $($argument: Self::$of),+) -> Self::$result {
            // SAFETY: whoever has a set of instructions may use them.
            unsafe { [$instruction($($argument[0]),+), $instruction($($argument[1]),+)] }
        }
    )+};
}

impl<const VNNI: bool> Isa for Avx2<VNNI> {
    type Floats = [__m256; 2];
    type Units = [__m256i; 2];

    /// 6 × 2 accumulators, 2 weights and a number of a row fit 16 registers.
    const PANEL: usize = LANES;
    /// 16 KiB of weights.
    const BLOCK: usize = 256;

    fn per_unit(kind: Kind) -> usize {
        match kind {
            Kind::Int8 if VNNI => 4,
            Kind::Int8 | Kind::Bf16 => 2,
            Kind::Fp32 => 1,
        }
    }

    fn most_rows(_: usize) -> usize {
        TILE_ROWS
    }

    #[inline(always)]
    fn multiply(self, product: Product<'_>, out: &mut [u32], stride: usize) {
        multiply(self, product, out, stride);
    }

    instructions! {
        add(a: Floats, b: Floats) -> Floats = _mm256_add_ps;
        sub(a: Floats, b: Floats) -> Floats = _mm256_sub_ps;
        mul(a: Floats, b: Floats) -> Floats = _mm256_mul_ps;
        div(a: Floats, b: Floats) -> Floats = _mm256_div_ps;
        min(a: Floats, b: Floats) -> Floats = _mm256_min_ps;
        max(a: Floats, b: Floats) -> Floats = _mm256_max_ps;
        mul_add(a: Floats, b: Floats, c: Floats) -> Floats = _mm256_fmadd_ps;
        mul_sub_from(a: Floats, b: Floats, c: Floats) -> Floats = _mm256_fnmadd_ps;
        round(x: Floats) -> Floats =
            _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>;
        times_power_of_two(x: Floats, power: Floats) -> Floats = times_power_of_two;
        as_floats(units: Units) -> Floats = _mm256_castsi256_ps;
        as_units(floats: Floats) -> Units = _mm256_castps_si256;
        integers_as_floats(integers: Units) -> Floats = _mm256_cvtepi32_ps;
        to_integers(floats: Floats) -> Units = _mm256_cvtps_epi32;
        add_integers(a: Units, b: Units) -> Units = _mm256_add_epi32;
    }

    #[inline(always)]
    fn splat(self, value: f32) -> [__m256; 2] {
        // SAFETY: whoever has a set of instructions may use them.
        [unsafe { _mm256_set1_ps(value) }; 2]
    }

    #[inline(always)]
    fn reciprocal(self, x: [__m256; 2]) -> [__m256; 2] {
        self.div(self.splat(1.0), x)
    }

    #[inline(always)]
    fn sum(self, x: [__m256; 2]) -> f32 {
        // SAFETY: whoever has a set of instructions may use them.
        unsafe { fold(_mm256_add_ps(x[0], x[1]), |a, b| _mm_add_ps(a, b)) }
    }

    #[inline(always)]
    fn smallest(self, x: [__m256; 2]) -> f32 {
        // SAFETY: whoever has a set of instructions may use them.
        unsafe { fold(_mm256_min_ps(x[0], x[1]), |a, b| _mm_min_ps(a, b)) }
    }

    #[inline(always)]
    fn largest(self, x: [__m256; 2]) -> f32 {
        // SAFETY: whoever has a set of instructions may use them.
        unsafe { fold(_mm256_max_ps(x[0], x[1]), |a, b| _mm_max_ps(a, b)) }
    }

    #[inline(always)]
    fn read(self, values: &[f32; LANES]) -> [__m256; 2] {
        let start = values.as_ptr();
        // SAFETY: the array is as long as two registers.
        unsafe { [_mm256_loadu_ps(start), _mm256_loadu_ps(start.add(HALF))] }
    }

    #[inline(always)]
    fn read_units(self, values: &[u32; LANES]) -> [__m256i; 2] {
        let start = values.as_ptr();
        // SAFETY: the array is as long as two registers.
        unsafe {
            [
                _mm256_loadu_si256(start.cast()),
                _mm256_loadu_si256(start.add(HALF).cast()),
            ]
        }
    }

    #[inline(always)]
    fn write(self, values: &mut [f32; LANES], vector: [__m256; 2]) {
        let start = values.as_mut_ptr();
        // SAFETY: the array is as long as two registers.
        unsafe {
            _mm256_storeu_ps(start, vector[0]);
            _mm256_storeu_ps(start.add(HALF), vector[1]);
        }
    }

    #[inline(always)]
    fn write_units(self, values: &mut [u32; LANES], vector: [__m256i; 2]) {
        let start = values.as_mut_ptr();
        // SAFETY: the array is as long as two registers.
        unsafe {
            _mm256_storeu_si256(start.cast(), vector[0]);
            _mm256_storeu_si256(start.add(HALF).cast(), vector[1]);
        }
    }

    #[inline(always)]
    fn load(self, values: &[f32]) -> [__m256; 2] {
        match values.first_chunk() {
            Some(values) => self.read(values),
            None => self.read(&padded(values)),
        }
    }

    #[inline(always)]
    fn load_units(self, values: &[u32]) -> [__m256i; 2] {
        match values.first_chunk() {
            Some(values) => self.read_units(values),
            None => self.read_units(&padded(values)),
        }
    }

    #[inline(always)]
    fn store(self, values: &mut [f32], vector: [__m256; 2]) {
        if let Some(values) = values.first_chunk_mut() {
            return self.write(values, vector);
        }
        let mut whole = [0.0; LANES];
        self.write(&mut whole, vector);
        values.copy_from_slice(&whole[..values.len()]);
    }

    #[inline(always)]
    fn store_units(self, values: &mut [u32], vector: [__m256i; 2]) {
        if let Some(values) = values.first_chunk_mut() {
            return self.write_units(values, vector);
        }
        let mut whole = [0; LANES];
        self.write_units(&mut whole, vector);
        values.copy_from_slice(&whole[..values.len()]);
    }

    #[inline(always)]
    fn write_bytes(self, values: &mut [u32], vector: [__m256i; 2]) {
        assert_eq!(values.len(), LANES / Self::per_unit(Kind::Int8));
        // SAFETY: there is room for 16 numbers, of 8 or of 16 bits.
        unsafe {
            let words = _mm256_packus_epi32(as_bytes(vector[0]), as_bytes(vector[1]));
            let words = in_order(words);
            if VNNI {
                let bytes = in_order(_mm256_packus_epi16(words, words));
                _mm_storeu_si128(values.as_mut_ptr().cast(), _mm256_castsi256_si128(bytes));
            } else {
                _mm256_storeu_si256(values.as_mut_ptr().cast(), words);
            }
        }
    }

    /// Rounds to nearest, ties to even.
    #[inline(always)]
    fn store_bf16(self, values: &mut [u32], vector: [__m256; 2]) {
        // SAFETY: whoever has a set of instructions may use them; the store is as long as the array.
        unsafe {
            let halves = _mm256_packus_epi32(rounded(vector[0]), rounded(vector[1]));
            let halves = in_order(halves);
            if let Some(values) = values.first_chunk_mut::<HALF>() {
                return _mm256_storeu_si256(values.as_mut_ptr().cast(), halves);
            }
            let mut whole = [0; HALF];
            _mm256_storeu_si256(whole.as_mut_ptr().cast(), halves);
            values.copy_from_slice(&whole[..values.len()]);
        }
    }

    #[inline(always)]
    fn interleave(self, low: &[u32], high: &[u32]) -> [__m256i; 2] {
        let (low, high) = (self.load_units(low)[0], self.load_units(high)[0]);
        // SAFETY: whoever has a set of instructions may use them.
        unsafe {
            let (firsts, lasts) = (
                _mm256_unpacklo_epi16(low, high),
                _mm256_unpackhi_epi16(low, high),
            );
            [
                _mm256_permute2x128_si256::<0x20>(firsts, lasts),
                _mm256_permute2x128_si256::<0x31>(firsts, lasts),
            ]
        }
    }

    #[inline(always)]
    fn transpose(self, rows: &[[__m256i; 2]; LANES]) -> [[__m256i; 2]; LANES] {
        let (top, bottom) = rows.split_at(HALF);
        let mut columns = *rows;
        for half in 0..2 {
            // SAFETY: whoever has a set of instructions may use them.
            let (top, bottom) = unsafe { (transpose(top, half), transpose(bottom, half)) };
            let columns = columns[half * HALF..].iter_mut();
            for (column, (top, bottom)) in columns.zip(top.into_iter().zip(bottom)) {
                *column = [top, bottom];
            }
        }
        columns
    }
}

/// Powers below those of normal numbers make 0.
#[inline]
#[target_feature(enable = "avx2")]
fn times_power_of_two(x: __m256, power: __m256) -> __m256 {
    const BIAS: f32 = 127.0;
    let power = _mm256_max_ps(power, _mm256_set1_ps(-BIAS));
    let exponent = _mm256_cvtps_epi32(_mm256_add_ps(power, _mm256_set1_ps(BIAS)));
    _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent)))
}

/// Reduces eight lanes to one number by `of`.
#[inline]
#[target_feature(enable = "avx2")]
fn fold(x: __m256, of: impl Fn(__m128, __m128) -> __m128) -> f32 {
    let fours = of(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
    let pairs = of(fours, _mm_movehl_ps(fours, fours));
    _mm_cvtss_f32(of(pairs, _mm_shuffle_ps::<1>(pairs, pairs)))
}

/// Packing works within lanes of 128 bits; this restores the order across them.
#[inline]
#[target_feature(enable = "avx2")]
fn in_order(packed: __m256i) -> __m256i {
    _mm256_permute4x64_epi64::<0b11_01_10_00>(packed)
}

#[inline]
#[target_feature(enable = "avx2")]
fn as_bytes(integers: __m256i) -> __m256i {
    let positive = _mm256_max_epi32(integers, _mm256_setzero_si256());
    _mm256_min_epi32(positive, _mm256_set1_epi32(255))
}

/// To bf16 in the low half of each unit. A NaN may become a number; no sound model makes any.
#[inline]
#[target_feature(enable = "avx2")]
fn rounded(vector: __m256) -> __m256i {
    let bits = _mm256_castps_si256(vector);
    let odd = _mm256_and_si256(_mm256_srli_epi32::<16>(bits), _mm256_set1_epi32(1));
    let bits = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    _mm256_srli_epi32::<16>(bits)
}

#[inline]
#[target_feature(enable = "avx2")]
fn low_halves(units: __m256i) -> __m256 {
    _mm256_castsi256_ps(_mm256_slli_epi32::<16>(units))
}

#[inline]
#[target_feature(enable = "avx2")]
fn high_halves(units: __m256i) -> __m256 {
    let mask = _mm256_set1_epi32(0xffff_0000_u32.cast_signed());
    _mm256_castsi256_ps(_mm256_and_si256(units, mask))
}

/// Turns one half of 8 rows, 8 units of each, into columns: by pairs of units, then of pairs, then of fours.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose(rows: &[[__m256i; 2]], half: usize) -> [__m256i; HALF] {
    let mut pairs = [_mm256_setzero_si256(); HALF];
    for (pairs, rows) in pairs.chunks_exact_mut(2).zip(rows.chunks_exact(2)) {
        pairs[0] = _mm256_unpacklo_epi32(rows[0][half], rows[1][half]);
        pairs[1] = _mm256_unpackhi_epi32(rows[0][half], rows[1][half]);
    }
    let mut fours = [_mm256_setzero_si256(); HALF];
    for (fours, pairs) in fours.chunks_exact_mut(4).zip(pairs.chunks_exact(4)) {
        for half in 0..2 {
            fours[2 * half] = _mm256_unpacklo_epi64(pairs[half], pairs[half + 2]);
            fours[2 * half + 1] = _mm256_unpackhi_epi64(pairs[half], pairs[half + 2]);
        }
    }
    let mut columns = [_mm256_setzero_si256(); HALF];
    for column in 0..4 {
        let (top, bottom) = (fours[column], fours[column + 4]);
        columns[column] = _mm256_permute2x128_si256::<0x20>(top, bottom);
        columns[column + 4] = _mm256_permute2x128_si256::<0x31>(top, bottom);
    }
    columns
}
