//! The vector instructions of the engine, in sets: the only place that touches raw pointers.
//!
//! All else is written once, for vectors of 16 numbers, and compiled for every set ([`Isa`]). What runs is decided when
//! a model is opened ([`Simd`]). One set is without `unsafe` and for every CPU (`portable.rs`).
//!
//! Matrices are made of units of 32 bits, each with as many neighbouring numbers of a row as one instruction multiplies
//! and adds at once.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
#[cfg(target_arch = "x86_64")]
mod product;

use crate::Instructions;

/// Numbers in a vector of 32-bit values.
pub(super) const LANES: usize = 16;
/// Most columns of a panel of a packed matrix.
pub(super) const WIDEST_PANEL: usize = 64;
/// Rows that a product with a panel takes at most, whatever the panel's width.
pub(super) const TILE_ROWS: usize = 6;
/// Rows that a product takes at most.
pub(super) const MOST_ROWS: usize = 12;

/// What the numbers of a product are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Unsigned bytes times signed bytes; accumulators are 32-bit integers.
    Int8,
    /// bf16 times bf16; accumulators are floats.
    Bf16,
    /// Floats throughout.
    Fp32,
}

/// A block of rows of units: `count` rows, each `stride` after the one before.
#[derive(Clone, Copy)]
pub(super) struct Units<'a> {
    pub(super) values: &'a [u32],
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// A product to be computed: rows with a panel of `width` columns, packed as `units × width`.
#[derive(Clone, Copy)]
pub(super) struct Product<'a> {
    pub(super) kind: Kind,
    pub(super) rows: Units<'a>,
    pub(super) panel: &'a [u32],
    pub(super) width: usize,
    /// Whether it is added to what is there.
    pub(super) add: bool,
}

/// Something to compute with any set of instructions.
pub(super) trait Task {
    type Output;

    /// Has to be inlined, with all that it calls, so that it is compiled for the instructions of `I`.
    fn run<I: Isa>(self, isa: I) -> Self::Output;
}

/// A set of instructions. Whoever has one may use them: it is only made where the CPU has them.
pub(super) trait Isa: Copy {
    /// 16 floats.
    type Floats: Copy;
    /// 16 units.
    type Units: Copy;

    /// Columns of a full panel.
    const PANEL: usize;
    /// Units of a row that are multiplied at a time, so that what they are multiplied with stays in a cache.
    const BLOCK: usize;

