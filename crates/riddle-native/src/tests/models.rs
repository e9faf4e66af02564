//! Whole encoders with every set of instructions that this CPU has.

use riddle_checkpoint::{Head, Precision, Source};

use super::random_model::{Sizes, WEIGHTS, texts, write};
use super::sets;
use crate::simd::Simd;
use crate::{Instructions, NativeEncoder, Options, TokenIds};

/// Wide enough for several blocks of a row and panels of every width.
const SIZES: Sizes = Sizes {
    hidden: 96,
    wide: 1200,
    heads: 3,
    layers: 2,
};
/// For Miri, which takes a second for what a CPU does in a thousandth.
const SMALL: Sizes = Sizes {
    hidden: 16,
    wide: 32,
    heads: 2,
    layers: 2,
};

fn run_usual(simd: Simd, head: Head, precision: Precision) -> Vec<Vec<f32>> {
    let (sizes, lengths): (_, &[usize]) = match cfg!(miri) {
        true => (SMALL, &[3, 1]),
        false => (SIZES, &[5, 1, 130, 40, 17, 16]),
    };
    run(simd, (head, precision), sizes, lengths)
}

fn open(
    simd: Simd,
    (head, precision): (Head, Precision),
    sizes: Sizes,
    threads: usize,
) -> NativeEncoder {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = write(folder.path(), sizes);
    let options = Options {
        head,
        precision,
        instructions: Instructions::default(),
        threads,
    };
    let source = Source::new("random", folder.path());
    NativeEncoder::with(simd, &source, WEIGHTS, config, &options).expect("it opens")
}

/// The numbers of texts of these lengths.
pub(super) fn run(
    simd: Simd,
    (head, precision): (Head, Precision),
    sizes: Sizes,
    lengths: &[usize],
) -> Vec<Vec<f32>> {
    let mut encoder = open(simd, (head, precision), sizes, 2);
    let texts = texts(lengths);
    let inputs: Vec<TokenIds<'_>> = texts
        .iter()
        .map(|(ids, types)| TokenIds {
            ids,
            types,
            attended: ids.len(),
        })
        .collect();
    let order: Vec<usize> = (0..inputs.len()).collect();
    let together = encoder.map(&inputs, &order, || true, |_, _, values| values.to_vec());
    for (input, expected) in inputs.iter().zip(&together) {
        let alone = encoder.map(&[*input], &[0], || true, |_, _, values| values.to_vec());
        assert_eq!(alone[0], *expected, "{simd:?}: a batch changed a text");
    }
    together.into_iter().flatten().collect()
}

#[test]
fn eight_bits_give_the_numbers_of_the_portable_set_where_bf16_is_left_out() {
    let portable = sets()[0];
    for head in [Head::HiddenStates, Head::Classifier] {
        let expected = run_usual(portable, head, Precision::Int8);
        assert!(expected.iter().flatten().all(|value| value.is_finite()));
        for simd in sets().into_iter().filter(|simd| !simd.prefers_bf16()) {
            assert_eq!(run_usual(simd, head, Precision::Int8), expected, "{simd:?}");
        }
    }
}

#[test]
fn no_set_is_far_from_the_portable_set_in_any_precision() {
    let portable = sets()[0];
    for (precision, least) in [
        (Precision::Fp32, 0.999_999),
        (Precision::Bf16, 0.999),
        (Precision::Int8, 0.98),
    ] {
        let expected = run_usual(portable, Head::HiddenStates, precision);
        for simd in sets() {
            let got = run_usual(simd, Head::HiddenStates, precision);
            for (a, b) in got.iter().zip(&expected) {
                let cosine = cosine(a, b);
                assert!(cosine > least, "{simd:?} {precision:?}: {cosine}");
            }
        }
    }
}

#[test]
fn threads_that_share_a_text_change_nothing_of_it() {
    let (sizes, lengths): (_, &[usize]) = match cfg!(miri) {
        true => (SMALL, &[3]),
        false => (SIZES, &[155, 65, 64]),
    };
    let texts = texts(lengths);
    for simd in sets() {
        for head in [Head::HiddenStates, Head::Classifier] {
            for precision in [Precision::Fp32, Precision::Bf16, Precision::Int8] {
                let numbers = |threads: usize, texts: &[(Vec<i64>, Vec<i64>)]| {
                    let mut encoder = open(simd, (head, precision), sizes, threads);
                    let inputs: Vec<TokenIds<'_>> = texts
                        .iter()
                        .map(|(ids, types)| TokenIds {
                            ids,
                            types,
                            attended: ids.len(),
                        })
                        .collect();
                    let order: Vec<usize> = (0..inputs.len()).collect();
                    encoder.map(&inputs, &order, || true, |_, _, values| values.to_vec())
                };
                for some in [&texts[..1], &texts[..]] {
                    let expected = numbers(1, some);
                    for threads in [2, 3, 8] {
                        let got = numbers(threads, some);
                        assert_eq!(got, expected, "{simd:?} {head:?} {precision:?} {threads}");
                    }
                }
            }
        }
    }
}

#[test]
fn tokens_that_only_attend_change_nothing_of_the_others() {
    let (sizes, length, attended) = match cfg!(miri) {
        true => (SMALL, 5, 3),
        false => (SIZES, 70, 37),
    };
    let (ids, types) = &texts(&[length])[0];
    let whole = TokenIds {
        ids,
        types,
        attended,
    };
    let without = TokenIds {
        ids: &ids[..attended],
        types: &types[..attended],
        attended,
    };
    let all = TokenIds {
        attended: length,
        ..whole
    };
    for simd in sets() {
        for precision in [Precision::Fp32, Precision::Bf16, Precision::Int8] {
            let mut encoder = open(simd, (Head::HiddenStates, precision), sizes, 2);
            let inputs = [whole, without, all];
            let given = encoder.map(&inputs, &[0, 1, 2], || true, |_, _, values| values.to_vec());
            let [whole, without, all] = given.try_into().expect("three texts");
            let (whole, without) = (whole.expect("it ran"), without.expect("it ran"));
            assert_eq!(whole.len(), length * sizes.hidden);
            assert_eq!(whole[..without.len()], without, "{simd:?} {precision:?}");
            assert_ne!(Some(whole), all, "{simd:?} {precision:?}");
        }
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
