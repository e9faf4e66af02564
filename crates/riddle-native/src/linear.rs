//! Linear layers, packed for the kernels.

use std::ops::Range;

use half::bf16;
use riddle_checkpoint::{Activation, divide_columns, quantization_scale, quantize};

use super::math::{gelu, gelu_tanh};
use super::rows::{PackedRows, Quantization};
use super::simd::{Isa, Kind, LANES, Product, Simd, TILE_ROWS, Task, Units};

/// Largest quantized weight.
const RANGE: i8 = 127;

/// A linear layer: panels as wide as the instructions want them (the last may be narrower), each `units × columns`.
pub(super) struct Linear {
    simd: Simd,
    kind: Kind,
    inputs: usize,
    outputs: usize,
    panels: Vec<u32>,
    /// Scale of each output's weights; empty for floats.
    scales: Vec<f32>,
    /// Sum of each output's weights; empty for floats.
    weight_sums: Vec<f32>,
    bias: Vec<f32>,
    /// What the inputs are to be multiplied by before they are packed; empty where nothing is to be done.
    factors: Vec<f32>,
}

/// The epilogue: what is done to an output, scaled and with its bias, as it leaves the registers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Epilogue {
    Store,
    /// Added to what is there.
    Add,
    Activate(Activation),
}

impl Linear {
    /// Packs row-major `outputs × inputs` weights. Outputs are a multiple of 16, and for bytes
    /// inputs too.
    pub(super) fn new(simd: Simd, kind: Kind, weight: &[f32], bias: Vec<f32>) -> Self {
        let outputs = bias.len();
        let inputs = weight.len() / outputs;
        let per_row = inputs / simd.per_unit(kind);
        let mut linear = Self {
            simd,
            kind,
            inputs,
            outputs,
            panels: Vec::with_capacity(per_row * outputs),
            scales: Vec::new(),
            weight_sums: Vec::new(),
            bias,
            factors: Vec::new(),
        };
        let units: Vec<u32> = match kind {
            Kind::Int8 => linear.quantized(weight),
            Kind::Bf16 => weight.as_chunks().0.iter().map(pair).collect(),
            Kind::Fp32 => weight.iter().map(|value| value.to_bits()).collect(),
        };
        let panel = simd.panel();
        for first in (0..outputs).step_by(panel) {
            let columns = first..(first + panel).min(outputs);
            for unit in 0..per_row {
                let column = columns.clone().map(|output| units[output * per_row + unit]);
                linear.panels.extend(column);
            }
        }
        linear
    }

    /// As [`Self::new`], for inputs that are multiplied by `factors` (SmoothQuant), where that helps: it moves outliers
    /// of the activations, which share one scale, into the weights.
    pub(super) fn smoothed(
        simd: Simd,
        kind: Kind,
        mut weight: Vec<f32>,
        bias: Vec<f32>,
        factors: &[f32],
    ) -> Self {
        if kind != Kind::Int8 {
            return Self::new(simd, kind, &weight, bias);
        }
        divide_columns(&mut weight, factors);
        let mut linear = Self::new(simd, kind, &weight, bias);
        linear.factors = factors.to_vec();
        linear
    }

    /// What the inputs are to be multiplied by before they are packed; empty where nothing is to be done.
    pub(super) fn factors(&self) -> &[f32] {
        &self.factors
    }

    fn quantized(&mut self, weight: &[f32]) -> Vec<u32> {
        let per_unit = self.simd.per_unit(Kind::Int8);
        let mut units = Vec::with_capacity(weight.len() / per_unit);
        for row in weight.chunks_exact(self.inputs) {
            let scale = quantization_scale(row, RANGE);
            let mut sum = 0_i32;
            for values in row.chunks_exact(per_unit) {
                let bytes = values.iter().map(|value| quantize(*value, scale, RANGE));
                sum += bytes.clone().map(i32::from).sum::<i32>();
                units.push(unit(bytes));
            }
            self.scales.push(scale);
            self.weight_sums.push(sum as f32 * scale);
        }
        units
    }

