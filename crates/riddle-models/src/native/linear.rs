//! Linear layers, packed for the kernels.

use std::arch::x86_64::*;

use half::bf16;

use super::math::{gelu, gelu_tanh};
use super::rows::Step;
use super::simd::{Kind, LANES, PANEL, TILE_ROWS, Units, multiply, read, read_units, write};
use crate::convert::{Activation, divide_columns, quantize, scale};

/// Largest quantized weight.
const RANGE: i8 = 127;

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
        let units = self.units();
        let mut tile = [0_u32; TILE_ROWS * PANEL];
        for first in (0..self.outputs).step_by(PANEL) {
            let width = PANEL.min(self.outputs - first);
            let panel = &self.panels[first * units..(first + width) * units];
            let blocks = input.units.chunks(TILE_ROWS * units);
            let outs = out.chunks_mut(TILE_ROWS * self.outputs);
            for ((block, steps), out) in blocks.zip(input.steps.chunks(TILE_ROWS)).zip(outs) {
                let rows = Units {
                    values: block,
                    stride: units,
                    count: steps.len(),
                };
                multiply(self.kind, rows, panel, width, &mut tile, PANEL);
                for ((row, step), out) in tile
                    .chunks_exact(PANEL)
                    .zip(steps)
                    .zip(out.chunks_mut(self.outputs))
                {
                    let out = &mut out[first..first + width];
                    self.finish(&row[..width], first, *step, out, finish);
                }
            }
        }
    }

    /// Turns sums into outputs from `first` on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn finish(&self, sums: &[u32], first: usize, step: Step, out: &mut [f32], finish: Finish) {
        let bias = &self.bias[first..first + out.len()];
        let quantized = self.kind == Kind::Int8;
        let (weight_steps, weight_sums) = if quantized {
            (
                &self.scales[first..first + out.len()],
                &self.sums[first..first + out.len()],
            )
        } else {
            (bias, bias)
        };
        let (row_step, offset) = (_mm512_set1_ps(step.step), _mm512_set1_ps(step.offset));
        // Panels are multiples of 16 wide.
        let weight_steps = weight_steps.as_chunks::<LANES>().0;
        let parameters = weight_steps.iter().zip(weight_sums.as_chunks().0);
        let sums = sums.as_chunks().0.iter().zip(bias.as_chunks().0);
        let out = out.as_chunks_mut().0.iter_mut();
        for (out, ((sums, bias), (scale, sum))) in out.zip(sums.zip(parameters)) {
            let (sums, bias) = (read_units(sums), read(bias));
            let value = if quantized {
                let scale = _mm512_mul_ps(row_step, read(scale));
                let shift = _mm512_fmadd_ps(offset, read(sum), bias);
                _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), scale, shift)
            } else {
                _mm512_add_ps(_mm512_castsi512_ps(sums), bias)
            };
            let value = match finish {
                Finish::Store => value,
                Finish::Add => _mm512_add_ps(value, read(out)),
                Finish::Activate(Activation::Gelu) => gelu(value),
                Finish::Activate(Activation::GeluTanh) => gelu_tanh(value),
                Finish::Activate(Activation::Relu) => _mm512_max_ps(value, _mm512_setzero_ps()),
            };
            write(out, value);
        }
    }
}

fn pair(values: &[f32; 2]) -> u32 {
    let [low, high] = values.map(|value| u32::from(bf16::from_f32(value).to_bits()));
    low | high << 16
}
