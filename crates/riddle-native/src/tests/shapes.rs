//! Products and attention of random shapes.

use proptest::prelude::*;

use riddle_checkpoint::{Head, Precision};

use super::models::run;
use super::random_model::Sizes;
use super::{apply, attend, numbers, sets};
use crate::linear::Epilogue;
use crate::simd::{Isa, Kind, LANES, Product, Simd, TILE_ROWS, Task, Units};

/// Sets whose numbers are those of the portable set to the last bit: in bf16 all but that with instructions for it.
fn alike(kind: Kind) -> impl Iterator<Item = Simd> {
    let sets = sets().into_iter();
    sets.filter(move |simd| kind != Kind::Bf16 || !simd.prefers_bf16())
}

/// `PROPTEST_CASES`, or as many as there are without it.
fn cases() -> u32 {
    ProptestConfig::default().cases
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 2 } else { cases() / 3 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// At most this, or what Miri computes in a reasonable time.
fn most(usual: usize, with_miri: usize) -> usize {
    if cfg!(miri) { with_miri } else { usual }
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Int8), Just(Kind::Bf16), Just(Kind::Fp32)]
}

/// Rows of bytes, each followed by a gap, that meet the weights of 16 columns.
struct Bytes<'a> {
    inputs: usize,
    rows: &'a [u8],
    weights: &'a [i8],
    gap: usize,
    /// What is there before, where it is added to.
    before: Option<u32>,
}

impl Task for Bytes<'_> {
    type Output = Vec<u32>;

    fn run<I: Isa>(self, isa: I) -> Vec<u32> {
        let per_unit = I::per_unit(Kind::Int8);
        let per_row = self.inputs / per_unit;
        let mut values = Vec::new();
        for row in self.rows.chunks_exact(self.inputs) {
            values.extend(row.chunks_exact(per_unit).map(unit));
            values.extend(vec![u32::MAX; self.gap]);
        }
        let mut panel = Vec::new();
        for place in 0..per_row {
            let columns = self.weights.chunks_exact(self.inputs);
            panel.extend(columns.map(|column| unit(&column[place * per_unit..][..per_unit])));
        }
        let count = self.rows.len() / self.inputs;
        let product = Product {
            kind: Kind::Int8,
            rows: Units {
                values: &values,
                stride: per_row + self.gap,
                count,
            },
            panel: &panel,
            width: LANES,
            add: self.before.is_some(),
        };
        let mut out = vec![self.before.unwrap_or(7); count * LANES];
        isa.multiply(product, &mut out, LANES);
        out
    }
}

