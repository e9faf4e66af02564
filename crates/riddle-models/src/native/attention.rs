//! Attention of one head over one text.

use std::arch::x86_64::*;

use super::math::exp;
use super::rows::pack_floats;
use super::simd::{
    Kind, LANES, NARROW_ROWS, PANEL, TILE_ROWS, Units, interleave, load, load_units, multiply,
    read_units, store, store_bf16, store_units,
};

/// Rows of one head within a wider matrix.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// From the head's first number of the first row on.
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// The three inputs of a head.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) query: Rows<'a>,
    pub(super) key: Rows<'a>,
    pub(super) value: Rows<'a>,
    /// Numbers of a row, even.
    pub(super) size: usize,
}

/// Buffers, kept between heads.
pub(super) struct Attention {
    kind: Kind,
    queries: Vec<u32>,
    row: Vec<u32>,
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
            queries: Vec::new(),
            row: Vec::new(),
            keys: Vec::new(),
            values: Vec::new(),
            scores: Vec::new(),
            weights: Vec::new(),
        }
    }

    /// Mixes the values for each query. Row `r` of the result is at `r × stride`.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    pub(super) fn run(&mut self, head: &Head<'_>, out: &mut [f32], stride: usize) {
        let units = head.size / self.kind.per_unit();
        let tokens = head.key.count;
        let padded = tokens.next_multiple_of(LANES);
        self.pack_queries(head, units);
        self.pack_keys(head, units, padded);
        self.pack_values(head);
        let per_weight_row = padded / self.kind.per_unit();
        self.scores.resize(NARROW_ROWS * padded, 0);
        self.weights.resize(NARROW_ROWS * per_weight_row, 0);
        for first in (0..head.query.count).step_by(NARROW_ROWS) {
            let rows = NARROW_ROWS.min(head.query.count - first);
            let queries = &self.queries[first * units..(first + rows) * units];
            score(
                self.kind,
                queries,
                &self.keys,
                &mut self.scores[..rows * padded],
                padded,
            );
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

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn pack_queries(&mut self, head: &Head<'_>, units: usize) {
        let factor = 1.0 / (head.size as f32).sqrt();
        self.queries.resize(head.query.count * units, 0);
        let rows = head.query.values.chunks(head.query.stride);
        for (row, units) in rows.zip(self.queries.chunks_exact_mut(units)) {
            pack_floats(self.kind, &row[..head.size], factor, units);
        }
    }

    /// Keys as the columns of panels.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn pack_keys(&mut self, head: &Head<'_>, units: usize, padded: usize) {
        self.keys.clear();
        self.keys.resize(padded * units, 0);
        self.row.resize(units, 0);
        for token in 0..head.key.count {
            let row = &head.key.values[token * head.key.stride..][..head.size];
            pack_floats(self.kind, row, 1.0, &mut self.row);
            let panel = token / PANEL * PANEL;
            let width = PANEL.min(padded - panel);
            let columns = self.keys[panel * units..].chunks_mut(width);
            for (column, unit) in columns.zip(&self.row) {
                column[token - panel] = *unit;
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
        let row = |token: usize| {
            let start = token * head.value.stride;
            if token < head.value.count {
                &head.value.values[start..start + head.size]
            } else {
                &[]
            }
        };
        for first in (0..padded).step_by(PANEL) {
            let width = PANEL.min(padded - first);
            let panel = &mut self.values[first * units..(first + width) * units];
            for (unit, out) in panel.chunks_exact_mut(width).enumerate() {
                let low = row(unit * per_unit).get(first..).unwrap_or_default();
                let high = match self.kind {
                    Kind::Bf16 => row(unit * per_unit + 1).get(first..).unwrap_or_default(),
                    _ => &[],
                };
                for (index, out) in out.chunks_exact_mut(LANES).enumerate() {
                    let part = |row: &'_ [f32]| -> (usize, usize) {
                        let start = (index * LANES).min(row.len());
                        (start, (start + LANES).min(row.len()))
                    };
                    let (from, to) = part(low);
                    let low = load(&low[from..to]);
                    let (from, to) = part(high);
                    let high = load(&high[from..to]);
                    store_units(
                        out,
                        match self.kind {
                            Kind::Bf16 => interleave(low, high),
                            _ => _mm512_castps_si512(low),
                        },
                    );
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
                multiply(self.kind, rows, panel, width, &mut tile, PANEL);
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

/// Products of a block of queries with all keys.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn score(kind: Kind, queries: &[u32], keys: &[u32], scores: &mut [u32], padded: usize) {
    let units = keys.len() / padded;
    let blocks = queries.chunks(TILE_ROWS * units);
    for (queries, scores) in blocks.zip(scores.chunks_mut(TILE_ROWS * padded)) {
        let rows = Units {
            values: queries,
            stride: units,
            count: queries.len() / units,
        };
        for first in (0..padded).step_by(PANEL) {
            let width = PANEL.min(padded - first);
            let panel = &keys[first * units..(first + width) * units];
            multiply(kind, rows, panel, width, &mut scores[first..], padded);
        }
    }
}

/// Exponentials of the scores of `tokens` keys against the largest, as units, and their sum. The scores end at a multiple
/// of 16.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn softmax(kind: Kind, scores: &mut [u32], tokens: usize, weights: &mut [u32]) -> f32 {
    // What is no token weighs nothing.
    scores[tokens..].fill(f32::MIN.to_bits());
    let scores = scores.as_chunks().0;
    let mut largest = _mm512_set1_ps(f32::MIN);
    for scores in scores {
        largest = _mm512_max_ps(largest, _mm512_castsi512_ps(read_units(scores)));
    }
    let largest = _mm512_set1_ps(_mm512_reduce_max_ps(largest));
    let mut sum = _mm512_setzero_ps();
    let per_vector = LANES / kind.per_unit();
    for (scores, weights) in scores.iter().zip(weights.chunks_exact_mut(per_vector)) {
        let score = _mm512_castsi512_ps(read_units(scores));
        let weight = exp(_mm512_sub_ps(score, largest));
        sum = _mm512_add_ps(sum, weight);
        match kind {
            Kind::Bf16 => store_bf16(weights, weight),
            _ => store_units(weights, _mm512_castps_si512(weight)),
        }
    }
    _mm512_reduce_add_ps(sum)
}
