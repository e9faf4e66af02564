//! Plain arithmetic for every CPU, without `unsafe` and without naming an instruction. The loops that take the time are
//! of fixed lengths, so that the compiler makes vectors of them: NEON on ARM, SSE2 on x86.
//!
//! Its numbers are those of AVX2 to the last bit. Tests compare every set with it, and Miri can run it.

use half::bf16;

use super::{Isa, Kind, LANES, Product, TILE_ROWS, Task, padded};

/// Rows that meet a panel at a time. Their sums take 12 registers of four numbers; SSE2 has 16, NEON 32.
const ROWS: usize = 3;

/// What every CPU of its kind has.
#[derive(Clone, Copy)]
pub(super) struct Portable;

/// Runs a task.
pub(super) fn enter<T: Task>(task: T) -> T::Output {
    task.run(Portable)
}

#[inline(always)]
fn both(a: [f32; LANES], b: [f32; LANES], of: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    std::array::from_fn(|lane| of(a[lane], b[lane]))
}

/// Combines 16 numbers in the order in which vectors are folded.
#[inline(always)]
fn fold(x: [f32; LANES], of: impl Fn(f32, f32) -> f32) -> f32 {
    let mut x = x;
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            x[lane] = of(x[lane], x[lane + half]);
        }
    }
    x[0]
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// `a × b + c`, rounded once, as AVX2 and NEON do it in one instruction. On x86 without one, the standard library would
/// call a function for each number.
#[inline(always)]
fn fused(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(all(target_arch = "x86_64", not(target_feature = "fma"))) {
        fused_by_doubles(a, b, c)
    } else {
        a.mul_add(b, c)
    }
}

/// The product is exact in 64 bits. The sum is rounded to odd: cut off, with a last bit that says whether anything was
/// cut. So nothing but the step to 32 bits rounds (Boldo and Melquiond, 2008).
#[inline(always)]
fn fused_by_doubles(a: f32, b: f32, c: f32) -> f32 {
    let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
    let sum = product + c;
    // What the sum, which is the nearest number, leaves out (Knuth's TwoSum).
    let of_c = sum - product;
    let error = (product - (sum - of_c)) + (c - of_c);
    let inexact = u64::from(error.abs() > 0.0);
    let rounded_up = ((error.to_bits() ^ sum.to_bits()) >> 63) & inexact;
    f64::from_bits(sum.to_bits().wrapping_sub(rounded_up) | inexact) as f32
}

/// Adds the products of two pairs of bytes that are kept in 16 bits: activations without sign, weights with one.
#[inline(always)]
fn add_bytes(sum: u32, a: u32, b: u32) -> u32 {
    let [low, high] = [b << 16, b].map(|half| half.cast_signed() >> 16);
    let low = (a & 0xff).cast_signed().wrapping_mul(low);
    let high = (a >> 16 & 0xff).cast_signed().wrapping_mul(high);
    sum.wrapping_add(low.wrapping_add(high).cast_unsigned())
}

#[inline(always)]
fn add_bf16(sum: u32, a: u32, b: u32) -> u32 {
    let floats = |unit: u32| [unit << 16, unit & 0xffff_0000].map(f32::from_bits);
    let ([a_low, a_high], [b_low, b_high]) = (floats(a), floats(b));
    let low = fused(a_low, b_low, f32::from_bits(sum));
    fused(a_high, b_high, low).to_bits()
}

#[inline(always)]
fn add_fp32(sum: u32, a: u32, b: u32) -> u32 {
    fused(f32::from_bits(a), f32::from_bits(b), f32::from_bits(sum)).to_bits()
}

/// Multiplies rows with a panel. `add` adds the product of two units to a sum.
#[inline(always)]
fn multiply(
    product: &Product<'_>,
    (out, stride): (&mut [u32], usize),
    add: impl Fn(u32, u32, u32) -> u32 + Copy,
) {
    let (rows, panel) = (product.rows, product.panel.as_chunks::<LANES>().0);
    for first in (0..rows.count).step_by(ROWS) {
        // Where fewer are left, the last one is computed again, which changes nothing.
        let places: [usize; ROWS] = std::array::from_fn(|row| (first + row).min(rows.count - 1));
        let units = places.map(|row| &rows.values[row * rows.stride..][..panel.len()]);
        let before = places.map(|row| {
            let there = out[row * stride..].first_chunk::<LANES>();
            there.filter(|_| product.add).copied().unwrap_or_default()
        });
        let sums = sums_of_rows(before, units, panel, add);
        for (row, sums) in places.into_iter().zip(sums) {
            out[row * stride..][..LANES].copy_from_slice(&sums);
        }
    }
}

