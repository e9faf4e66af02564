//! Linear layers, packed for the kernels.

use std::arch::x86_64::*;
use std::ops::Range;

use half::bf16;

use super::math::{gelu, gelu_tanh};
use super::rows::Step;
use super::simd::{
    Kind, LANES, PANEL, TILE_ROWS, Units, multiply, read, read_units, store_bf16, store_units,
    write,
};
use crate::convert::{Activation, divide_columns, quantize, scale};

/// Largest quantized weight.
const RANGE: i8 = 127;
/// Units of a row that are multiplied at a time: with 64 columns 96 KiB of weights.
const BLOCK: usize = 384;

/// A linear layer: panels of 64 columns (the last may be narrower), each `units × columns`.
pub(super) struct Linear {
    kind: Kind,
    inputs: usize,
    outputs: usize,
    panels: Vec<u32>,
    /// Step of each output's weights; empty for floats.
    scales: Vec<f32>,
    /// Sum of each output's weights; empty for floats.
    sums: Vec<f32>,
    bias: Vec<f32>,
    /// What the inputs are to be multiplied by before they are packed; empty where nothing is to be done.
    factors: Vec<f32>,
}

/// Packed rows of activations.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a> {
    pub(super) units: &'a [u32],
    /// One for each row.
    pub(super) steps: &'a [Step],
}

/// What becomes of the product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    Store,
    /// Added to what is there.
    Add,
    Activate(Activation),
}

impl Linear {
    /// Packs row-major `outputs × inputs` weights. Both sizes are multiples of 16.
    pub(super) fn new(kind: Kind, weight: &[f32], bias: Vec<f32>) -> Self {
        let outputs = bias.len();
        let inputs = weight.len() / outputs;
        let mut linear = Self {
            kind,
            inputs,
            outputs,
            panels: Vec::with_capacity(weight.len() / kind.per_unit()),
            scales: Vec::new(),
            sums: Vec::new(),
            bias,
            factors: Vec::new(),
        };
        let units: Vec<u32> = match kind {
            Kind::Int8 => linear.quantized(weight),
            Kind::Bf16 => weight.as_chunks().0.iter().map(pair).collect(),
            Kind::Fp32 => weight.iter().map(|value| value.to_bits()).collect(),
        };
        let per_row = inputs / kind.per_unit();
        for first in (0..outputs).step_by(PANEL) {
            let columns = first..(first + PANEL).min(outputs);
            for unit in 0..per_row {
                let column = columns.clone().map(|output| units[output * per_row + unit]);
                linear.panels.extend(column);
            }
        }
        linear
    }

    /// As [`Self::new`], for inputs that are multiplied by `factors` before they are packed, where that helps: numbers of
    /// one row that are quantized with one step should be alike in size, and the weights can take what they are not.
    pub(super) fn balanced(
        kind: Kind,
        mut weight: Vec<f32>,
        bias: Vec<f32>,
        factors: &[f32],
    ) -> Self {
        if kind != Kind::Int8 {
            return Self::new(kind, &weight, bias);
        }
        divide_columns(&mut weight, factors);
        let mut linear = Self::new(kind, &weight, bias);
        linear.factors = factors.to_vec();
        linear
    }

    /// What the inputs are to be multiplied by before they are packed; empty where nothing is to be done.
    pub(super) fn factors(&self) -> &[f32] {
        &self.factors
    }

    fn quantized(&mut self, weight: &[f32]) -> Vec<u32> {
        let mut units = Vec::with_capacity(weight.len() / 4);
        for row in weight.chunks_exact(self.inputs) {
            let step = scale(row, RANGE);
            let mut sum = 0_i32;
            for values in row.as_chunks::<4>().0 {
                let bytes = values.map(|value| quantize(value, step, RANGE));
                sum += bytes.iter().map(|byte| i32::from(*byte)).sum::<i32>();
                units.push(u32::from_le_bytes(bytes.map(i8::cast_unsigned)));
            }
            self.scales.push(step);
            self.sums.push(sum as f32 * step);
        }
        units
    }

    /// Numbers of a row of inputs.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// What it computes with.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Units of a row of inputs.
    pub(super) fn units(&self) -> usize {
        self.inputs / self.kind.per_unit()
    }

