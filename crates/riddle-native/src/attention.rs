//! Attention of one head over one text.

use super::math::{exp2, exp2_roughly};
use super::simd::{
    Isa, Kind, LANES, MOST_ROWS, Product, Simd, TILE_ROWS, Task, Units, WIDEST_PANEL,
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
    simd: Simd,
    kind: Kind,
    keys: Vec<u32>,
    values: Vec<u32>,
    scores: Vec<u32>,
    weights: Vec<u32>,
}

impl Attention {
    /// `kind` is that of the products: floats or bf16.
    pub(super) fn new(simd: Simd, kind: Kind) -> Self {
        Self {
            simd,
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
    pub(super) fn run(&mut self, head: &Head<'_>, out: &mut [f32], stride: usize) {
        self.simd.run(Attend {
            attention: self,
            head,
            out,
            stride,
        });
    }

    #[inline(always)]
    fn attend<I: Isa>(&mut self, isa: I, head: &Head<'_>, out: &mut [f32], stride: usize) {
        let tokens = head.key.count;
        let padded = tokens.next_multiple_of(LANES);
        self.pack_keys(isa, head, padded);
        self.pack_values(isa, head);
        let per_weight_row = padded / I::per_unit(self.kind);
        self.scores.resize(MOST_ROWS * padded, 0);
        self.weights.resize(MOST_ROWS * per_weight_row, 0);
        for first in (0..head.query.count).step_by(MOST_ROWS) {
            let rows = MOST_ROWS.min(head.query.count - first);
            let queries = Units {
                values: &head.query.values[first * head.query.stride..],
                count: rows,
                ..head.query
            };
            let scores = &mut self.scores[..rows * padded];
            score(isa, self.kind, queries, &self.keys, (scores, padded));
            let mut sums = [0.0; MOST_ROWS];
            let scores = self.scores.chunks_exact_mut(padded);
            let weights = self.weights.chunks_exact_mut(per_weight_row);
            for ((scores, weights), sum) in scores.zip(weights).zip(&mut sums[..rows]) {
                *sum = softmax(isa, self.kind, scores, tokens, weights);
            }
            let out = &mut out[first * stride..];
            self.mix(isa, head, &sums[..rows], (out, stride));
        }
    }

    /// Keys as the columns of panels.
    #[inline(always)]
    fn pack_keys<I: Isa>(&mut self, isa: I, head: &Head<'_>, padded: usize) {
        let units = head.size / I::per_unit(self.kind);
        self.keys.resize(padded * units, 0);
        for token in (0..padded).step_by(LANES) {
            let panel = token / I::PANEL * I::PANEL;
            let width = I::PANEL.min(padded - panel);
            let panel = &mut self.keys[panel * units..][..width * units];
            for unit in (0..units).step_by(LANES) {
                let mut rows = [isa.load_units(&[]); LANES];
                for (row, token) in rows.iter_mut().zip(token..head.key.count) {
                    let values = &head.key.values[token * head.key.stride..][..units];
                    *row = isa.load_units(part(values, unit, LANES));
                }
                let columns = panel[unit * width..].chunks_exact_mut(width);
                for (out, column) in columns.zip(isa.transpose(&rows)) {
                    isa.store_units(&mut out[token % I::PANEL..][..LANES], column);
                }
            }
        }
    }

    /// Values as rows of panels, neighbouring tokens in a unit.
    #[inline(always)]
    fn pack_values<I: Isa>(&mut self, isa: I, head: &Head<'_>) {
        let per_unit = I::per_unit(self.kind);
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
        for first in (0..padded).step_by(I::PANEL) {
            let width = I::PANEL.min(padded - first);
            let panel = &mut self.values[first * units..(first + width) * units];
            for (unit, out) in panel.chunks_exact_mut(width).enumerate() {
                let rows = [row(unit * per_unit), row((unit + 1) * per_unit - 1)];
                for (index, out) in out.chunks_exact_mut(LANES).enumerate() {
                    let start = first / per_unit + index * per_vector;
                    let [low, high] = rows.map(|row| part(row, start, per_vector));
                    let unit = match self.kind {
                        Kind::Bf16 => isa.interleave(low, high),
                        _ => isa.load_units(low),
                    };
                    isa.store_units(out, unit);
                }
            }
        }
    }

    /// The weighted values of a block of queries.
    #[inline(always)]
    fn mix<I: Isa>(
        &self,
        isa: I,
        head: &Head<'_>,
        sums: &[f32],
        (out, stride): (&mut [f32], usize),
    ) {
        let units = head.value.count.div_ceil(I::per_unit(self.kind));
        let padded = head.size.next_multiple_of(LANES);
        let per_row = self.weights.len() / MOST_ROWS;
        let mut tile = [0_u32; MOST_ROWS * WIDEST_PANEL];
        for first in (0..padded).step_by(I::PANEL) {
            let width = I::PANEL.min(padded - first);
            let panel = &self.values[first * units..(first + width) * units];
            let most = I::most_rows(width);
            for (block, sums) in sums.chunks(most).enumerate() {
                let product = Product {
                    kind: self.kind,
                    rows: Units {
                        values: &self.weights[block * most * per_row..],
                        stride: per_row,
                        count: sums.len(),
                    },
                    panel,
                    width,
                    add: false,
                };
                isa.multiply(product, &mut tile, I::PANEL);
                for (row, sum) in sums.iter().enumerate() {
                    let factor = isa.splat(1.0 / sum);
                    let end = head.size.min(first + width);
                    let start = (block * most + row) * stride;
                    let out = &mut out[start + first..start + end];
                    let weighted = tile[row * I::PANEL..].chunks(LANES);
                    for (out, weighted) in out.chunks_mut(LANES).zip(weighted) {
                        let weighted = isa.as_floats(isa.load_units(weighted));
                        isa.store(out, isa.mul(weighted, factor));
                    }
                }
            }
        }
    }
}

struct Attend<'a> {
    attention: &'a mut Attention,
    head: &'a Head<'a>,
    out: &'a mut [f32],
    stride: usize,
}

impl Task for Attend<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        self.attention.attend(isa, self.head, self.out, self.stride);
    }
}

