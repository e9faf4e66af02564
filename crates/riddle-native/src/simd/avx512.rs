//! AVX-512 (F, BW, DQ, VL) with VNNI; with bf16 or without.

#![expect(
    unsafe_code,
    reason = "instructions, and loads and stores by pointers that slices have given"
)]
use std::arch::x86_64::*;

use super::product::{ROWS_OF_UNPACKED, by_rows, product};
use super::{Isa, Kind, LANES, MOST_ROWS, Product, TILE_ROWS, Task};

/// The set of instructions, with those for bf16 or without.
#[derive(Clone, Copy)]
pub(super) struct Avx512<const BF16: bool>(());

/// Runs a task.
///
/// # Safety
/// The CPU has the instructions.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) unsafe fn enter<T: Task>(task: T) -> T::Output {
    task.run(Avx512::<false>(()))
}

/// Runs a task.
///
/// # Safety
/// The CPU has the instructions, and those for bf16.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
pub(super) unsafe fn enter_with_bf16<T: Task>(task: T) -> T::Output {
    task.run(Avx512::<true>(()))
}

product!(
    product_int8,
    "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni",
    16,
    __m512i,
    _mm512_setzero_si512(),
    _mm512_set1_epi32,
    |accumulator, a, b| _mm512_dpbusd_epi32(accumulator, a, b),
    |out: *mut u32| _mm512_loadu_si512(out.cast()),
    |out: *mut u32, accumulator| _mm512_storeu_si512(out.cast(), accumulator)
);
product!(
    product_bf16,
    "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16",
    16,
    __m512i,
    _mm512_setzero_ps(),
    _mm512_set1_epi32,
    |accumulator, a, b| _mm512_dpbf16_ps(accumulator, as_bf16(a), as_bf16(b)),
    |out: *mut u32| _mm512_loadu_ps(out.cast()),
    |out: *mut u32, accumulator| _mm512_storeu_ps(out.cast(), accumulator)
);
product!(
    product_bf16_as_floats,
    "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni",
    16,
    __m512i,
    _mm512_setzero_ps(),
    _mm512_set1_epi32,
    |accumulator, a, b| {
        let low = _mm512_fmadd_ps(low_halves(a), low_halves(b), accumulator);
        _mm512_fmadd_ps(high_halves(a), high_halves(b), low)
    },
    |out: *mut u32| _mm512_loadu_ps(out.cast()),
    |out: *mut u32, accumulator| _mm512_storeu_ps(out.cast(), accumulator)
);
product!(
    product_fp32,
    "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni",
    16,
    __m512,
    _mm512_setzero_ps(),
    |value| _mm512_castsi512_ps(_mm512_set1_epi32(value)),
    |accumulator, a, b| _mm512_fmadd_ps(a, b, accumulator),
    |out: *mut u32| _mm512_loadu_ps(out.cast()),
    |out: *mut u32, accumulator| _mm512_storeu_ps(out.cast(), accumulator)
);

/// Calls a product for a shape that is only known now; its numbers of rows are those for up to two vectors and for
/// more.
macro_rules! by_shape {
    ($name:ident, $rows:expr, $vectors:expr, $pointers:expr) => {
        by_shape!($name, $rows, $vectors, $pointers, [1 2 3 4 5 6 7 8 9 10 11 12] [1 2 3 4 5 6])
    };
    ($name:ident, $rows:expr, $vectors:expr, $pointers:expr, $narrow:tt $wide:tt) => {
        match $vectors {
            1 => by_rows!($name, 1, $rows, $pointers, $narrow),
            2 => by_rows!($name, 2, $rows, $pointers, $narrow),
            3 => by_rows!($name, 3, $rows, $pointers, $wide),
            4 => by_rows!($name, 4, $rows, $pointers, $wide),
            _ => {}
        }
    };
}

