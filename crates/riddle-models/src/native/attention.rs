//! Attention of one head over one text.

use std::arch::x86_64::*;

use super::math::{exp2, exp2_roughly};
use super::simd::{
    Kind, LANES, NARROW_ROWS, PANEL, TILE_ROWS, Units, interleave, load_units, multiply,
    read_units, store, store_bf16, store_units, transpose,
};

/// What queries are to be multiplied by for heads of `size` numbers: weights are powers of two of the products.
pub(super) fn query_factor(size: usize) -> f32 {
    std::f32::consts::LOG2_E / (size as f32).sqrt()
}

/// The three inputs of a head, each from the head's first unit of the first row on.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    /// Already multiplied by [`query_factor`].
    pub(super) query: Units<'a>,
    pub(super) key: Units<'a>,
    pub(super) value: Units<'a>,
    /// Numbers of a row, even.
    pub(super) size: usize,
}

/// Buffers, kept between heads.
pub(super) struct Attention {
    kind: Kind,
    keys: Vec<u32>,
    values: Vec<u32>,
    scores: Vec<u32>,
    weights: Vec<u32>,
}

impl Attention {
    /// `kind` is that of the products: floats or bf16.
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            keys: Vec::new(),
            values: Vec::new(),
            scores: Vec::new(),
            weights: Vec::new(),
        }
    }

    /// What it computes with.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Mixes the values for each query. Row `r` of the result is at `r × stride`.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    pub(super) fn run(&mut self, head: &Head<'_>, out: &mut [f32], stride: usize) {
        let tokens = head.key.count;
        let padded = tokens.next_multiple_of(LANES);
        self.pack_keys(head, padded);
        self.pack_values(head);
        let per_weight_row = padded / self.kind.per_unit();
        self.scores.resize(NARROW_ROWS * padded, 0);
        self.weights.resize(NARROW_ROWS * per_weight_row, 0);
        for first in (0..head.query.count).step_by(NARROW_ROWS) {
            let rows = NARROW_ROWS.min(head.query.count - first);
            let queries = Units {
                values: &head.query.values[first * head.query.stride..],
                count: rows,
                ..head.query
            };
            let scores = &mut self.scores[..rows * padded];
            score(self.kind, queries, &self.keys, scores, padded);
            let mut sums = [0.0; NARROW_ROWS];
            let scores = self.scores.chunks_exact_mut(padded);
            let weights = self.weights.chunks_exact_mut(per_weight_row);
            for ((scores, weights), sum) in scores.zip(weights).zip(&mut sums[..rows]) {
                *sum = softmax(self.kind, scores, tokens, weights);
            }
            let out = &mut out[first * stride..];
            self.mix(head, &sums[..rows], out, stride);
        }
    }

    /// Keys as the columns of panels.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn pack_keys(&mut self, head: &Head<'_>, padded: usize) {
        let units = head.size / self.kind.per_unit();
        self.keys.resize(padded * units, 0);
        for token in (0..padded).step_by(LANES) {
            let panel = token / PANEL * PANEL;
            let width = PANEL.min(padded - panel);
            let panel = &mut self.keys[panel * units..][..width * units];
            for unit in (0..units).step_by(LANES) {
                let mut rows = [_mm512_setzero_si512(); LANES];
                for (row, token) in rows.iter_mut().zip(token..head.key.count) {
                    let values = &head.key.values[token * head.key.stride..][..units];
                    *row = load_units(part(values, unit, LANES));
                }
                let columns = panel[unit * width..].chunks_exact_mut(width);
                for (out, column) in columns.zip(transpose(&rows)) {
                    store_units(&mut out[token % PANEL..][..LANES], column);
                }
            }
        }
    }

    /// Values as rows of panels, neighbouring tokens in a unit.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn pack_values(&mut self, head: &Head<'_>) {
        let per_unit = self.kind.per_unit();
        let units = head.value.count.div_ceil(per_unit);
        let padded = head.size.next_multiple_of(LANES);
        self.values.resize(units * padded, 0);
        let per_row = head.size / per_unit;
        let row = |token: usize| {
            if token < head.value.count {
                &head.value.values[token * head.value.stride..][..per_row]
            } else {
                &[]
            }
        };
        let per_vector = LANES / per_unit;
        for first in (0..padded).step_by(PANEL) {
            let width = PANEL.min(padded - first);
            let panel = &mut self.values[first * units..(first + width) * units];
            for (unit, out) in panel.chunks_exact_mut(width).enumerate() {
                let rows = [row(unit * per_unit), row((unit + 1) * per_unit - 1)];
                for (index, out) in out.chunks_exact_mut(LANES).enumerate() {
                    let start = first / per_unit + index * per_vector;
                    let [low, high] = rows.map(|row| part(row, start, per_vector));
                    let unit = match self.kind {
                        Kind::Bf16 => interleave(low, high),
                        _ => load_units(low),
                    };
                    store_units(out, unit);
                }
            }
        }
    }

    /// The weighted values of a block of queries.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn mix(&self, head: &Head<'_>, sums: &[f32], out: &mut [f32], stride: usize) {
        let units = head.value.count.div_ceil(self.kind.per_unit());
        let padded = head.size.next_multiple_of(LANES);
        let per_row = self.weights.len() / NARROW_ROWS;
        let mut tile = [0_u32; NARROW_ROWS * PANEL];
        for first in (0..padded).step_by(PANEL) {
            let width = PANEL.min(padded - first);
            let panel = &self.values[first * units..(first + width) * units];
            let most = if width > 2 * LANES {
                TILE_ROWS
            } else {
                NARROW_ROWS
            };
            for (block, sums) in sums.chunks(most).enumerate() {
                let rows = Units {
                    values: &self.weights[block * most * per_row..],
                    stride: per_row,
                    count: sums.len(),
                };
                multiply(self.kind, rows, panel, width, (&mut tile, PANEL), false);
                for (row, sum) in sums.iter().enumerate() {
                    let factor = _mm512_set1_ps(1.0 / sum);
                    let end = head.size.min(first + width);
                    let start = (block * most + row) * stride;
                    let out = &mut out[start + first..start + end];
                    let mixed = tile[row * PANEL..].chunks(LANES);
                    for (out, mixed) in out.chunks_mut(LANES).zip(mixed) {
                        let mixed = _mm512_castsi512_ps(load_units(mixed));
                        store(out, _mm512_mul_ps(mixed, factor));
                    }
                }
            }
        }
    }
}