    /// What it computes with.
    pub(super) fn simd(&self) -> Simd {
        self.simd
    }

    /// Numbers of a row of inputs.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// What its numbers are.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Units of a row of inputs.
    pub(super) fn units(&self) -> usize {
        self.inputs / self.simd.per_unit(self.kind)
    }

    /// Computes the outputs for each row of `input`, one row after the other.
    pub(super) fn apply(&self, input: &PackedRows, out: &mut [f32], epilogue: Epilogue) {
        self.simd.run(Apply {
            linear: self,
            input,
            out,
            epilogue,
        });
    }

    /// The same with the outputs packed as units of floats or bf16.
    pub(super) fn apply_packed(&self, input: &PackedRows, out: &mut [u32], kind: Kind) {
        self.simd.run(ApplyPacked {
            linear: self,
            input,
            out,
            kind,
        });
    }

    /// Hands over, for each row, the accumulators of each panel's columns. Weights are taken in blocks that stay in a
    /// cache while all rows meet them.
    #[inline(always)]
    fn run<I: Isa>(&self, isa: I, input: &PackedRows, mut sink: impl Sink<I>) {
        let units = self.units();
        let blocks = units.div_ceil(I::BLOCK);
        let rows = if blocks > 1 {
            input.quantization.len()
        } else {
            1
        };
        let mut tiles = vec![0_u32; rows.next_multiple_of(TILE_ROWS) * I::PANEL];
        for first in (0..self.outputs).step_by(I::PANEL) {
            let columns = first..(first + I::PANEL).min(self.outputs);
            let width = columns.len();
            for block in 0..blocks {
                let part = block * I::BLOCK..units.min((block + 1) * I::BLOCK);
                let start = first * units + part.start * width;
                let panel = &self.panels[start..start + part.len() * width];
                for (place, quantization) in input.quantization.chunks(TILE_ROWS).enumerate() {
                    let row = place * TILE_ROWS;
                    let tile = if blocks > 1 { row * I::PANEL } else { 0 };
                    let tile = &mut tiles[tile..][..TILE_ROWS * I::PANEL];
                    let product = Product {
                        kind: self.kind,
                        rows: Units {
                            values: &input.units[row * units + part.start..],
                            stride: units,
                            count: quantization.len(),
                        },
                        panel,
                        width,
                        add: block > 0,
                    };
                    isa.multiply(product, tile, I::PANEL);
                    if block + 1 == blocks {
                        let accumulators =
                            tile.chunks_exact(I::PANEL).zip(quantization).enumerate();
                        for (index, (accumulators, quantization)) in accumulators {
                            sink.take(
                                isa,
                                row + index,
                                columns.clone(),
                                &accumulators[..width],
                                *quantization,
                            );
                        }
                    }
                }
            }
        }
    }

    /// What the accumulators of 16 neighbouring columns come to.
    #[inline(always)]
    fn value<I: Isa>(
        &self,
        isa: I,
        place: usize,
        accumulators: &[u32; LANES],
        quantization: Quantization,
    ) -> I::Floats {
        let (accumulators, bias) = (isa.read_units(accumulators), at(isa, &self.bias, place));
        if self.kind != Kind::Int8 {
            return isa.add(isa.as_floats(accumulators), bias);
        }
        let scale = isa.mul(isa.splat(quantization.scale), at(isa, &self.scales, place));
        let shift = isa.mul_add(
            isa.splat(quantization.offset),
            at(isa, &self.weight_sums, place),
            bias,
        );
        isa.mul_add(isa.integers_as_floats(accumulators), scale, shift)
    }
}

#[inline(always)]
fn at<I: Isa>(isa: I, values: &[f32], place: usize) -> I::Floats {
    isa.read(&values.as_chunks().0[place])
}

/// Where accumulators go.
trait Sink<I: Isa> {
    /// Takes those of some columns of a row, which was packed with `quantization`.
    fn take(
        &mut self,
        isa: I,
        row: usize,
        columns: Range<usize>,
        accumulators: &[u32],
        quantization: Quantization,
    );
}