/// Whoever has a set of instructions may use them.
fn multiply<const BF16: bool>(
    _: Avx512<BF16>,
    product: Product<'_>,
    out: &mut [u32],
    stride: usize,
) {
    let most = Avx512::<BF16>::most_rows(product.width);
    assert!(matches!(product.width, 16 | 32 | 48 | 64) && product.fits(most, out, stride));
    let (rows, vectors) = (product.rows.count, product.width / LANES);
    if product.kind == Kind::Bf16 && !BF16 {
        return product.in_parts(ROWS_OF_UNPACKED, out, stride, |rows, pointers| {
            by_shape!(product_bf16_as_floats, rows, vectors, pointers, [1 2 3] [1 2 3]);
        });
    }
    let pointers = product.pointers(out, stride);
    match product.kind {
        Kind::Int8 => by_shape!(product_int8, rows, vectors, pointers),
        Kind::Bf16 => by_shape!(product_bf16, rows, vectors, pointers),
        Kind::Fp32 => by_shape!(product_fp32, rows, vectors, pointers),
    }
}

/// Functions of vectors that are one instruction.
macro_rules! instructions {
    ($($name:ident($($argument:ident: $of:ident),+) -> $result:ty = $value:expr;)+) => {$(
        #[inline(always)]
        fn $name(self, $($argument: Self::$of),+) -> $result {
            // SAFETY: whoever has a set of instructions may use them.
            unsafe { $value }
        }
    )+};
}

impl<const BF16: bool> Isa for Avx512<BF16> {
    type Floats = __m512;
    type Units = __m512i;

    /// 6 × 4 accumulators, 4 weights and a number of a row fit 32 registers.
    const PANEL: usize = 64;
    /// 96 KiB of weights.
    const BLOCK: usize = 384;

    fn per_unit(kind: Kind) -> usize {
        match kind {
            Kind::Int8 => 4,
            Kind::Bf16 => 2,
            Kind::Fp32 => 1,
        }
    }

    fn most_rows(width: usize) -> usize {
        if width <= 2 * LANES {
            MOST_ROWS
        } else {
            TILE_ROWS
        }
    }

    #[inline(always)]
    fn multiply(self, product: Product<'_>, out: &mut [u32], stride: usize) {
        multiply(self, product, out, stride);
    }

