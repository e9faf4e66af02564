//! What is done to a row of activations between two products.

use std::arch::x86_64::*;

use super::simd::{Kind, LANES, load, read, store_bf16, store_units, write, write_bytes};

/// How a row was quantized: `value = step × (byte − zero)`.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Step {
    pub(super) step: f32,
    /// `−step × zero`.
    pub(super) offset: f32,
}

/// The smallest step, for rows of zeros.
const SMALLEST: f32 = 1e-20;

/// Normalizes a row, whose length is a multiple of 16, to mean 0 and variance 1, then scales and shifts it.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
pub(super) fn normalize(row: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    let count = row.len() as f32;
    let row = row.as_chunks_mut().0;
    let mean = _mm512_set1_ps(total(row, |value| value) / count);
    let square = |value| {
        let distance = _mm512_sub_ps(value, mean);
        _mm512_mul_ps(distance, distance)
    };
    let variance = total(row, square) / count;
    let factor = _mm512_set1_ps(1.0 / (variance + epsilon).sqrt());
    let parameters = weight.as_chunks().0.iter().zip(bias.as_chunks().0);
    for (values, (weight, bias)) in row.iter_mut().zip(parameters) {
        let distance = _mm512_sub_ps(read(values), mean);
        let scaled = _mm512_mul_ps(distance, factor);
        write(values, _mm512_fmadd_ps(scaled, read(weight), read(bias)));
    }
}

/// The sum of what `of` makes of each number.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn total(row: &[[f32; LANES]], of: impl Fn(__m512) -> __m512) -> f32 {
    let (fours, rest) = row.as_chunks::<4>();
    let [mut a, mut b, mut c, mut d] = [_mm512_setzero_ps(); 4];
    for four in fours {
        a = _mm512_add_ps(a, of(read(&four[0])));
        b = _mm512_add_ps(b, of(read(&four[1])));
        c = _mm512_add_ps(c, of(read(&four[2])));
        d = _mm512_add_ps(d, of(read(&four[3])));
    }
    for values in rest {
        a = _mm512_add_ps(a, of(read(values)));
    }
    _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, d)))
}

/// The smallest and the largest number, or 0 where that is smaller or larger.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn bounds(row: &[[f32; LANES]]) -> (f32, f32) {
    let (pairs, rest) = row.as_chunks::<2>();
    let [mut low, mut other_low, mut high, mut other_high] = [_mm512_setzero_ps(); 4];
    for pair in pairs {
        let (one, other) = (read(&pair[0]), read(&pair[1]));
        low = _mm512_min_ps(low, one);
        high = _mm512_max_ps(high, one);
        other_low = _mm512_min_ps(other_low, other);
        other_high = _mm512_max_ps(other_high, other);
    }
    for values in rest {
        low = _mm512_min_ps(low, read(values));
        high = _mm512_max_ps(high, read(values));
    }
    (
        _mm512_reduce_min_ps(_mm512_min_ps(low, other_low)),
        _mm512_reduce_max_ps(_mm512_max_ps(high, other_high)),
    )
}

/// Multiplies a row, whose length is a multiple of 16, by a factor for each of its numbers.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
pub(super) fn multiply_by(row: &[f32], factors: &[f32], out: &mut [f32]) {
    let inputs = row.as_chunks().0.iter().zip(factors.as_chunks().0);
    for (out, (values, factors)) in out.as_chunks_mut().0.iter_mut().zip(inputs) {
        write(out, _mm512_mul_ps(read(values), read(factors)));
    }
}

/// Packs a row, whose length is a multiple of 16, into units.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
pub(super) fn pack(kind: Kind, row: &[f32], units: &mut [u32]) -> Step {
    if kind == Kind::Int8 {
        return quantize(row, units);
    }
    pack_floats(kind, row, units);
    Step::default()
}

/// Packs a row of floats into units of floats or bf16.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn pack_floats(kind: Kind, row: &[f32], units: &mut [u32]) {
    let per_vector = LANES / kind.per_unit();
    for (values, units) in row.chunks(LANES).zip(units.chunks_mut(per_vector)) {
        let values = load(values);
        match kind {
            Kind::Bf16 => store_bf16(units, values),
            _ => store_units(units, _mm512_castps_si512(values)),
        }
    }
}

/// To bytes, with a step and a zero point of the row's own.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn quantize(row: &[f32], units: &mut [u32]) -> Step {
    let row = row.as_chunks().0;
    let (low, high) = bounds(row);
    let step = ((high - low) * (1.0 / 255.0)).max(SMALLEST);
    let zero = -(low / step).round_ties_even();
    let inverse = _mm512_set1_ps(1.0 / step);
    let shift = _mm512_cvtps_epi32(_mm512_set1_ps(zero));
    for (values, units) in row.iter().zip(units.as_chunks_mut().0) {
        let scaled = _mm512_cvtps_epi32(_mm512_mul_ps(read(values), inverse));
        write_bytes(units, _mm512_add_epi32(scaled, shift));
    }
    Step {
        step,
        offset: -step * zero,
    }
}
