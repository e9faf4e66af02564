//! What is done to rows of activations between two products.

use super::linear::Linear;
use super::load::Norm;
use super::simd::{Isa, Kind, LANES, Simd, Task};

/// How a row was quantized: `value = scale × (byte − zero)`.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Quantization {
    pub(super) scale: f32,
    /// `−scale × zero`.
    pub(super) offset: f32,
}

/// The smallest scale, for rows of zeros.
const SMALLEST: f32 = 1e-20;

/// Normalizes each row, whose length is a multiple of 16, to mean 0 and variance 1, then scales and shifts it.
pub(super) fn normalize(simd: Simd, rows: &mut [f32], norm: &Norm, epsilon: f32) {
    simd.run(Normalize {
        rows,
        norm,
        epsilon,
    });
}

struct Normalize<'a> {
    rows: &'a mut [f32],
    norm: &'a Norm,
    epsilon: f32,
}

impl Task for Normalize<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let Norm { weight, bias } = self.norm;
        for row in self.rows.chunks_exact_mut(weight.len()) {
            let count = row.len() as f32;
            let row = row.as_chunks_mut().0;
            let mean = isa.splat(total(isa, row) / count);
            let variance = total_of_squares(isa, row, mean) / count;
            let factor = isa.splat(1.0 / (variance + self.epsilon).sqrt());
            let parameters = weight.as_chunks().0.iter().zip(bias.as_chunks().0);
            for (values, (weight, bias)) in row.iter_mut().zip(parameters) {
                let scaled = isa.mul(isa.sub(isa.read(values), mean), factor);
                let value = isa.mul_add(scaled, isa.read(weight), isa.read(bias));
                isa.write(values, value);
            }
        }
    }
}

/// In four accumulators, so that none waits for the one before.
#[inline(always)]
fn total<I: Isa>(isa: I, row: &[[f32; LANES]]) -> f32 {
    let (fours, rest) = row.as_chunks::<4>();
    let mut sums = [isa.splat(0.0); 4];
    for four in fours {
        for (sum, values) in sums.iter_mut().zip(four) {
            *sum = isa.add(*sum, isa.read(values));
        }
    }
    for values in rest {
        sums[0] = isa.add(sums[0], isa.read(values));
    }
    in_all(isa, sums)
}

/// The squares of the distances from the mean, likewise.
#[inline(always)]
fn total_of_squares<I: Isa>(isa: I, row: &[[f32; LANES]], mean: I::Floats) -> f32 {
    let (fours, rest) = row.as_chunks::<4>();
    let mut sums = [isa.splat(0.0); 4];
    for four in fours {
        for (sum, values) in sums.iter_mut().zip(four) {
            let distance = isa.sub(isa.read(values), mean);
            *sum = isa.add(*sum, isa.mul(distance, distance));
        }
    }
    for values in rest {
        let distance = isa.sub(isa.read(values), mean);
        sums[0] = isa.add(sums[0], isa.mul(distance, distance));
    }
    in_all(isa, sums)
}

#[inline(always)]
fn in_all<I: Isa>(isa: I, [a, b, c, d]: [I::Floats; 4]) -> f32 {
    isa.sum(isa.add(isa.add(a, b), isa.add(c, d)))
}

/// Packed rows of activations, with the buffers they are in.
#[derive(Default)]
pub(super) struct PackedRows {
    pub(super) units: Vec<u32>,
    /// One for each row.
    pub(super) quantization: Vec<Quantization>,
    /// One row multiplied by its factors.
    smoothed: Vec<f32>,
}

impl PackedRows {
    /// Packs rows as the inputs of a layer.
    pub(super) fn fill(&mut self, layer: &Linear, rows: &[f32]) {
        self.units
            .resize(rows.len() / layer.inputs() * layer.units(), 0);
        self.quantization.clear();
        self.smoothed.resize(layer.inputs(), 0.0);
        layer.simd().run(Fill {
            packed: self,
            layer,
            rows,
        });
    }
}

struct Fill<'a> {
    packed: &'a mut PackedRows,
    layer: &'a Linear,
    rows: &'a [f32],
}

impl Task for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let (kind, factors) = (self.layer.kind(), self.layer.factors());
        let PackedRows {
            units,
            quantization,
            smoothed,
        } = self.packed;
        let rows = self.rows.chunks_exact(self.layer.inputs());
        for (row, units) in rows.zip(units.chunks_exact_mut(self.layer.units())) {
            if factors.is_empty() {
                quantization.push(pack(isa, kind, row, units));
            } else {
                multiply_by(isa, row, factors, smoothed);
                quantization.push(pack(isa, kind, smoothed, units));
            }
        }
    }
}

/// Multiplies a row, whose length is a multiple of 16, by a factor for each of its numbers.
#[inline(always)]
fn multiply_by<I: Isa>(isa: I, row: &[f32], factors: &[f32], out: &mut [f32]) {
    let inputs = row.as_chunks().0.iter().zip(factors.as_chunks().0);
    for (out, (values, factors)) in out.as_chunks_mut().0.iter_mut().zip(inputs) {
        isa.write(out, isa.mul(isa.read(values), isa.read(factors)));
    }
}

/// Packs a row into units. For bytes its length is a multiple of 16.
#[inline(always)]
pub(super) fn pack<I: Isa>(isa: I, kind: Kind, row: &[f32], units: &mut [u32]) -> Quantization {
    if kind == Kind::Int8 {
        return quantize(isa, row, units);
    }
    let per_vector = LANES / I::per_unit(kind);
    for (values, units) in row.chunks(LANES).zip(units.chunks_mut(per_vector)) {
        let values = isa.load(values);
        match kind {
            Kind::Bf16 => isa.store_bf16(units, values),
            _ => isa.store_units(units, isa.as_units(values)),
        }
    }
    Quantization::default()
}

/// To bytes, with a scale and a zero point of the row's own.
#[inline(always)]
fn quantize<I: Isa>(isa: I, row: &[f32], units: &mut [u32]) -> Quantization {
    let row = row.as_chunks().0;
    let (low, high) = bounds(isa, row);
    let scale = ((high - low) * (1.0 / 255.0)).max(SMALLEST);
    let zero = -(low / scale).round_ties_even();
    let inverse = isa.splat(1.0 / scale);
    let shift = isa.to_integers(isa.splat(zero));
    let units = units.chunks_exact_mut(LANES / I::per_unit(Kind::Int8));
    for (values, units) in row.iter().zip(units) {
        let scaled = isa.to_integers(isa.mul(isa.read(values), inverse));
        isa.write_bytes(units, isa.add_integers(scaled, shift));
    }
    Quantization {
        scale,
        offset: -scale * zero,
    }
}

/// The smallest and the largest number, or 0 where that is smaller or larger.
#[inline(always)]
fn bounds<I: Isa>(isa: I, row: &[[f32; LANES]]) -> (f32, f32) {
    let (pairs, rest) = row.as_chunks::<2>();
    let [mut low, mut other_low, mut high, mut other_high] = [isa.splat(0.0); 4];
    for pair in pairs {
        let (one, other) = (isa.read(&pair[0]), isa.read(&pair[1]));
        low = isa.min(low, one);
        high = isa.max(high, one);
        other_low = isa.min(other_low, other);
        other_high = isa.max(other_high, other);
    }
    for values in rest {
        low = isa.min(low, isa.read(values));
        high = isa.max(high, isa.read(values));
    }
    (
        isa.smallest(isa.min(low, other_low)),
        isa.largest(isa.max(high, other_high)),
    )
}
