//! The vector instructions of the engine: the only place that touches raw pointers.
//!
//! Matrices are made of units of 32 bits, each with as many neighbouring numbers of a row as one instruction multiplies
//! and adds at once: four bytes, two bf16 or one float.

use std::arch::x86_64::*;

/// Numbers in a vector of 32-bit values.
pub(super) const LANES: usize = 16;
/// Columns of a full panel of a packed matrix.
pub(super) const PANEL: usize = 64;
/// Rows that a product with a full panel takes at most: 6 × 4 sums, 4 weights and an activation fit 32 registers.
pub(super) const TILE_ROWS: usize = 6;
/// Rows that a product with a panel of at most two vectors takes at most.
pub(super) const NARROW_ROWS: usize = 12;

/// What the numbers of a product are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Unsigned bytes times signed bytes; sums are 32-bit integers.
    Int8,
    /// bf16 times bf16; sums are floats.
    Bf16,
    /// Floats throughout.
    Fp32,
}

impl Kind {
    /// Numbers in a unit.
    pub(super) fn per_unit(self) -> usize {
        match self {
            Self::Int8 => 4,
            Self::Bf16 => 2,
            Self::Fp32 => 1,
        }
    }
}

/// Whether this processor has every instruction used here.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vnni")
        && is_x86_feature_detected!("avx512bf16")
}

/// A block of rows of units: `count` rows, each `stride` after the one before.
#[derive(Clone, Copy)]
pub(super) struct Units<'a> {
    pub(super) values: &'a [u32],
    pub(super) stride: usize,
    pub(super) count: usize,
}

macro_rules! product {
    ($name:ident, $zero:expr, $dot:expr, $load:expr, $store:expr) => {
        /// The product of `ROWS` rows with a panel of `VECTORS` vectors, with `add` on top of what is there.
        ///
        /// # Safety
        /// `a` has `units` values from each of its rows on, `b` has `units × VECTORS × 16`, and `out` has room for
        /// `VECTORS × 16` values from each of its rows on.
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
        #[expect(
            unsafe_code,
            reason = "loads and stores without bounds checks; the caller has checked them"
        )]
        unsafe fn $name<const ROWS: usize, const VECTORS: usize>(
            (mut a, stride): (*const u32, usize),
            (mut b, units): (*const u32, usize),
            (out, out_stride): (*mut u32, usize),
            add: bool,
        ) {
            let mut sums = [[$zero; VECTORS]; ROWS];
            if add {
                for (row, sums) in sums.iter_mut().enumerate() {
                    for (vector, sum) in sums.iter_mut().enumerate() {
                        // SAFETY: within the row of the result, as the caller promises.
                        *sum = unsafe { $load(out.add(row * out_stride + vector * LANES)) };
                    }
                }
            }
            for _ in 0..units {
                let mut weights = [_mm512_setzero_si512(); VECTORS];
                for (vector, weight) in weights.iter_mut().enumerate() {
                    // SAFETY: within the panel, as the caller promises.
                    *weight = unsafe { _mm512_loadu_si512(b.add(vector * LANES).cast()) };
                }
                for (row, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: within the row, as the caller promises.
                    let value = unsafe { a.add(row * stride).read() };
                    let value = _mm512_set1_epi32(value.cast_signed());
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum = $dot(*sum, value, weight);
                    }
                }
                // SAFETY: at most one past the end.
                unsafe {
                    a = a.add(1);
                    b = b.add(VECTORS * LANES);
                }
            }
            for (row, sums) in sums.into_iter().enumerate() {
                for (vector, sum) in sums.into_iter().enumerate() {
                    // SAFETY: within the row of the result, as the caller promises.
                    unsafe { $store(out.add(row * out_stride + vector * LANES), sum) };
                }
            }
        }
    };
}

product!(
    product_int8,
    _mm512_setzero_si512(),
    |sum, a, b| _mm512_dpbusd_epi32(sum, a, b),
    |out: *mut u32| _mm512_loadu_si512(out.cast()),
    |out: *mut u32, sum| _mm512_storeu_si512(out.cast(), sum)
);
product!(
    product_bf16,
    _mm512_setzero_ps(),
    |sum, a, b| _mm512_dpbf16_ps(sum, as_bf16(a), as_bf16(b)),
    |out: *mut u32| _mm512_loadu_ps(out.cast()),
    |out: *mut u32, sum| _mm512_storeu_ps(out.cast(), sum)
);
product!(
    product_fp32,
    _mm512_setzero_ps(),
    |sum, a, b| _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum),
    |out: *mut u32| _mm512_loadu_ps(out.cast()),
    |out: *mut u32, sum| _mm512_storeu_ps(out.cast(), sum)
);