    instructions! {
        add(a: Floats, b: Floats) -> __m512 = _mm512_add_ps(a, b);
        sub(a: Floats, b: Floats) -> __m512 = _mm512_sub_ps(a, b);
        mul(a: Floats, b: Floats) -> __m512 = _mm512_mul_ps(a, b);
        div(a: Floats, b: Floats) -> __m512 = _mm512_div_ps(a, b);
        min(a: Floats, b: Floats) -> __m512 = _mm512_min_ps(a, b);
        max(a: Floats, b: Floats) -> __m512 = _mm512_max_ps(a, b);
        mul_add(a: Floats, b: Floats, c: Floats) -> __m512 = _mm512_fmadd_ps(a, b, c);
        mul_sub_from(a: Floats, b: Floats, c: Floats) -> __m512 = _mm512_fnmadd_ps(a, b, c);
        round(x: Floats) -> __m512 =
            _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x);
        times_power_of_two(x: Floats, power: Floats) -> __m512 = _mm512_scalef_ps(x, power);
        sum(x: Floats) -> f32 = _mm512_reduce_add_ps(x);
        smallest(x: Floats) -> f32 = _mm512_reduce_min_ps(x);
        largest(x: Floats) -> f32 = _mm512_reduce_max_ps(x);
        as_floats(units: Units) -> __m512 = _mm512_castsi512_ps(units);
        as_units(floats: Floats) -> __m512i = _mm512_castps_si512(floats);
        integers_as_floats(integers: Units) -> __m512 = _mm512_cvtepi32_ps(integers);
        to_integers(floats: Floats) -> __m512i = _mm512_cvtps_epi32(floats);
        add_integers(a: Units, b: Units) -> __m512i = _mm512_add_epi32(a, b);
    }

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: whoever has a set of instructions may use them.
        unsafe { _mm512_set1_ps(value) }
    }

    /// One Newton step refines the estimate of 14 bits, faster than a division would. Without bf16 it divides, because
    /// results must equal those of AVX2, which has another estimate.
    #[inline(always)]
    fn reciprocal(self, x: __m512) -> __m512 {
        if !BF16 {
            return self.div(self.splat(1.0), x);
        }
        // SAFETY: as above.
        let estimate = unsafe { _mm512_rcp14_ps(x) };
        let correction = self.mul_sub_from(x, estimate, self.splat(2.0));
        self.mul(estimate, correction)
    }

    #[inline(always)]
    fn read(self, values: &[f32; LANES]) -> __m512 {
        // SAFETY: the array is as long as the vector.
        unsafe { _mm512_loadu_ps(values.as_ptr()) }
    }

    #[inline(always)]
    fn read_units(self, values: &[u32; LANES]) -> __m512i {
        // SAFETY: the array is as long as the vector.
        unsafe { _mm512_loadu_si512(values.as_ptr().cast()) }
    }

    #[inline(always)]
    fn write(self, values: &mut [f32; LANES], vector: __m512) {
        // SAFETY: the array is as long as the vector.
        unsafe { _mm512_storeu_ps(values.as_mut_ptr(), vector) }
    }

    #[inline(always)]
    fn write_units(self, values: &mut [u32; LANES], vector: __m512i) {
        // SAFETY: the array is as long as the vector.
        unsafe { _mm512_storeu_si512(values.as_mut_ptr().cast(), vector) }
    }

    #[inline(always)]
    fn load(self, values: &[f32]) -> __m512 {
        match values.first_chunk() {
            Some(values) => self.read(values),
            // SAFETY: the mask names no value beyond the end of the slice.
            None => unsafe { _mm512_maskz_loadu_ps(first(values.len()), values.as_ptr()) },
        }
    }

    #[inline(always)]
    fn load_units(self, values: &[u32]) -> __m512i {
        match values.first_chunk() {
            Some(values) => self.read_units(values),
            // SAFETY: the mask names no value beyond the end of the slice.
            None => unsafe {
                _mm512_maskz_loadu_epi32(first(values.len()), values.as_ptr().cast())
            },
        }
    }

    /// Stores with a mask take far longer than whole ones.
    #[inline(always)]
    fn store(self, values: &mut [f32], vector: __m512) {
        if let Some(values) = values.first_chunk_mut() {
            return self.write(values, vector);
        }
        // SAFETY: the mask names no value beyond the end of the slice.
        unsafe { _mm512_mask_storeu_ps(values.as_mut_ptr(), first(values.len()), vector) }
    }

    #[inline(always)]
    fn store_units(self, values: &mut [u32], vector: __m512i) {
        if let Some(values) = values.first_chunk_mut() {
            return self.write_units(values, vector);
        }
        // SAFETY: the mask names no value beyond the end of the slice.
        unsafe {
            _mm512_mask_storeu_epi32(values.as_mut_ptr().cast(), first(values.len()), vector);
        }
    }

    #[inline(always)]
    fn write_bytes(self, values: &mut [u32], vector: __m512i) {
        assert_eq!(values.len(), LANES / 4);
        // SAFETY: there is room for 16 bytes.
        unsafe {
            let bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(vector, _mm512_setzero_si512()));
            _mm_storeu_si128(values.as_mut_ptr().cast(), bytes);
        }
    }

    #[inline(always)]
    fn store_bf16(self, values: &mut [u32], vector: __m512) {
        // SAFETY: whoever has a set of instructions may use them; a store is as long as an array, or the mask names
        // nothing beyond the end of the slice.
        unsafe {
            let halves = if BF16 {
                converted(vector)
            } else {
                rounded(vector)
            };
            if let Some(values) = values.first_chunk_mut::<{ LANES / 2 }>() {
                return _mm256_storeu_si256(values.as_mut_ptr().cast(), halves);
            }
            let mask = (first(values.len()) & 0xff) as __mmask8;
            _mm256_mask_storeu_epi32(values.as_mut_ptr().cast(), mask, halves);
        }
    }

    #[inline(always)]
    fn interleave(self, low: &[u32], high: &[u32]) -> __m512i {
        // SAFETY: whoever has a set of instructions may use them.
        unsafe {
            let high = _mm512_slli_epi32::<16>(widened(high));
            _mm512_or_si512(widened(low), high)
        }
    }

    #[inline(always)]
    fn transpose(self, rows: &[__m512i; LANES]) -> [__m512i; LANES] {
        // SAFETY: whoever has a set of instructions may use them.
        unsafe { transpose(rows) }
    }
}

