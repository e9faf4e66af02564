//! Functions of sixteen floats at a time.

use std::arch::x86_64::*;

/// Below this, `exp` gives numbers too small to matter in 32 bits.
const LOWEST_EXPONENT: f32 = -87.0;

/// 2 to the power of numbers up to 127, within `10⁻⁴` of itself: as exact as bf16 takes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
pub(super) fn exp2_roughly(x: __m512) -> __m512 {
    power_of_two(x, 0.055_171_67, &[0.242_611_13, 0.693_260_97, 0.999_928_06])
}

/// 2 to the power of numbers up to 127, within a unit of the last place.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
pub(super) fn exp2(x: __m512) -> __m512 {
    const SERIES: [f32; 6] = [
        0.001_339_993,
        0.009_618_489,
        0.055_503_286,
        0.240_226_46,
        std::f32::consts::LN_2,
        1.0,
    ];
    power_of_two(x, 1.534_581_2e-4, &SERIES)
}

/// The whole part goes into the exponent, the rest through a polynomial that is fitted to it.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn power_of_two(x: __m512, highest: f32, others: &[f32]) -> __m512 {
    let whole = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x);
    let rest = _mm512_sub_ps(x, whole);
    _mm512_scalef_ps(polynomial(rest, highest, others), whole)
}

/// e to the power of numbers up to 88, within two units of the last place: a power of two times a polynomial.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
pub(super) fn exp(x: __m512) -> __m512 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = _mm512_max_ps(x, _mm512_set1_ps(LOWEST_EXPONENT));
    let power = _mm512_mul_ps(x, _mm512_set1_ps(std::f32::consts::LOG2_E));
    let power = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(power);
    let rest = _mm512_fnmadd_ps(power, _mm512_set1_ps(LN2_HIGH), x);
    let rest = _mm512_fnmadd_ps(power, _mm512_set1_ps(LN2_LOW), rest);
    let series = [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let sum = polynomial(rest, 1.0 / 720.0, &series);
    _mm512_scalef_ps(sum, power)
}

/// The Gaussian error linear unit, `x/2 × (1 + erf(x/√2))`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
pub(super) fn gelu(x: __m512) -> __m512 {
    let half = _mm512_mul_ps(x, _mm512_set1_ps(0.5));
    let erf = erf(_mm512_mul_ps(
        x,
        _mm512_set1_ps(std::f32::consts::FRAC_1_SQRT_2),
    ));
    _mm512_fmadd_ps(half, erf, half)
}

/// Its approximation by a hyperbolic tangent, `x × σ(2 √(2/π) (x + 0.044715 x³))`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
pub(super) fn gelu_tanh(x: __m512) -> __m512 {
    const MINUS_TWICE: f32 = -1.595_769;
    let square = _mm512_mul_ps(x, x);
    let cubic = _mm512_fmadd_ps(square, _mm512_set1_ps(0.044_715), _mm512_set1_ps(1.0));
    let inner = _mm512_mul_ps(_mm512_mul_ps(x, cubic), _mm512_set1_ps(MINUS_TWICE));
    let inner = _mm512_min_ps(inner, _mm512_set1_ps(-LOWEST_EXPONENT));
    _mm512_div_ps(x, _mm512_add_ps(exp(inner), _mm512_set1_ps(1.0)))
}

/// The error function by the rational approximation on [-4, 4] that Eigen and XLA use too.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn erf(x: __m512) -> __m512 {
    const ABOVE: [f32; 6] = [
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const BELOW: [f32; 4] = [
        -2.133_740_6e-4,
        -1.682_827e-3,
        -7.373_329_2e-3,
        -1.426_473_9e-2,
    ];
    let x = _mm512_max_ps(x, _mm512_set1_ps(-4.0));
    let x = _mm512_min_ps(x, _mm512_set1_ps(4.0));
    let square = _mm512_mul_ps(x, x);
    let above = _mm512_mul_ps(x, polynomial(square, -2.726_142_3e-10, &ABOVE));
    let below = polynomial(square, -1.456_607_2e-5, &BELOW);
    // A step of Newton's takes the estimate from 14 bits to 28, in less time than a division.
    let estimate = _mm512_rcp14_ps(below);
    let correction = _mm512_fnmadd_ps(below, estimate, _mm512_set1_ps(2.0));
    _mm512_mul_ps(above, _mm512_mul_ps(estimate, correction))
}

/// By Horner's rule, the highest power first.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn polynomial(x: __m512, highest: f32, others: &[f32]) -> __m512 {
    let mut sum = _mm512_set1_ps(highest);
    for factor in others {
        sum = _mm512_fmadd_ps(sum, x, _mm512_set1_ps(*factor));
    }
    sum
}