/// What there is of `count` units from `start` on.
fn part(row: &[u32], start: usize, count: usize) -> &[u32] {
    &row[start.min(row.len())..(start + count).min(row.len())]
}

/// Products of a block of queries with all keys.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn score(kind: Kind, queries: Units<'_>, keys: &[u32], scores: &mut [u32], padded: usize) {
    let units = keys.len() / padded;
    let firsts = (0..queries.count).step_by(TILE_ROWS);
    for (start, scores) in firsts.zip(scores.chunks_mut(TILE_ROWS * padded)) {
        let rows = Units {
            values: &queries.values[start * queries.stride..],
            stride: queries.stride,
            count: TILE_ROWS.min(queries.count - start),
        };
        for first in (0..padded).step_by(PANEL) {
            let width = PANEL.min(padded - first);
            let panel = &keys[first * units..(first + width) * units];
            multiply(
                kind,
                rows,
                panel,
                width,
                (&mut scores[first..], padded),
                false,
            );
        }
    }
}

/// Two to the power of the scores of `tokens` keys against the largest, as units, and their sum. The scores end at a
/// multiple of 16.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn softmax(kind: Kind, scores: &mut [u32], tokens: usize, weights: &mut [u32]) -> f32 {
    // What is no token weighs nothing.
    scores[tokens..].fill(f32::MIN.to_bits());
    let scores = scores.as_chunks().0;
    let largest = _mm512_set1_ps(largest(scores));
    let mut sum = _mm512_setzero_ps();
    let per_vector = LANES / kind.per_unit();
    for (scores, weights) in scores.iter().zip(weights.chunks_exact_mut(per_vector)) {
        let score = _mm512_castsi512_ps(read_units(scores));
        let score = _mm512_sub_ps(score, largest);
        if kind == Kind::Bf16 {
            let weight = exp2_roughly(score);
            sum = _mm512_add_ps(sum, weight);
            store_bf16(weights, weight);
        } else {
            let weight = exp2(score);
            sum = _mm512_add_ps(sum, weight);
            store_units(weights, _mm512_castps_si512(weight));
        }
    }
    _mm512_reduce_add_ps(sum)
}

/// In four maxima at a time, so that none waits for the one before.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn largest(scores: &[[u32; LANES]]) -> f32 {
    let at = |scores| _mm512_castsi512_ps(read_units(scores));
    let (fours, rest) = scores.as_chunks::<4>();
    let [mut a, mut b, mut c, mut d] = [_mm512_set1_ps(f32::MIN); 4];
    for four in fours {
        a = _mm512_max_ps(a, at(&four[0]));
        b = _mm512_max_ps(b, at(&four[1]));
        c = _mm512_max_ps(c, at(&four[2]));
        d = _mm512_max_ps(d, at(&four[3]));
    }
    for scores in rest {
        a = _mm512_max_ps(a, at(scores));
    }
    _mm512_reduce_max_ps(_mm512_max_ps(_mm512_max_ps(a, b), _mm512_max_ps(c, d)))
}