macro_rules! by_rows {
    ($name:ident, $vectors:literal, $rows:expr, $arguments:expr, [$($count:literal)*]) => {{
        let (a, b, out, add) = $arguments;
        match $rows {
            // SAFETY: `multiply` has checked all three ranges.
            $($count => unsafe { $name::<$count, $vectors>(a, b, out, add) },)*
            _ => {}
        }
    }};
}

macro_rules! by_shape {
    ($name:ident, $rows:expr, $vectors:expr, $arguments:expr) => {
        match $vectors {
            1 => by_rows!($name, 1, $rows, $arguments, [1 2 3 4 5 6 7 8 9 10 11 12]),
            2 => by_rows!($name, 2, $rows, $arguments, [1 2 3 4 5 6 7 8 9 10 11 12]),
            3 => by_rows!($name, 3, $rows, $arguments, [1 2 3 4 5 6]),
            4 => by_rows!($name, 4, $rows, $arguments, [1 2 3 4 5 6]),
            _ => {}
        }
    };
}

/// Multiplies rows with a panel of `width` columns (16, 32, 48 or 64), packed as `units × width`. Row `r` of the result is
/// at `r × out_stride`: 32-bit integers for bytes, else floats; with `add` it is added to what is there. Takes 6 rows at
/// most, or 12 with up to 32 columns.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(
    unsafe_code,
    reason = "calls the kernels after checking what they read and write"
)]
pub(super) fn multiply(
    kind: Kind,
    a: Units<'_>,
    panel: &[u32],
    width: usize,
    (out, out_stride): (&mut [u32], usize),
    add: bool,
) {
    let vectors = width / LANES;
    let most = if vectors <= 2 { NARROW_ROWS } else { TILE_ROWS };
    assert!((1..=most).contains(&a.count) && (1..=4).contains(&vectors));
    assert_eq!(panel.len() % width, 0);
    let units = panel.len() / width;
    assert!((a.count - 1) * a.stride + units <= a.values.len());
    assert!((a.count - 1) * out_stride + vectors * LANES <= out.len());
    let rows = a.count;
    let arguments = (
        (a.values.as_ptr(), a.stride),
        (panel.as_ptr(), units),
        (out.as_mut_ptr(), out_stride),
        add,
    );
    match kind {
        Kind::Int8 => by_shape!(product_int8, rows, vectors, arguments),
        Kind::Bf16 => by_shape!(product_bf16, rows, vectors, arguments),
        Kind::Fp32 => by_shape!(product_fp32, rows, vectors, arguments),
    }
}

/// Up to 16 floats; the rest are zeros.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(unsafe_code, reason = "reads through a pointer")]
pub(super) fn load(values: &[f32]) -> __m512 {
    if let Some(values) = values.first_chunk() {
        return read(values);
    }
    // SAFETY: the mask names no value beyond the end of the slice.
    unsafe { _mm512_maskz_loadu_ps(first(values.len()), values.as_ptr()) }
}

/// Up to 16 units; the rest are zeros.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(unsafe_code, reason = "reads through a pointer")]
pub(super) fn load_units(values: &[u32]) -> __m512i {
    if let Some(values) = values.first_chunk() {
        return read_units(values);
    }
    // SAFETY: the mask names no value beyond the end of the slice.
    unsafe { _mm512_maskz_loadu_epi32(first(values.len()), values.as_ptr().cast()) }
}

/// 16 floats.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(unsafe_code, reason = "reads through a pointer")]
pub(super) fn read(values: &[f32; LANES]) -> __m512 {
    // SAFETY: the array is as long as the vector.
    unsafe { _mm512_loadu_ps(values.as_ptr()) }
}

/// 16 units.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(unsafe_code, reason = "reads through a pointer")]
pub(super) fn read_units(values: &[u32; LANES]) -> __m512i {
    // SAFETY: the array is as long as the vector.
    unsafe { _mm512_loadu_si512(values.as_ptr().cast()) }
}

