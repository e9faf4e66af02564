//! Kernels against plain loops.

use half::bf16;

use super::attention::{Attention, Head, query_factor};
use super::linear::{Finish, Linear, Packed};
use super::rows::{Step, normalize, pack};
use super::simd::{Kind, Units, available};
use super::{batches, math};
use crate::convert::Activation;
use crate::encoder::EncodedText;

/// Sizes that leave rests of every kind: panels of 16 to 64 columns, one row to more than two blocks.
const SHAPES: [(usize, usize, usize); 6] = [
    (1, 16, 16),
    (5, 32, 48),
    (6, 48, 64),
    (7, 64, 80),
    (13, 384, 112),
    (23, 16, 128),
];

/// Numbers between -1 and 1 that repeat nowhere near.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn round(kind: Kind, value: f32) -> f32 {
    match kind {
        Kind::Bf16 => bf16::from_f32(value).to_f32(),
        _ => value,
    }
}

#[expect(unsafe_code, reason = "calls what is compiled for AVX-512")]
fn apply(kind: Kind, input: &[f32], weight: &[f32], bias: &[f32], finish: Finish, out: &mut [f32]) {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn inner(linear: &Linear, input: &[f32], finish: Finish, out: &mut [f32]) {
        let (kind, width, units) = (linear.kind(), linear.inputs(), linear.units());
        let rows = input.len() / width;
        let mut packed = vec![0; rows * units];
        let mut steps = Vec::<Step>::new();
        for (row, units) in input
            .chunks_exact(width)
            .zip(packed.chunks_exact_mut(units))
        {
            steps.push(pack(kind, row, units));
        }
        let packed = Packed {
            units: &packed,
            steps: &steps,
        };
        linear.apply(packed, out, finish);
    }
    let linear = Linear::new(kind, weight, bias.to_vec());
    // SAFETY: the tests look first whether the processor has the instructions.
    unsafe { inner(&linear, input, finish, out) }
}

#[test]
fn products_equal_plain_loops_at_every_size() {
    if !available() {
        eprintln!("skipped: this processor lacks the instructions");
        return;
    }
    for (kind, tolerance) in [(Kind::Fp32, 1e-5), (Kind::Bf16, 1e-4), (Kind::Int8, 0.02)] {
        for (rows, inputs, outputs) in SHAPES {
            let input = numbers(rows * inputs, 1);
            let weight = numbers(outputs * inputs, 2);
            let bias = numbers(outputs, 3);
            let mut out = vec![2.0; rows * outputs];
            apply(kind, &input, &weight, &bias, Finish::Add, &mut out);
            for (index, value) in out.iter().enumerate() {
                let (row, output) = (index / outputs, index % outputs);
                let mut expected = 2.0 + bias[output];
                for k in 0..inputs {
                    let (a, b) = (input[row * inputs + k], weight[output * inputs + k]);
                    expected += round(kind, a) * round(kind, b);
                }
                let allowed = tolerance * (inputs as f32).sqrt();
                assert!(
                    (value - expected).abs() <= allowed,
                    "{kind:?} {rows}×{inputs}×{outputs}: {value} instead of {expected}"
                );
            }
        }
    }
}

#[test]
fn a_row_gives_the_same_whatever_is_beside_it() {
    if !available() {
        return;
    }
    for kind in [Kind::Fp32, Kind::Bf16, Kind::Int8] {
        let (input, weight, bias) = (numbers(13 * 64, 4), numbers(80 * 64, 5), numbers(80, 6));
        let mut together = vec![0.0; 13 * 80];
        apply(kind, &input, &weight, &bias, Finish::Store, &mut together);
        for (row, expected) in input.chunks_exact(64).zip(together.chunks_exact(80)) {
            let mut alone = vec![0.0; 80];
            apply(kind, row, &weight, &bias, Finish::Store, &mut alone);
            assert_eq!(alone, expected);
        }
    }
}

