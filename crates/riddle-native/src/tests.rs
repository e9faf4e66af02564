//! Kernels against plain loops, with each set of instructions that this CPU has.

mod models;
mod random_model;
mod shapes;

use std::ops::Range;

use half::bf16;
use riddle_checkpoint::Activation;

use super::attention::{Attention, Head, query_factor};
use super::first_tokens::FirstTokenAttention;
use super::linear::{Epilogue, Linear};
use super::load::Norm;
use super::math;
use super::rows::{PackedRows, Quantization, normalize, pack};
use super::simd::{Isa, Kind, Simd, Task, Units};

/// Sizes that leave rests of every kind: panels of 16 to 64 columns, one row to more than two tiles of them, one block
/// of inputs to three.
const SHAPES: [(usize, usize, usize); 7] = [
    (13, 800, 112),
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

/// Every set of instructions here, the portable one first.
fn sets() -> Vec<Simd> {
    let sets = Simd::all();
    eprintln!("tested: {sets:?}");
    sets
}

fn apply(
    (simd, kind): (Simd, Kind),
    input: &[f32],
    (weight, bias): (&[f32], &[f32]),
    epilogue: Epilogue,
    out: &mut [f32],
) {
    let linear = Linear::new(simd, kind, weight, bias.to_vec());
    let mut packed = PackedRows::default();
    packed.fill(&linear, input);
    linear.apply(&packed, out, epilogue);
}

/// Each kind of product with each set of instructions.
fn kinds() -> Vec<(Simd, Kind)> {
    let kinds = |simd| [Kind::Fp32, Kind::Bf16, Kind::Int8].map(|kind| (simd, kind));
    sets().into_iter().flat_map(kinds).collect()
}

#[test]
fn products_equal_plain_loops_at_every_size() {
    for (simd, kind) in kinds() {
        let tolerance = match kind {
            Kind::Fp32 => 1e-5,
            Kind::Bf16 => 1e-4,
            Kind::Int8 => 0.02,
        };
        for (rows, inputs, outputs) in SHAPES {
            let input = numbers(rows * inputs, 1);
            let weight = numbers(outputs * inputs, 2);
            let bias = numbers(outputs, 3);
            let mut out = vec![2.0; rows * outputs];
            let layer = (&*weight, &*bias);
            apply((simd, kind), &input, layer, Epilogue::Add, &mut out);
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
                    "{simd:?} {kind:?} {rows}×{inputs}×{outputs}: {value} instead of {expected}"
                );
            }
        }
    }
}

#[test]
fn a_row_gives_the_same_whatever_is_beside_it() {
    for on in kinds() {
        let (input, weight, bias) = (numbers(13 * 64, 4), numbers(80 * 64, 5), numbers(80, 6));
        let mut together = vec![0.0; 13 * 80];
        let layer = (&*weight, &*bias);
        apply(on, &input, layer, Epilogue::Store, &mut together);
        for (row, expected) in input.chunks_exact(64).zip(together.chunks_exact(80)) {
            let mut alone = vec![0.0; 80];
            apply(on, row, layer, Epilogue::Store, &mut alone);
            assert_eq!(alone, expected);
        }
    }
}

#[test]
fn extreme_weights_and_bytes_do_not_overflow() {
    let ones = vec![1.0; 16 * 3072];
    for simd in sets() {
        let mut out = vec![0.0; 16];
        let (on, layer) = ((simd, Kind::Int8), (&*ones, &[0.0; 16][..]));
        apply(on, &ones[..3072], layer, Epilogue::Store, &mut out);
        assert!(
            out.iter().all(|value| (value - 3072.0).abs() < 1.0),
            "{simd:?}: {out:?}"
        );
    }
}

#[test]
fn bytes_give_the_same_numbers_with_every_set() {
    let (input, weight, bias) = (numbers(13 * 384, 4), numbers(80 * 384, 5), numbers(80, 6));
    let mut results = sets().into_iter().map(|simd| {
        let mut out = vec![0.0; 13 * 80];
        let (on, layer) = ((simd, Kind::Int8), (&*weight, &*bias));
        apply(on, &input, layer, Epilogue::Store, &mut out);
        out
    });
    let first = results.next().expect("the portable set");
    for other in results {
        assert_eq!(first, other);
    }
}

