//! Whole encoders with each set of instructions, by the public interface.
//!
//! A set that this CPU does not have has no tests in the list, rather than tests that pass without having run.

#![expect(clippy::expect_used, reason = "the program is a test")]

#[path = "../src/tests/random_model.rs"]
mod random_model;

use libtest_mimic::{Arguments, Failed, Trial};
use random_model::{Sizes, WEIGHTS, texts, write};
use riddle_checkpoint::{Head, Precision, Source};
use riddle_native::{Instructions, NativeEncoder, Options, TokenIds};

/// The size of a small trained model's layers.
const SIZES: Sizes = Sizes {
    hidden: 384,
    wide: 1536,
    heads: 12,
    layers: 2,
};
/// Sizes for the portable set on x86, where it takes seconds for floats in the others. Products still have several
/// blocks.
const NARROW: Sizes = Sizes {
    hidden: 64,
    wide: 1040,
    heads: 2,
    layers: 2,
};
/// Texts of every kind of batch: alone, together, longer than a batch of short ones.
const LENGTHS: [usize; 8] = [5, 1, 150, 40, 17, 16, 96, 64];

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let sets = Instructions::ALL.into_iter();
    let tests = sets.filter(|set| set.is_available()).flat_map(tests);
    libtest_mimic::run(&arguments, tests.collect()).exit_code()
}

fn tests(set: Instructions) -> Vec<Trial> {
    let name = set.as_str();
    let mut tests = vec![
        Trial::test(
            format!("{name}::is_used_where_it_is_asked_for"),
            move || is_used(set),
        ),
        Trial::test(
            format!("{name}::a_batch_gives_what_single_texts_give"),
            move || batch_is_single(set),
        ),
    ];
    if !Instructions::Avx2.is_available() {
        return tests;
    }
    tests.push(Trial::test(
        format!("{name}::vectors_are_near_those_of_avx2"),
        move || near_avx2(set),
    ));
    if set != Instructions::Avx512Bf16 {
        let same = format!("{name}::vectors_in_8_bits_are_those_of_avx2");
        tests.push(Trial::test(same, move || same_as_avx2(set)));
    }
    tests
}

/// An open encoder and the folder that it was read from.
fn open(set: Instructions, sizes: Sizes, head: Head, precision: Precision) -> NativeEncoder {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = write(folder.path(), sizes);
    let options = Options {
        head,
        precision,
        instructions: set,
        threads: 2,
    };
    let source = Source::new("random", folder.path());
    let encoder = NativeEncoder::open(&source, WEIGHTS, config, &options).expect("it opens");
    encoder.expect("the set is there and the sizes fit")
}

/// The numbers of each text.
fn run(encoder: &mut NativeEncoder, texts: &[(Vec<i64>, Vec<i64>)]) -> Vec<Vec<f32>> {
    let inputs = texts.iter().map(|(ids, types)| TokenIds {
        ids,
        types,
        attended: ids.len(),
    });
    let inputs: Vec<TokenIds<'_>> = inputs.collect();
    let order: Vec<usize> = (0..inputs.len()).rev().collect();
    let results = encoder.map(&inputs, &order, || true, |_, _, values| values.to_vec());
    let results = results.into_iter().map(|values| values.expect("it ran"));
    results.collect()
}

fn is_used(set: Instructions) -> Result<(), Failed> {
    let encoder = open(set, SIZES, Head::HiddenStates, Precision::Int8);
    assert_eq!(encoder.instructions(), set);
    Ok(())
}

fn batch_is_single(set: Instructions) -> Result<(), Failed> {
    let sizes = match set {
        Instructions::Portable if cfg!(target_arch = "x86_64") => NARROW,
        _ => SIZES,
    };
    for head in [Head::HiddenStates, Head::Classifier] {
        for precision in [Precision::Int8, Precision::Bf16, Precision::Fp32] {
            let mut encoder = open(set, sizes, head, precision);
            let texts = texts(&LENGTHS);
            let together = run(&mut encoder, &texts);
            for (text, expected) in texts.iter().zip(&together) {
                let alone = run(&mut encoder, std::slice::from_ref(text));
                assert_eq!(alone[0], *expected, "{head:?} {precision:?}");
            }
        }
    }
    Ok(())
}

fn near_avx2(set: Instructions) -> Result<(), Failed> {
    for (precision, least) in [
        (Precision::Fp32, 0.999_999),
        (Precision::Bf16, 0.999),
        (Precision::Int8, 0.98),
    ] {
        let [got, expected] = [set, Instructions::Avx2].map(|set| {
            let mut encoder = open(set, SIZES, Head::HiddenStates, precision);
            run(&mut encoder, &texts(&LENGTHS))
        });
        for (a, b) in got.iter().zip(&expected) {
            let cosine = cosine(a, b);
            assert!(cosine > least, "{precision:?}: {cosine}");
        }
    }
    Ok(())
}

fn same_as_avx2(set: Instructions) -> Result<(), Failed> {
    for head in [Head::HiddenStates, Head::Classifier] {
        let [got, expected] = [set, Instructions::Avx2].map(|set| {
            let mut encoder = open(set, SIZES, head, Precision::Int8);
            run(&mut encoder, &texts(&LENGTHS))
        });
        assert_eq!(got, expected, "{head:?}");
    }
    Ok(())
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