    /// Computes the outputs for each row of `input`, one row after the other.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    pub(super) fn apply(&self, input: Packed<'_>, out: &mut [f32], finish: Finish) {
        let zero = _mm512_setzero_ps();
        match finish {
            Finish::Store => self.write(input, out, |value, _| value),
            Finish::Add => self.write(input, out, |value, before| {
                _mm512_add_ps(value, read(before))
            }),
            Finish::Activate(Activation::Gelu) => self.write(input, out, |value, _| gelu(value)),
            Finish::Activate(Activation::GeluTanh) => {
                self.write(input, out, |value, _| gelu_tanh(value));
            }
            Finish::Activate(Activation::Relu) => {
                self.write(input, out, |value, _| _mm512_max_ps(value, zero));
            }
        }
    }

    /// Writes what `finish` makes of each output and of what is in its place.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn write(
        &self,
        input: Packed<'_>,
        out: &mut [f32],
        finish: impl Fn(__m512, &[f32; LANES]) -> __m512,
    ) {
        self.run(input, |row, columns, sums, step| {
            let out = &mut out[row * self.outputs..][columns.clone()];
            let sums = sums.as_chunks().0.iter().enumerate();
            for (out, (index, sums)) in out.as_chunks_mut().0.iter_mut().zip(sums) {
                let value = self.value(columns.start / LANES + index, sums, step);
                write(out, finish(value, out));
            }
        });
    }

    /// The same with the outputs packed as units of floats or bf16.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    pub(super) fn apply_packed(&self, input: Packed<'_>, out: &mut [u32], kind: Kind) {
        let per_unit = kind.per_unit();
        self.run(input, |row, columns, sums, step| {
            let units = columns.start / per_unit..columns.end / per_unit;
            let out = &mut out[row * self.outputs / per_unit..][units];
            let out = out.chunks_exact_mut(LANES / per_unit);
            for (out, (index, sums)) in out.zip(sums.as_chunks().0.iter().enumerate()) {
                let value = self.value(columns.start / LANES + index, sums, step);
                match kind {
                    Kind::Bf16 => store_bf16(out, value),
                    _ => store_units(out, _mm512_castps_si512(value)),
                }
            }
        });
    }

    /// Hands over, for each row, the sums of each panel's columns. Weights are taken in blocks that stay in a cache while
    /// all rows meet them.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn run(&self, input: Packed<'_>, mut give: impl FnMut(usize, Range<usize>, &[u32], Step)) {
        let units = self.units();
        let blocks = units.div_ceil(BLOCK);
        let rows = if blocks > 1 { input.steps.len() } else { 1 };
        let mut tiles = vec![0_u32; rows.next_multiple_of(TILE_ROWS) * PANEL];
        for first in (0..self.outputs).step_by(PANEL) {
            let columns = first..(first + PANEL).min(self.outputs);
            let width = columns.len();
            for block in 0..blocks {
                let part = block * BLOCK..units.min((block + 1) * BLOCK);
                let start = first * units + part.start * width;
                let panel = &self.panels[start..start + part.len() * width];
                for (place, steps) in input.steps.chunks(TILE_ROWS).enumerate() {
                    let row = place * TILE_ROWS;
                    let tile = if blocks > 1 { row * PANEL } else { 0 };
                    let tile = &mut tiles[tile..][..TILE_ROWS * PANEL];
                    let rows = Units {
                        values: &input.units[row * units + part.start..],
                        stride: units,
                        count: steps.len(),
                    };
                    multiply(self.kind, rows, panel, width, (tile, PANEL), block > 0);
                    if block + 1 == blocks {
                        for (index, (sums, step)) in tile.chunks_exact(PANEL).zip(steps).enumerate()
                        {
                            give(row + index, columns.clone(), &sums[..width], *step);
                        }
                    }
                }
            }
        }
    }

    /// What the sums of 16 neighbouring columns come to.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn value(&self, place: usize, sums: &[u32; LANES], step: Step) -> __m512 {
        let at = |values: &[f32]| read(&values.as_chunks().0[place]);
        let (sums, bias) = (read_units(sums), at(&self.bias));
        if self.kind != Kind::Int8 {
            return _mm512_add_ps(_mm512_castsi512_ps(sums), bias);
        }
        let (row_step, offset) = (_mm512_set1_ps(step.step), _mm512_set1_ps(step.offset));
        let scale = _mm512_mul_ps(row_step, at(&self.scales));
        let shift = _mm512_fmadd_ps(offset, at(&self.sums), bias);
        _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), scale, shift)
    }
}

fn pair(values: &[f32; 2]) -> u32 {
    let [low, high] = values.map(|value| u32::from(bf16::from_f32(value).to_bits()));
    low | high << 16
}