    /// Numbers in a unit.
    fn per_unit(kind: Kind) -> usize;
    /// Rows that [`Self::multiply`] takes at most.
    fn most_rows(width: usize) -> usize;
    /// Multiplies. Row `r` of the result is at `r × stride`: 32-bit integers for bytes, else floats.
    fn multiply(self, product: Product<'_>, out: &mut [u32], stride: usize);

    fn splat(self, value: f32) -> Self::Floats;
    fn read(self, values: &[f32; LANES]) -> Self::Floats;
    fn read_units(self, values: &[u32; LANES]) -> Self::Units;
    fn write(self, values: &mut [f32; LANES], vector: Self::Floats);
    fn write_units(self, values: &mut [u32; LANES], vector: Self::Units);
    /// Up to 16 floats; the rest are zeros.
    fn load(self, values: &[f32]) -> Self::Floats;
    /// Up to 16 units; the rest are zeros.
    fn load_units(self, values: &[u32]) -> Self::Units;
    /// Stores the first values, as many as there is room for.
    fn store(self, values: &mut [f32], vector: Self::Floats);
    /// Stores the first units, as many as there is room for.
    fn store_units(self, values: &mut [u32], vector: Self::Units);
    /// Stores 16 integers as units of bytes, those below 0 as 0 and those above 255 as 255.
    fn write_bytes(self, values: &mut [u32], vector: Self::Units);
    /// Stores 16 floats as eight units of bf16, or the first of them.
    fn store_bf16(self, values: &mut [u32], vector: Self::Floats);
    /// Up to 16 units of bf16, each of one column of two rows, from up to 8 units of either row.
    fn interleave(self, low: &[u32], high: &[u32]) -> Self::Units;
    /// Turns 16 rows of 16 units into columns.
    fn transpose(self, rows: &[Self::Units; LANES]) -> [Self::Units; LANES];

    fn add(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    fn sub(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    fn mul(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    fn div(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    fn min(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    fn max(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a × b + c`.
    fn mul_add(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    /// `c − a × b`.
    fn mul_sub_from(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    /// To the nearest whole number.
    fn round(self, x: Self::Floats) -> Self::Floats;
    /// `x × 2ᵖ` for numbers near 1 and whole `p` up to 127; next to nothing becomes 0.
    fn times_power_of_two(self, x: Self::Floats, power: Self::Floats) -> Self::Floats;
    /// `1 / x`, within two units of the last place.
    fn reciprocal(self, x: Self::Floats) -> Self::Floats;
    fn sum(self, x: Self::Floats) -> f32;
    fn smallest(self, x: Self::Floats) -> f32;
    fn largest(self, x: Self::Floats) -> f32;
    /// The same bits as floats.
    fn as_floats(self, units: Self::Units) -> Self::Floats;
    /// The same bits as units.
    fn as_units(self, floats: Self::Floats) -> Self::Units;
    fn integers_as_floats(self, integers: Self::Units) -> Self::Floats;
    /// The nearest integers.
    fn to_integers(self, floats: Self::Floats) -> Self::Units;
    fn add_integers(self, a: Self::Units, b: Self::Units) -> Self::Units;
}

/// A set of instructions. Only made where the CPU has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Simd(Instructions);

impl Simd {
    /// The best set that is no better than `most`.
    pub(super) fn up_to(most: Instructions) -> Self {
        let sets = Instructions::ALL.into_iter();
        let mut sets = sets.skip_while(|set| *set != most);
        Self(sets.find(|set| has(*set)).unwrap_or(Instructions::Portable))
    }

    /// All sets that this CPU has, the portable one first, so that each can be tested.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Self> {
        let sets = Instructions::ALL.into_iter().rev();
        sets.filter(|set| has(*set)).map(Self).collect()
    }

    /// Which set it is.
    pub(super) fn instructions(self) -> Instructions {
        self.0
    }

    /// Whether products of bf16 are faster than those of floats.
    pub(super) fn prefers_bf16(self) -> bool {
        self.instructions() == Instructions::Avx512Bf16
    }

    /// Columns of a full panel.
    pub(super) fn panel(self) -> usize {
        self.run(Panel)
    }

    /// Numbers in a unit.
    pub(super) fn per_unit(self, kind: Kind) -> usize {
        self.run(PerUnit(kind))
    }

    /// Runs a task with these instructions.
    #[inline]
    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "enters functions compiled for instructions")
    )]
    pub(super) fn run<T: Task>(self, task: T) -> T::Output {
        match self.0 {
            // SAFETY: this value was only made because the CPU has the instructions.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512Bf16 => unsafe { avx512::enter_with_bf16(task) },
            // SAFETY: likewise.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { avx512::enter(task) },
            // SAFETY: likewise.
            #[cfg(target_arch = "x86_64")]
            Instructions::AvxVnni => unsafe { avx2::enter_with_vnni(task) },
            // SAFETY: likewise.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { avx2::enter(task) },
            Instructions::Portable => portable::enter(task),
            // The others are only made on x86.
            #[cfg(not(target_arch = "x86_64"))]
            _ => portable::enter(task),
        }
    }
}

struct Panel;

impl Task for Panel {
    type Output = usize;

    #[inline(always)]
    fn run<I: Isa>(self, _: I) -> usize {
        I::PANEL
    }
}

struct PerUnit(Kind);

impl Task for PerUnit {
    type Output = usize;

    #[inline(always)]
    fn run<I: Isa>(self, _: I) -> usize {
        I::per_unit(self.0)
    }
}

#[cfg(target_arch = "x86_64")]
fn has(set: Instructions) -> bool {
    match set {
        Instructions::Avx512Bf16 => {
            has(Instructions::Avx512) && is_x86_feature_detected!("avx512bf16")
        }
        Instructions::Avx512 => {
            has(Instructions::Avx2)
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
        }
        Instructions::AvxVnni => has(Instructions::Avx2) && is_x86_feature_detected!("avxvnni"),
        Instructions::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
        Instructions::Portable => true,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn has(set: Instructions) -> bool {
    set == Instructions::Portable
}

/// Up to 16 values, then zeros.
#[inline]
fn padded<T: Copy + Default>(values: &[T]) -> [T; LANES] {
    let mut whole = [T::default(); LANES];
    whole[..values.len()].copy_from_slice(values);
    whole
}

impl Product<'_> {
    /// Whether all that is read and written is there, for a result whose rows are `stride` apart.
    fn fits(&self, most_rows: usize, out: &[u32], stride: usize) -> bool {
        let Units {
            values,
            stride: apart,
            count,
        } = self.rows;
        let units = self.panel.len() / self.width;
        let reaches = |apart: usize, row: usize| (count - 1).checked_mul(apart)?.checked_add(row);
        (1..=most_rows).contains(&count)
            && self.panel.len().is_multiple_of(self.width)
            && reaches(apart, units).is_some_and(|end| end <= values.len())
            && reaches(stride, self.width).is_some_and(|end| end <= out.len())
    }
}