/// By pairs of units, then of pairs, then of fours.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose(rows: &[__m512i; LANES]) -> [__m512i; LANES] {
    const EVEN: i32 = 0x88;
    const ODD: i32 = 0xdd;
    let mut pairs = [_mm512_setzero_si512(); LANES];
    for (pairs, rows) in pairs.chunks_exact_mut(2).zip(rows.chunks_exact(2)) {
        pairs[0] = _mm512_unpacklo_epi32(rows[0], rows[1]);
        pairs[1] = _mm512_unpackhi_epi32(rows[0], rows[1]);
    }
    let mut fours = [_mm512_setzero_si512(); LANES];
    for (fours, pairs) in fours.chunks_exact_mut(4).zip(pairs.chunks_exact(4)) {
        for half in 0..2 {
            fours[2 * half] = _mm512_unpacklo_epi64(pairs[half], pairs[half + 2]);
            fours[2 * half + 1] = _mm512_unpackhi_epi64(pairs[half], pairs[half + 2]);
        }
    }
    let mut columns = [_mm512_setzero_si512(); LANES];
    for column in 0..4 {
        let [a, b, c, d] = [0, 4, 8, 12].map(|four| fours[four + column]);
        let (low, high) = (
            _mm512_shuffle_i32x4::<EVEN>(a, b),
            _mm512_shuffle_i32x4::<EVEN>(c, d),
        );
        columns[column] = _mm512_shuffle_i32x4::<EVEN>(low, high);
        columns[column + 8] = _mm512_shuffle_i32x4::<ODD>(low, high);
        let (low, high) = (
            _mm512_shuffle_i32x4::<ODD>(a, b),
            _mm512_shuffle_i32x4::<ODD>(c, d),
        );
        columns[column + 4] = _mm512_shuffle_i32x4::<EVEN>(low, high);
        columns[column + 12] = _mm512_shuffle_i32x4::<ODD>(low, high);
    }
    columns
}

/// Up to 8 units of bf16, each number in a unit of its own; the rest are zeros.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn widened(units: &[u32]) -> __m512i {
    if let Some(units) = units.first_chunk::<{ LANES / 2 }>() {
        // SAFETY: the array is as long as the vector.
        return _mm512_cvtepu16_epi32(unsafe { _mm256_loadu_si256(units.as_ptr().cast()) });
    }
    let mask = (first(units.len()) & 0xff) as __mmask8;
    // SAFETY: the mask names no unit beyond the end of the slice.
    let units = unsafe { _mm256_maskz_loadu_epi32(mask, units.as_ptr().cast()) };
    _mm512_cvtepu16_epi32(units)
}

/// To bf16.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512bf16")]
fn converted(vector: __m512) -> __m256i {
    // SAFETY: both types are 256 bits of which every pattern is valid, and no cast is between these two names.
    unsafe { std::mem::transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(vector)) }
}

/// To bf16, to the nearest, of two to the even one. A NaN may become a number; no sound model makes any.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn rounded(vector: __m512) -> __m256i {
    let bits = _mm512_castps_si512(vector);
    let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
    let bits = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    _mm512_cvtepi32_epi16(_mm512_srli_epi32::<16>(bits))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn low_halves(units: __m512i) -> __m512 {
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(units))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn high_halves(units: __m512i) -> __m512 {
    let mask = _mm512_set1_epi32(0xffff_0000_u32.cast_signed());
    _mm512_castsi512_ps(_mm512_and_si512(units, mask))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn as_bf16(vector: __m512i) -> __m512bh {
    // SAFETY: both types are 512 bits of which every pattern is valid, and no cast is between these two names.
    unsafe { std::mem::transmute::<__m512i, __m512bh>(vector) }
}

/// A mask of the first lanes.
#[inline]
fn first(count: usize) -> __mmask16 {
    if count >= LANES {
        u16::MAX
    } else {
        (1 << count) - 1
    }
}