struct Apply<'a> {
    linear: &'a Linear,
    input: &'a PackedRows,
    out: &'a mut [f32],
    epilogue: Epilogue,
}

impl Task for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        match self.epilogue {
            Epilogue::Store => self.run_with(isa, |_, value, _| value),
            Epilogue::Add => {
                self.run_with(isa, |isa, value, before| isa.add(value, isa.read(before)))
            }
            Epilogue::Activate(Activation::Gelu) => {
                self.run_with(isa, |isa, value, _| gelu(isa, value));
            }
            Epilogue::Activate(Activation::GeluTanh) => {
                self.run_with(isa, |isa, value, _| gelu_tanh(isa, value));
            }
            Epilogue::Activate(Activation::Relu) => {
                self.run_with(isa, |isa, value, _| isa.max(value, isa.splat(0.0)));
            }
        }
    }
}

impl Apply<'_> {
    #[inline(always)]
    fn run_with<I: Isa>(self, isa: I, epilogue: impl Fn(I, I::Floats, &[f32; LANES]) -> I::Floats) {
        let (linear, out) = (self.linear, self.out);
        linear.run(
            isa,
            self.input,
            Written {
                linear,
                out,
                epilogue,
            },
        );
    }
}

/// Writes what `epilogue` makes of each output and of what is in its place.
struct Written<'a, F> {
    linear: &'a Linear,
    out: &'a mut [f32],
    epilogue: F,
}

impl<I: Isa, F: Fn(I, I::Floats, &[f32; LANES]) -> I::Floats> Sink<I> for Written<'_, F> {
    #[inline(always)]
    fn take(
        &mut self,
        isa: I,
        row: usize,
        columns: Range<usize>,
        accumulators: &[u32],
        quantization: Quantization,
    ) {
        let first = columns.start / LANES;
        let out = &mut self.out[row * self.linear.outputs..][columns];
        let accumulators = accumulators.as_chunks().0.iter().enumerate();
        for (out, (index, accumulators)) in out.as_chunks_mut().0.iter_mut().zip(accumulators) {
            let value = self
                .linear
                .value(isa, first + index, accumulators, quantization);
            isa.write(out, (self.epilogue)(isa, value, out));
        }
    }
}

struct ApplyPacked<'a> {
    linear: &'a Linear,
    input: &'a PackedRows,
    out: &'a mut [u32],
    kind: Kind,
}

impl Task for ApplyPacked<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        self.linear.run(isa, self.input, self);
    }
}

impl<I: Isa> Sink<I> for ApplyPacked<'_> {
    #[inline(always)]
    fn take(
        &mut self,
        isa: I,
        row: usize,
        columns: Range<usize>,
        accumulators: &[u32],
        quantization: Quantization,
    ) {
        let (linear, per_unit) = (self.linear, I::per_unit(self.kind));
        let units = columns.start / per_unit..columns.end / per_unit;
        let out = &mut self.out[row * linear.outputs / per_unit..][units];
        let out = out.chunks_exact_mut(LANES / per_unit);
        for (out, (index, accumulators)) in out.zip(accumulators.as_chunks().0.iter().enumerate()) {
            let value = linear.value(
                isa,
                columns.start / LANES + index,
                accumulators,
                quantization,
            );
            match self.kind {
                Kind::Bf16 => isa.store_bf16(out, value),
                _ => isa.store_units(out, isa.as_units(value)),
            }
        }
    }
}

/// Bytes as a unit, with as many bits for each as there are.
fn unit(bytes: impl ExactSizeIterator<Item = i8>) -> u32 {
    let bits = 32 / bytes.len();
    let place = |(index, byte): (usize, i8)| {
        let bits_of_byte = i32::from(byte).cast_unsigned() & (u32::MAX >> (32 - bits));
        bits_of_byte << (index * bits)
    };
    bytes.enumerate().map(place).sum()
}

fn pair(values: &[f32; 2]) -> u32 {
    let [low, high] = values.map(|value| u32::from(bf16::from_f32(value).to_bits()));
    low | high << 16
}