/// Each row is written out, so that the sums stay in registers.
#[inline(always)]
fn sums_of_rows(
    [mut x, mut y, mut z]: [[u32; LANES]; ROWS],
    [a, b, c]: [&[u32]; ROWS],
    panel: &[[u32; LANES]],
    add: impl Fn(u32, u32, u32) -> u32 + Copy,
) -> [[u32; LANES]; ROWS] {
    for (((weights, a), b), c) in panel.iter().zip(a).zip(b).zip(c) {
        add_row(&mut x, *a, weights, add);
        add_row(&mut y, *b, weights, add);
        add_row(&mut z, *c, weights, add);
    }
    [x, y, z]
}

#[inline(always)]
fn add_row(
    sums: &mut [u32; LANES],
    unit: u32,
    weights: &[u32; LANES],
    add: impl Fn(u32, u32, u32) -> u32,
) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum = add(*sum, unit, *weight);
    }
}

impl Isa for Portable {
    type Floats = [f32; LANES];
    type Units = [u32; LANES];

    const PANEL: usize = LANES;
    /// 16 KiB of weights.
    const BLOCK: usize = 256;

    fn per_unit(kind: Kind) -> usize {
        match kind {
            Kind::Int8 | Kind::Bf16 => 2,
            Kind::Fp32 => 1,
        }
    }

    fn most_rows(_: usize) -> usize {
        TILE_ROWS
    }

    fn multiply(self, product: Product<'_>, out: &mut [u32], stride: usize) {
        assert!(product.width == LANES && product.fits(TILE_ROWS, out, stride));
        match product.kind {
            Kind::Int8 => multiply(&product, (out, stride), add_bytes),
            Kind::Bf16 => multiply(&product, (out, stride), add_bf16),
            Kind::Fp32 => multiply(&product, (out, stride), add_fp32),
        }
    }

    #[inline(always)]
    fn splat(self, value: f32) -> [f32; LANES] {
        [value; LANES]
    }

    #[inline(always)]
    fn read(self, values: &[f32; LANES]) -> [f32; LANES] {
        *values
    }

    #[inline(always)]
    fn read_units(self, values: &[u32; LANES]) -> [u32; LANES] {
        *values
    }

    #[inline(always)]
    fn write(self, values: &mut [f32; LANES], vector: [f32; LANES]) {
        *values = vector;
    }

    #[inline(always)]
    fn write_units(self, values: &mut [u32; LANES], vector: [u32; LANES]) {
        *values = vector;
    }

    #[inline(always)]
    fn load(self, values: &[f32]) -> [f32; LANES] {
        values
            .first_chunk()
            .map_or_else(|| padded(values), |whole| *whole)
    }

    #[inline(always)]
    fn load_units(self, values: &[u32]) -> [u32; LANES] {
        values
            .first_chunk()
            .map_or_else(|| padded(values), |whole| *whole)
    }

    #[inline(always)]
    fn store(self, values: &mut [f32], vector: [f32; LANES]) {
        values
            .iter_mut()
            .zip(vector)
            .for_each(|(to, from)| *to = from);
    }

    #[inline(always)]
    fn store_units(self, values: &mut [u32], vector: [u32; LANES]) {
        values
            .iter_mut()
            .zip(vector)
            .for_each(|(to, from)| *to = from);
    }

    #[inline(always)]
    fn write_bytes(self, values: &mut [u32], vector: [u32; LANES]) {
        assert_eq!(values.len(), LANES / 2);
        for (to, pair) in values.iter_mut().zip(vector.as_chunks::<2>().0) {
            let [low, high] = pair.map(|value| value.cast_signed().clamp(0, 255).cast_unsigned());
            *to = low | high << 16;
        }
    }

    #[inline(always)]
    fn store_bf16(self, values: &mut [u32], vector: [f32; LANES]) {
        for (to, pair) in values.iter_mut().zip(vector.as_chunks::<2>().0) {
            let [low, high] = pair.map(|value| u32::from(bf16::from_f32(value).to_bits()));
            *to = low | high << 16;
        }
    }

    #[inline(always)]
    fn interleave(self, low: &[u32], high: &[u32]) -> [u32; LANES] {
        let half = |words: &[u32], column: usize| {
            let word = words.get(column / 2).copied().unwrap_or_default();
            word >> (16 * (column % 2)) & 0xffff
        };
        std::array::from_fn(|column| half(low, column) | half(high, column) << 16)
    }