/// What there is of `count` units from `start` on.
fn part(row: &[u32], start: usize, count: usize) -> &[u32] {
    &row[start.min(row.len())..(start + count).min(row.len())]
}

/// Products of a block of queries with all keys.
#[inline(always)]
fn score<I: Isa>(
    isa: I,
    kind: Kind,
    queries: Units<'_>,
    keys: &[u32],
    (scores, padded): (&mut [u32], usize),
) {
    let units = keys.len() / padded;
    let firsts = (0..queries.count).step_by(TILE_ROWS);
    for (start, scores) in firsts.zip(scores.chunks_mut(TILE_ROWS * padded)) {
        let rows = Units {
            values: &queries.values[start * queries.stride..],
            stride: queries.stride,
            count: TILE_ROWS.min(queries.count - start),
        };
        for first in (0..padded).step_by(I::PANEL) {
            let width = I::PANEL.min(padded - first);
            let product = Product {
                kind,
                rows,
                panel: &keys[first * units..(first + width) * units],
                width,
                add: false,
            };
            isa.multiply(product, &mut scores[first..], padded);
        }
    }
}

/// Two to the power of the scores of `tokens` keys against the largest, as units, and their sum. The scores end at a
/// multiple of 16.
#[inline(always)]
fn softmax<I: Isa>(
    isa: I,
    kind: Kind,
    scores: &mut [u32],
    tokens: usize,
    weights: &mut [u32],
) -> f32 {
    // What is no token weighs nothing.
    scores[tokens..].fill(f32::MIN.to_bits());
    let scores = scores.as_chunks().0;
    let largest = isa.splat(largest(isa, scores));
    let mut sum = isa.splat(0.0);
    let per_vector = LANES / I::per_unit(kind);
    for (scores, weights) in scores.iter().zip(weights.chunks_exact_mut(per_vector)) {
        let score = isa.as_floats(isa.read_units(scores));
        let score = isa.sub(score, largest);
        if kind == Kind::Bf16 {
            let weight = exp2_roughly(isa, score);
            sum = isa.add(sum, weight);
            isa.store_bf16(weights, weight);
        } else {
            let weight = exp2(isa, score);
            sum = isa.add(sum, weight);
            isa.store_units(weights, isa.as_units(weight));
        }
    }
    isa.sum(sum)
}

/// In four maxima at a time, so that none waits for the one before.
#[inline(always)]
fn largest<I: Isa>(isa: I, scores: &[[u32; LANES]]) -> f32 {
    let (fours, rest) = scores.as_chunks::<4>();
    let mut maxima = [isa.splat(f32::MIN); 4];
    for four in fours {
        for (maximum, scores) in maxima.iter_mut().zip(four) {
            *maximum = isa.max(*maximum, isa.as_floats(isa.read_units(scores)));
        }
    }
    for scores in rest {
        maxima[0] = isa.max(maxima[0], isa.as_floats(isa.read_units(scores)));
    }
    let [a, b, c, d] = maxima;
    isa.largest(isa.max(isa.max(a, b), isa.max(c, d)))
}