#[test]
fn extreme_weights_and_bytes_do_not_overflow() {
    if !available() {
        return;
    }
    let mut out = vec![0.0; 16];
    let ones = vec![1.0; 16 * 3072];
    apply(
        Kind::Int8,
        &ones[..3072],
        &ones,
        &[0.0; 16],
        Finish::Store,
        &mut out,
    );
    assert!(
        out.iter().all(|value| (value - 3072.0).abs() < 1.0),
        "{out:?}"
    );
}

#[test]
fn activations_equal_their_definitions() {
    if !available() {
        return;
    }
    let wide: Vec<f32> = (-1600..1600).map(|n| n as f32 / 160.0).collect();
    for (row, activation) in [Activation::Gelu, Activation::GeluTanh, Activation::Relu]
        .into_iter()
        .enumerate()
    {
        // One input of value 1, so that the weights are what comes out.
        let mut weight = vec![0.0; wide.len() * 16];
        for (row, value) in weight.chunks_exact_mut(16).zip(&wide) {
            row[0] = *value;
        }
        let mut one = vec![0.0; 16];
        one[0] = 1.0;
        let mut out = vec![0.0; wide.len()];
        let bias = vec![0.0; wide.len()];
        apply(
            Kind::Fp32,
            &one,
            &weight,
            &bias,
            Finish::Activate(activation),
            &mut out,
        );
        for (x, y) in wide.iter().zip(&out) {
            let x = f64::from(*x);
            let expected = match row {
                0 => x / 2.0 * (1.0 + erf(x / std::f64::consts::SQRT_2)),
                1 => {
                    x / 2.0
                        * (1.0
                            + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3)))
                                .tanh())
                }
                _ => x.max(0.0),
            };
            assert!(
                (f64::from(*y) - expected).abs() < 2e-6,
                "{activation:?}({x}) is {y}, not {expected}"
            );
        }
    }
}

/// By its series, which is exact enough for the test's numbers.
fn erf(x: f64) -> f64 {
    let (mut sum, mut term) = (0.0, x);
    for n in 0..200 {
        sum += term / f64::from(2 * n + 1);
        term *= -x * x / f64::from(n + 1);
    }
    if x.abs() > 5.0 {
        x.signum()
    } else {
        sum * 2.0 / std::f64::consts::PI.sqrt()
    }
}

#[test]
#[expect(unsafe_code, reason = "calls what is compiled for AVX-512")]
fn exponentials_are_right_to_the_last_places() {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn inner(x: f32) -> [f32; 3] {
        let x = super::simd::load(&[x]);
        [math::exp(x), math::exp2(x), math::exp2_roughly(x)].map(|vector| {
            let mut out = [0.0; 16];
            super::simd::store(&mut out, vector);
            out[0]
        })
    }
    if !available() {
        return;
    }
    for n in -860..=100 {
        let x = n as f32 / 10.0;
        // SAFETY: the processor has the instructions.
        let values = unsafe { inner(x) };
        let expected = [(x.exp(), 5e-7), (x.exp2(), 2e-7), (x.exp2(), 1e-4)];
        for (value, (expected, allowed)) in values.into_iter().zip(expected) {
            assert!(
                (value - expected).abs() <= expected * allowed,
                "{x}: {value} instead of {expected}"
            );
        }
    }
}

#[test]
#[expect(unsafe_code, reason = "calls what is compiled for AVX-512")]
fn what_is_no_token_weighs_nothing() {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn inner() -> [f32; 2] {
        let x = super::simd::load(&[f32::MIN]);
        [math::exp2(x), math::exp2_roughly(x)].map(|vector| {
            let mut out = [1.0; 16];
            super::simd::store(&mut out, vector);
            out[0]
        })
    }
    if !available() {
        return;
    }
    // SAFETY: the processor has the instructions.
    assert_eq!(unsafe { inner() }, [0.0, 0.0]);
}