/// Writes 16 floats.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(unsafe_code, reason = "writes through a pointer")]
pub(super) fn write(values: &mut [f32; LANES], vector: __m512) {
    // SAFETY: the array is as long as the vector.
    unsafe { _mm512_storeu_ps(values.as_mut_ptr(), vector) }
}

/// Writes 16 units.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(unsafe_code, reason = "writes through a pointer")]
pub(super) fn write_units(values: &mut [u32; LANES], vector: __m512i) {
    // SAFETY: the array is as long as the vector.
    unsafe { _mm512_storeu_si512(values.as_mut_ptr().cast(), vector) }
}

/// Stores the first values, as many as there is room for. Stores with a mask take far longer than whole ones.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(unsafe_code, reason = "writes through a pointer")]
pub(super) fn store(values: &mut [f32], vector: __m512) {
    if let Some(values) = values.first_chunk_mut() {
        return write(values, vector);
    }
    // SAFETY: the mask names no value beyond the end of the slice.
    unsafe { _mm512_mask_storeu_ps(values.as_mut_ptr(), first(values.len()), vector) }
}

/// Stores the first units, as many as there is room for.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(unsafe_code, reason = "writes through a pointer")]
pub(super) fn store_units(values: &mut [u32], vector: __m512i) {
    if let Some(values) = values.first_chunk_mut() {
        return write_units(values, vector);
    }
    // SAFETY: the mask names no value beyond the end of the slice.
    unsafe { _mm512_mask_storeu_epi32(values.as_mut_ptr().cast(), first(values.len()), vector) }
}

/// Writes 16 numbers as four units of bytes, those below 0 as 0 and those above 255 as 255.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(unsafe_code, reason = "writes through a pointer")]
pub(super) fn write_bytes(values: &mut [u32; LANES / 4], vector: __m512i) {
    let bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(vector, _mm512_setzero_si512()));
    // SAFETY: the array is as long as the vector.
    unsafe { _mm_storeu_si128(values.as_mut_ptr().cast(), bytes) }
}

/// Stores 16 floats as eight units of bf16, or the first of them.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(unsafe_code, reason = "writes through a pointer")]
pub(super) fn store_bf16(values: &mut [u32], vector: __m512) {
    let halves = halves(vector);
    if let Some(values) = values.first_chunk_mut::<{ LANES / 2 }>() {
        // SAFETY: the array is as long as the vector.
        return unsafe { _mm256_storeu_si256(values.as_mut_ptr().cast(), halves) };
    }
    let mask = (first(values.len()) & 0xff) as __mmask8;
    // SAFETY: the mask names no value beyond the end of the slice.
    unsafe { _mm256_mask_storeu_epi32(values.as_mut_ptr().cast(), mask, halves) }
}

/// Up to 16 units of bf16, each of one column of two rows, from up to 8 units of either row.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(unsafe_code, reason = "reads through a pointer")]
pub(super) fn interleave(low: &[u32], high: &[u32]) -> __m512i {
    let load = |units: &[u32]| {
        if let Some(units) = units.first_chunk::<{ LANES / 2 }>() {
            // SAFETY: the array is as long as the vector.
            return _mm512_cvtepu16_epi32(unsafe { _mm256_loadu_si256(units.as_ptr().cast()) });
        }
        let mask = (first(units.len()) & 0xff) as __mmask8;
        // SAFETY: the mask names no unit beyond the end of the slice.
        let units = unsafe { _mm256_maskz_loadu_epi32(mask, units.as_ptr().cast()) };
        _mm512_cvtepu16_epi32(units)
    };
    let (low, high) = (load(low), load(high));
    _mm512_or_si512(low, _mm512_slli_epi32::<16>(high))
}

/// Turns 16 rows of 16 units into columns: by pairs of units, then of pairs, then of fours.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
pub(super) fn transpose(rows: &[__m512i; LANES]) -> [__m512i; LANES] {
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

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(
    unsafe_code,
    reason = "there is no cast between these two names of 256 bits"
)]
fn halves(vector: __m512) -> __m256i {
    // SAFETY: both types are 256 bits of which every pattern is valid.
    unsafe { std::mem::transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(vector)) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
#[expect(
    unsafe_code,
    reason = "there is no cast between these two names of 512 bits"
)]
fn as_bf16(vector: __m512i) -> __m512bh {
    // SAFETY: both types are 512 bits of which every pattern is valid.
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