#[test]
fn activations_equal_their_definitions() {
    let wide: Vec<f32> = (-1600..1600).map(|n| n as f32 / 160.0).collect();
    // One input of value 1, so that the weights are what comes out.
    let mut weight = vec![0.0; wide.len() * 16];
    for (row, value) in weight.chunks_exact_mut(16).zip(&wide) {
        row[0] = *value;
    }
    let mut one = vec![0.0; 16];
    one[0] = 1.0;
    let bias = vec![0.0; wide.len()];
    for simd in sets() {
        for activation in [Activation::Gelu, Activation::GeluTanh, Activation::Relu] {
            let mut out = vec![0.0; wide.len()];
            let (on, layer) = ((simd, Kind::Fp32), (&*weight, &*bias));
            apply(on, &one, layer, Epilogue::Activate(activation), &mut out);
            for (x, y) in wide.iter().zip(&out) {
                let expected = defined(activation, f64::from(*x));
                assert!(
                    (f64::from(*y) - expected).abs() < 2e-6,
                    "{simd:?} {activation:?}({x}) is {y}, not {expected}"
                );
            }
        }
    }
}

fn defined(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Gelu => x / 2.0 * (1.0 + erf(x / std::f64::consts::SQRT_2)),
        Activation::GeluTanh => {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            x / 2.0 * (1.0 + inner.tanh())
        }
        Activation::Relu => x.max(0.0),
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

/// `exp`, `exp2` and `exp2_roughly` of a number.
struct Exponentials(f32);

impl Task for Exponentials {
    type Output = [f32; 3];

    fn run<I: Isa>(self, isa: I) -> [f32; 3] {
        let x = isa.load(&[self.0]);
        let vectors = [
            math::exp(isa, x),
            math::exp2(isa, x),
            math::exp2_roughly(isa, x),
        ];
        vectors.map(|vector| {
            let mut out = [1.0];
            isa.store(&mut out, vector);
            out[0]
        })
    }
}

#[test]
fn exponentials_are_right_to_the_last_places() {
    for simd in sets() {
        for n in -860..=100 {
            let x = n as f32 / 10.0;
            let values = simd.run(Exponentials(x));
            let expected = [(x.exp(), 5e-7), (x.exp2(), 2e-7), (x.exp2(), 1e-4)];
            for (value, (expected, allowed)) in values.into_iter().zip(expected) {
                assert!(
                    (value - expected).abs() <= expected * allowed,
                    "{simd:?} {x}: {value} instead of {expected}"
                );
            }
        }
    }
}

#[test]
fn what_is_no_token_weighs_nothing() {
    for simd in sets() {
        assert_eq!(simd.run(Exponentials(f32::MIN))[1..], [0.0, 0.0]);
    }
}

fn attend(
    (simd, kind): (Simd, Kind),
    [query, key, value]: [&[f32]; 3],
    size: usize,
    out: &mut [f32],
) {
    let per_row = size / simd.per_unit(kind);
    let (stride, count) = (per_row + 3, key.len() / size);
    let packed = |values: &[f32], factor: f32| {
        let mut packed = vec![0; count * stride];
        let rows = values.chunks_exact(size);
        for (row, units) in rows.zip(packed.chunks_exact_mut(stride)) {
            let row: Vec<f32> = row.iter().map(|value| value * factor).collect();
            let units = &mut units[..per_row];
            simd.run(PackRow(kind, &row, units));
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
    Attention::new(simd, kind).run(&head, out, size + 3);
}

struct PackRow<'a>(Kind, &'a [f32], &'a mut [u32]);

impl Task for PackRow<'_> {
    type Output = Quantization;

    fn run<I: Isa>(self, isa: I) -> Quantization {
        pack(isa, self.0, self.1, self.2)
    }
}

#[test]
fn attention_equals_plain_loops_at_every_size() {
    for on in kinds() {
        let tolerance = match on.1 {
            Kind::Fp32 => 2e-6,
            Kind::Bf16 => 0.02,
            // Nothing attends in bytes.
            Kind::Int8 => continue,
        };
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
            attend(on, [query, key, value], size, &mut out);
            for token in 0..tokens {
                let query = &query[token * size..][..size];
                let expected = plain_attention(query, key, value);
                let got = &out[token * (size + 3)..][..size];
                for (value, expected) in got.iter().zip(expected) {
                    assert!(
                        (value - expected).abs() < tolerance,
                        "{on:?} {tokens}×{size}: {value} instead of {expected}"
                    );
                }
            }
        }
    }
}

/// The layers and the texts of a small last layer.
struct LastLayer {
    heads: usize,
    /// Weights and bias of queries, keys and values.
    inner: [(Vec<f32>, Vec<f32>); 3],
    hidden: Vec<f32>,
    tokens: Vec<Range<usize>>,
}

#[test]
fn attention_of_first_tokens_equals_plain_loops() {
    for simd in sets() {
        for (heads, size) in [(1, 16), (4, 12), (2, 24), (13, 16)] {
            let width = heads * size;
            let part = |seed| (numbers(width * width, seed), numbers(width, seed + 1));
            let layer = LastLayer {
                heads,
                inner: [part(21), part(23), part(25)],
                hidden: numbers(40 * width, 27),
                tokens: vec![0..1, 1..20, 20..40],
            };
            check_first_tokens(simd, &layer);
        }
    }
}

fn check_first_tokens(simd: Simd, layer: &LastLayer) {
    let width = layer.inner[0].1.len();
    let size = width / layer.heads;
    let mut inner = layer.inner.clone();
    for value in inner[0].0.iter_mut().chain(&mut inner[0].1) {
        *value *= query_factor(size) / width as f32;
    }
    let attention = FirstTokenAttention::new(simd, layer.heads, inner);
    let (mut packed, mut buffers) = (PackedRows::default(), Attention::new(simd, Kind::Fp32));
    let first = attention.attend(&layer.hidden, &layer.tokens, &mut packed, &mut buffers);
    let context = attention.context(&first, &mut packed);
    let project = |part: usize, token: usize| -> Vec<f32> {
        let (weight, bias) = &layer.inner[part];
        let token = &layer.hidden[token * width..][..width];
        let rows = weight.chunks_exact(width).zip(bias);
        let product = |row: &[f32]| row.iter().zip(token).map(|(a, b)| a * b).sum::<f32>();
        rows.map(|(row, bias)| product(row) + bias).collect()
    };
    for (text, tokens) in layer.tokens.iter().enumerate() {
        let query = project(0, tokens.start);
        let (keys, values): (Vec<_>, Vec<_>) = tokens
            .clone()
            .map(|token| (project(1, token), project(2, token)))
            .unzip();
        for head in 0..layer.heads {
            let of_head = head * size..(head + 1) * size;
            let cut = |rows: &[Vec<f32>]| -> Vec<f32> {
                rows.iter()
                    .flat_map(|row| row[of_head.clone()].to_vec())
                    .collect()
            };
            // Small queries, so that every token counts.
            let query: Vec<f32> = query[of_head.clone()]
                .iter()
                .map(|value| value / width as f32)
                .collect();
            let expected = plain_attention(&query, &cut(&keys), &cut(&values));
            let got = &context[text * width..][of_head.clone()];
            for (value, expected) in got.iter().zip(expected) {
                assert!(
                    (value - expected).abs() < 2e-5 * width as f32,
                    "{simd:?} {}×{size}: {value} instead of {expected}",
                    layer.heads
                );
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
    let mut weighted = vec![0.0; size];
    for (score, row) in scores.iter().zip(values.chunks_exact(size)) {
        for (weighted, value) in weighted.iter_mut().zip(row) {
            *weighted += score / sum * value;
        }
    }
    weighted
}

#[test]
fn a_normalized_row_has_mean_and_variance() {
    for simd in sets() {
        let mut row: Vec<f32> = numbers(80, 11).iter().map(|x| x * 3.0 + 5.0).collect();
        let norm = Norm {
            weight: vec![2.0; row.len()],
            bias: vec![1.0; row.len()],
        };
        normalize(simd, &mut row, &norm, 1e-12);
        let mean = row.iter().sum::<f32>() / 80.0;
        let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 80.0;
        assert!((mean - 1.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-4);
    }
}