#[test]
#[expect(unsafe_code, reason = "calls what is compiled for AVX-512")]
fn attention_equals_plain_loops_at_every_size() {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn inner(kind: Kind, [query, key, value]: [&[f32]; 3], size: usize, out: &mut [f32]) {
        let stride = size / kind.per_unit() + 3;
        let count = key.len() / size;
        let packed = |values: &[f32], factor: f32| {
            let mut packed = vec![0; count * stride];
            for (row, units) in values
                .chunks_exact(size)
                .zip(packed.chunks_exact_mut(stride))
            {
                let row: Vec<f32> = row.iter().map(|value| value * factor).collect();
                pack(kind, &row, &mut units[..size / kind.per_unit()]);
            }
            packed
        };
        let query = packed(query, query_factor(size));
        let (key, value) = (packed(key, 1.0), packed(value, 1.0));
        let units = |values| Units {
            values,
            stride,
            count,
        };
        let head = Head {
            query: units(&query),
            key: units(&key),
            value: units(&value),
            size,
        };
        Attention::new(kind).run(&head, out, size + 3);
    }
    if !available() {
        return;
    }
    for (kind, tolerance) in [(Kind::Fp32, 2e-6), (Kind::Bf16, 0.02)] {
        for (tokens, size) in [
            (1, 8),
            (2, 32),
            (15, 12),
            (16, 64),
            (65, 32),
            (130, 96),
            (67, 80),
        ] {
            let heads = [7, 8, 9].map(|seed| numbers(tokens * size, seed));
            let [query, key, value] = [&heads[0], &heads[1], &heads[2]];
            let mut out = vec![0.0; tokens * (size + 3)];
            // SAFETY: the processor has the instructions.
            unsafe { inner(kind, [query, key, value], size, &mut out) };
            for token in 0..tokens {
                let query = &query[token * size..][..size];
                let expected = plain_attention(query, key, value);
                let got = &out[token * (size + 3)..][..size];
                for (value, expected) in got.iter().zip(expected) {
                    assert!(
                        (value - expected).abs() < tolerance,
                        "{kind:?} {tokens}×{size}: {value} instead of {expected}"
                    );
                }
            }
        }
    }
}

fn plain_attention(query: &[f32], keys: &[f32], values: &[f32]) -> Vec<f32> {
    let size = query.len();
    let score = |key: &[f32]| {
        let product: f32 = query.iter().zip(key).map(|(a, b)| a * b).sum();
        (product / (size as f32).sqrt()).exp()
    };
    let scores: Vec<f32> = keys.chunks_exact(size).map(score).collect();
    let sum: f32 = scores.iter().sum();
    let mut mixed = vec![0.0; size];
    for (score, row) in scores.iter().zip(values.chunks_exact(size)) {
        for (mixed, value) in mixed.iter_mut().zip(row) {
            *mixed += score / sum * value;
        }
    }
    mixed
}

#[test]
#[expect(unsafe_code, reason = "calls what is compiled for AVX-512")]
fn a_normalized_row_has_mean_and_variance() {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn inner(row: &mut [f32]) {
        let (weight, bias) = (vec![2.0; row.len()], vec![1.0; row.len()]);
        normalize(row, &weight, &bias, 1e-12);
    }
    if !available() {
        return;
    }
    let mut row: Vec<f32> = numbers(80, 11).iter().map(|x| x * 3.0 + 5.0).collect();
    // SAFETY: the processor has the instructions.
    unsafe { inner(&mut row) };
    let mean = row.iter().sum::<f32>() / 80.0;
    let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 80.0;
    assert!((mean - 1.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-4);
}

#[test]
fn batches_hold_every_text_once_in_order() {
    let lengths = [300, 10, 20, 30, 100, 200, 60, 1, 512, 5, 5];
    let texts: Vec<EncodedText> = lengths
        .iter()
        .map(|length| EncodedText {
            ids: vec![0; *length],
            types: vec![0; *length],
            content: 0..0,
            truncated: false,
        })
        .collect();
    let order: Vec<usize> = (0..texts.len()).rev().collect();
    let batches = batches(&texts, &order, 2);
    assert_eq!(batches.concat(), order);
    for batch in batches {
        let tokens: usize = batch.iter().map(|index| lengths[*index]).sum();
        assert!(batch.len() == 1 || tokens <= super::BATCH);
    }
}
