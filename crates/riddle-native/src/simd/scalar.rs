//! The same arithmetic without vector instructions: what tests compare every set with, and what Miri can run.

use half::bf16;

use super::{Isa, Kind, LANES, Product, TILE_ROWS, Task};

/// No instructions but those that every CPU has. Its numbers are those of AVX2 to the last bit.
#[derive(Clone, Copy)]
pub(super) struct Scalar;

/// Runs a task.
pub(super) fn enter<T: Task>(task: T) -> T::Output {
    task.run(Scalar)
}

fn both(a: [f32; LANES], b: [f32; LANES], of: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    std::array::from_fn(|lane| of(a[lane], b[lane]))
}

/// Combines 16 numbers in the order in which vectors are folded.
fn fold(x: [f32; LANES], of: impl Fn(f32, f32) -> f32) -> f32 {
    let mut x = x;
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            x[lane] = of(x[lane], x[lane + half]);
        }
    }
    x[0]
}

fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Adds the product of two words to an accumulator.
fn dot(kind: Kind, accumulator: u32, a: u32, b: u32) -> u32 {
    let float = f32::from_bits;
    match kind {
        Kind::Int8 => {
            let pairs = a.to_le_bytes().into_iter().zip(b.to_le_bytes());
            let product = |(a, b): (u8, u8)| i32::from(a) * i32::from(b.cast_signed());
            let sum: i32 = pairs.map(product).sum();
            (accumulator.cast_signed() + sum).cast_unsigned()
        }
        Kind::Bf16 => {
            let low = float(a << 16).mul_add(float(b << 16), float(accumulator));
            let [a, b] = [a, b].map(|word| float(word & 0xffff_0000));
            a.mul_add(b, low).to_bits()
        }
        Kind::Fp32 => float(a).mul_add(float(b), float(accumulator)).to_bits(),
    }
}

impl Isa for Scalar {
    type Floats = [f32; LANES];
    type Units = [u32; LANES];

    const PANEL: usize = LANES;
    const BLOCK: usize = 256;

    fn per_unit(kind: Kind) -> usize {
        match kind {
            Kind::Int8 => 4,
            Kind::Bf16 => 2,
            Kind::Fp32 => 1,
        }
    }

    fn most_rows(_: usize) -> usize {
        TILE_ROWS
    }

    fn multiply(self, product: Product<'_>, out: &mut [u32], stride: usize) {
        assert!(product.width == LANES && product.fits(TILE_ROWS, out, stride));
        let rows = product.rows;
        for row in 0..rows.count {
            for column in 0..product.width {
                let out = &mut out[row * stride + column];
                if !product.add {
                    *out = 0;
                }
                let panel = product.panel[column..].iter().step_by(product.width);
                let words = rows.values[row * rows.stride..].iter();
                for (a, b) in words.zip(panel) {
                    *out = dot(product.kind, *out, *a, *b);
                }
            }
        }
    }

    fn splat(self, value: f32) -> [f32; LANES] {
        [value; LANES]
    }

    fn read(self, values: &[f32; LANES]) -> [f32; LANES] {
        *values
    }

    fn read_units(self, values: &[u32; LANES]) -> [u32; LANES] {
        *values
    }

    fn write(self, values: &mut [f32; LANES], vector: [f32; LANES]) {
        *values = vector;
    }

    fn write_units(self, values: &mut [u32; LANES], vector: [u32; LANES]) {
        *values = vector;
    }

    fn load(self, values: &[f32]) -> [f32; LANES] {
        std::array::from_fn(|lane| values.get(lane).copied().unwrap_or_default())
    }

    fn load_units(self, values: &[u32]) -> [u32; LANES] {
        std::array::from_fn(|lane| values.get(lane).copied().unwrap_or_default())
    }

    fn store(self, values: &mut [f32], vector: [f32; LANES]) {
        values
            .iter_mut()
            .zip(vector)
            .for_each(|(to, from)| *to = from);
    }

    fn store_units(self, values: &mut [u32], vector: [u32; LANES]) {
        values
            .iter_mut()
            .zip(vector)
            .for_each(|(to, from)| *to = from);
    }

    fn write_bytes(self, values: &mut [u32], vector: [u32; LANES]) {
        assert_eq!(values.len(), LANES / 4);
        for (to, four) in values.iter_mut().zip(vector.as_chunks::<4>().0) {
            *to = u32::from_le_bytes(four.map(|value| value.cast_signed().clamp(0, 255) as u8));
        }
    }

    fn store_bf16(self, values: &mut [u32], vector: [f32; LANES]) {
        for (to, pair) in values.iter_mut().zip(vector.as_chunks::<2>().0) {
            let [low, high] = pair.map(|value| u32::from(bf16::from_f32(value).to_bits()));
            *to = low | high << 16;
        }
    }

    fn interleave(self, low: &[u32], high: &[u32]) -> [u32; LANES] {
        let half = |words: &[u32], column: usize| {
            let word = words.get(column / 2).copied().unwrap_or_default();
            word >> (16 * (column % 2)) & 0xffff
        };
        std::array::from_fn(|column| half(low, column) | half(high, column) << 16)
    }

    fn transpose(self, rows: &[[u32; LANES]; LANES]) -> [[u32; LANES]; LANES] {
        std::array::from_fn(|column| std::array::from_fn(|row| rows[row][column]))
    }

    fn add(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, |a, b| a + b)
    }

    fn sub(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, |a, b| a - b)
    }

    fn mul(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, |a, b| a * b)
    }

    fn div(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, |a, b| a / b)
    }

    fn min(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, smaller)
    }

    fn max(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, larger)
    }

    fn mul_add(self, a: [f32; LANES], b: [f32; LANES], c: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|lane| a[lane].mul_add(b[lane], c[lane]))
    }

    fn mul_sub_from(self, a: [f32; LANES], b: [f32; LANES], c: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|lane| (-a[lane]).mul_add(b[lane], c[lane]))
    }

    fn round(self, x: [f32; LANES]) -> [f32; LANES] {
        x.map(f32::round_ties_even)
    }

    fn times_power_of_two(self, x: [f32; LANES], power: [f32; LANES]) -> [f32; LANES] {
        both(x, power, |x, power| {
            let exponent = (larger(power, -127.0) + 127.0) as u32;
            x * f32::from_bits(exponent << 23)
        })
    }

    fn reciprocal(self, x: [f32; LANES]) -> [f32; LANES] {
        x.map(|x| 1.0 / x)
    }

    fn sum(self, x: [f32; LANES]) -> f32 {
        fold(x, |a, b| a + b)
    }

    fn smallest(self, x: [f32; LANES]) -> f32 {
        fold(x, smaller)
    }

    fn largest(self, x: [f32; LANES]) -> f32 {
        fold(x, larger)
    }

    fn as_floats(self, units: [u32; LANES]) -> [f32; LANES] {
        units.map(f32::from_bits)
    }

    fn as_units(self, floats: [f32; LANES]) -> [u32; LANES] {
        floats.map(f32::to_bits)
    }

    fn integers_as_floats(self, integers: [u32; LANES]) -> [f32; LANES] {
        integers.map(|integer| integer.cast_signed() as f32)
    }

    fn to_integers(self, floats: [f32; LANES]) -> [u32; LANES] {
        floats.map(|x| (x.round_ties_even() as i32).cast_unsigned())
    }

    fn add_integers(self, a: [u32; LANES], b: [u32; LANES]) -> [u32; LANES] {
        std::array::from_fn(|lane| a[lane].wrapping_add(b[lane]))
    }
}