/// Numbers side by side in a unit.
fn unit<T: Copy + Into<i32>>(numbers: &[T]) -> u32 {
    let bits = 32 / numbers.len();
    let places = numbers.iter().enumerate();
    places.fold(0, |unit, (place, number)| {
        let number: i32 = (*number).into();
        unit | (number.cast_unsigned() & (u32::MAX >> (32 - bits))) << (place * bits)
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn fuzz_sums_of_bytes_are_exact_with_every_set(
        rows in 1..=TILE_ROWS,
        quarters in 1_usize..=most(400, 3),
        gap in 0_usize..4,
        before in prop::option::of(-70_000..70_000),
        seed in 0_u32..1_000,
    ) {
        let inputs = 4 * quarters;
        let bytes = numbers(rows * inputs, seed).into_iter();
        let bytes: Vec<u8> = bytes.map(|x| (x * 128.0 + 128.0) as u8).collect();
        let weights = numbers(LANES * inputs, seed + 1).into_iter();
        let weights: Vec<i8> = weights.map(|x| (x * 128.0) as i8).collect();
        let mut expected = Vec::new();
        for row in bytes.chunks_exact(inputs) {
            expected.extend(weights.chunks_exact(inputs).map(|column| {
                let products = row.iter().zip(column).map(|(a, b)| i32::from(*a) * i32::from(*b));
                (before.unwrap_or(0) + products.sum::<i32>()).cast_unsigned()
            }));
        }
        for simd in sets() {
            let before = before.map(i32::cast_unsigned);
            let got = simd.run(Bytes { inputs, rows: &bytes, weights: &weights, gap, before });
            prop_assert_eq!(&got, &expected, "{:?}", simd);
        }
    }

    #[test]
    fn fuzz_products_give_the_numbers_of_the_portable_set_in_any_batch(
        kind in kinds(),
        rows in 1_usize..=most(30, 7),
        inputs in 1_usize..=most(100, 2),
        outputs in 1_usize..=most(12, 2),
        seed in 0_u32..1_000,
    ) {
        let (inputs, outputs) = (16 * inputs, 16 * outputs);
        let (input, weight) = (numbers(rows * inputs, seed), numbers(outputs * inputs, seed + 1));
        let bias = numbers(outputs, seed + 2);
        let layer = (&*weight, &*bias);
        let mut expected = vec![0.5; rows * outputs];
        apply((sets()[0], kind), &input, layer, Epilogue::Add, &mut expected);
        for simd in alike(kind) {
            let mut together = vec![0.5; rows * outputs];
            apply((simd, kind), &input, layer, Epilogue::Add, &mut together);
            prop_assert_eq!(&together, &expected, "{:?}", simd);
        }
        for simd in sets() {
            let mut together = vec![0.5; rows * outputs];
            apply((simd, kind), &input, layer, Epilogue::Add, &mut together);
            for (row, expected) in input.chunks_exact(inputs).zip(together.chunks_exact(outputs)) {
                let mut alone = vec![0.5; outputs];
                apply((simd, kind), row, layer, Epilogue::Add, &mut alone);
                prop_assert_eq!(&*alone, expected, "{:?}", simd);
            }
        }
    }

    #[test]
    fn fuzz_attention_gives_the_numbers_of_the_portable_set(
        kind in prop_oneof![Just(Kind::Bf16), Just(Kind::Fp32)],
        tokens in 1_usize..=most(150, 5),
        size in 1_usize..=most(70, 3),
        seed in 0_u32..1_000,
    ) {
        let size = 2 * size;
        let head = [0, 1, 2].map(|part| numbers(tokens * size, seed + part));
        let [query, key, value] = head.each_ref().map(|part| &**part);
        let mut expected = vec![0.0; tokens * (size + 3)];
        attend((sets()[0], kind), [query, key, value], size, &mut expected);
        for simd in alike(kind) {
            let mut got = vec![0.0; expected.len()];
            attend((simd, kind), [query, key, value], size, &mut got);
            prop_assert_eq!(&got, &expected, "{:?}", simd);
        }
    }
}

/// Whole encoders are a hundred times the work.
fn config_of_encoders() -> ProptestConfig {
    ProptestConfig {
        cases: cases().div_ceil(16),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[cfg(not(miri))]
proptest! {
    #![proptest_config(config_of_encoders())]

    #[test]
    fn fuzz_encoders_of_any_size_give_the_numbers_of_the_portable_set_in_8_bits(
        [hidden, wide, heads, layers] in [1_usize..=6, 1_usize..=20, 0_usize..=3, 1_usize..=3],
        lengths in prop::collection::vec(1_usize..=150, 1..6),
        head in prop_oneof![Just(Head::HiddenStates), Just(Head::Classifier)],
    ) {
        let sizes = Sizes { hidden: 16 * hidden, wide: 16 * wide, heads: 1 << heads, layers };
        let run = |simd| run(simd, (head, Precision::Int8), sizes, &lengths);
        let expected = run(sets()[0]);
        prop_assert!(expected.iter().flatten().all(|value| value.is_finite()));
        for simd in sets().into_iter().filter(|simd| !simd.prefers_bf16()) {
            prop_assert_eq!(&run(simd), &expected, "{:?}", simd);
        }
    }
}
