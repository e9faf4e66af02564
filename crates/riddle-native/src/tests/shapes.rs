//! Products and attention of random shapes.

use proptest::prelude::*;

use riddle_checkpoint::{Head, Precision};

use super::models::run;
use super::random_model::Sizes;
use super::{apply, attend, numbers, sets};
use crate::linear::Epilogue;
use crate::simd::{Kind, Simd};

/// Sets whose numbers are those of plain arithmetic to the last bit: in bf16 all but that with instructions for it.
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

proptest! {
    #![proptest_config(config())]

    #[test]
    fn fuzz_products_give_the_numbers_of_plain_arithmetic_in_any_batch(
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
    fn fuzz_attention_gives_the_numbers_of_plain_arithmetic(
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
    fn fuzz_encoders_of_any_size_give_the_numbers_of_plain_arithmetic_in_8_bits(
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