    #[inline(always)]
    fn transpose(self, rows: &[[u32; LANES]; LANES]) -> [[u32; LANES]; LANES] {
        std::array::from_fn(|column| std::array::from_fn(|row| rows[row][column]))
    }

    #[inline(always)]
    fn add(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, |a, b| a * b)
    }

    #[inline(always)]
    fn div(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, |a, b| a / b)
    }

    #[inline(always)]
    fn min(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, smaller)
    }

    #[inline(always)]
    fn max(self, a: [f32; LANES], b: [f32; LANES]) -> [f32; LANES] {
        both(a, b, larger)
    }

    #[inline(always)]
    fn mul_add(self, a: [f32; LANES], b: [f32; LANES], c: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|lane| fused(a[lane], b[lane], c[lane]))
    }

    #[inline(always)]
    fn mul_sub_from(self, a: [f32; LANES], b: [f32; LANES], c: [f32; LANES]) -> [f32; LANES] {
        std::array::from_fn(|lane| fused(-a[lane], b[lane], c[lane]))
    }

    #[inline(always)]
    fn round(self, x: [f32; LANES]) -> [f32; LANES] {
        x.map(f32::round_ties_even)
    }

    #[inline(always)]
    fn times_power_of_two(self, x: [f32; LANES], power: [f32; LANES]) -> [f32; LANES] {
        both(x, power, |x, power| {
            let exponent = (larger(power, -127.0) + 127.0) as u32;
            x * f32::from_bits(exponent << 23)
        })
    }

    #[inline(always)]
    fn reciprocal(self, x: [f32; LANES]) -> [f32; LANES] {
        x.map(|x| 1.0 / x)
    }

    #[inline(always)]
    fn sum(self, x: [f32; LANES]) -> f32 {
        fold(x, |a, b| a + b)
    }

    #[inline(always)]
    fn smallest(self, x: [f32; LANES]) -> f32 {
        fold(x, smaller)
    }

    #[inline(always)]
    fn largest(self, x: [f32; LANES]) -> f32 {
        fold(x, larger)
    }

    #[inline(always)]
    fn as_floats(self, units: [u32; LANES]) -> [f32; LANES] {
        units.map(f32::from_bits)
    }

    #[inline(always)]
    fn as_units(self, floats: [f32; LANES]) -> [u32; LANES] {
        floats.map(f32::to_bits)
    }

    #[inline(always)]
    fn integers_as_floats(self, integers: [u32; LANES]) -> [f32; LANES] {
        integers.map(|integer| integer.cast_signed() as f32)
    }

    #[inline(always)]
    fn to_integers(self, floats: [f32; LANES]) -> [u32; LANES] {
        floats.map(|x| (x.round_ties_even() as i32).cast_unsigned())
    }

    #[inline(always)]
    fn add_integers(self, a: [u32; LANES], b: [u32; LANES]) -> [u32; LANES] {
        std::array::from_fn(|lane| a[lane].wrapping_add(b[lane]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_64_bits_cut_off_still_breaks_a_tie() {
        let [above, below] = [1.0 + f32::EPSILON, 1.0 - f32::EPSILON];
        // The product is next to nothing less than half a last place of the sum.
        let below = below * f32::EPSILON / 2.0;
        let rounded_twice = f64::from(above) * f64::from(below) + f64::from(above);
        assert_eq!(rounded_twice as f32, above + f32::EPSILON);
        assert_eq!(fused_by_doubles(above, below, above), above);
    }

    /// Few digits make ties, many make what is cut off.
    fn digits() -> impl Strategy<Value = i32> {
        prop_oneof![-16..=16, -0xff_ffff..=0xff_ffff]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn fuzz_doubles_round_as_one_instruction_does(
            [a, b, c] in [digits(), digits(), digits()],
            [power, other] in [-75..=15, -75..=15],
            apart in -30..=54,
        ) {
            let number = |digits: i32, power: i32| (f64::from(digits) * 2_f64.powi(power)) as f32;
            let (a, b, c) = (number(a, power), number(b, other), number(c, power + other + apart));
            let [got, expected] = [fused_by_doubles(a, b, c), a.mul_add(b, c)];
            prop_assert_eq!(got.to_bits(), expected.to_bits(), "{} × {} + {}", a, b, c);
        }
    }
}
