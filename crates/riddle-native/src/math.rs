//! Functions of sixteen floats at a time.

use super::simd::Isa;

/// Below this, `exp` gives numbers too small to matter in 32 bits.
const LOWEST_EXPONENT: f32 = -87.0;

/// 2 to the power of numbers up to 127, within `10⁻⁴` of itself: as exact as bf16 takes.
#[inline(always)]
pub(super) fn exp2_roughly<I: Isa>(isa: I, x: I::Floats) -> I::Floats {
    power_of_two(
        isa,
        x,
        0.055_171_67,
        &[0.242_611_13, 0.693_260_97, 0.999_928_06],
    )
}

/// 2 to the power of numbers up to 127, within a unit of the last place.
#[inline(always)]
pub(super) fn exp2<I: Isa>(isa: I, x: I::Floats) -> I::Floats {
    const SERIES: [f32; 6] = [
        0.001_339_993,
        0.009_618_489,
        0.055_503_286,
        0.240_226_46,
        std::f32::consts::LN_2,
        1.0,
    ];
    power_of_two(isa, x, 1.534_581_2e-4, &SERIES)
}

/// The whole part goes into the exponent, the rest through a polynomial that is fitted to it.
#[inline(always)]
fn power_of_two<I: Isa>(isa: I, x: I::Floats, highest: f32, others: &[f32]) -> I::Floats {
    let whole = isa.round(x);
    let rest = isa.sub(x, whole);
    isa.times_power_of_two(polynomial(isa, rest, highest, others), whole)
}

/// e to the power of numbers up to 88, within two units of the last place: a power of two times a polynomial.
#[inline(always)]
pub(super) fn exp<I: Isa>(isa: I, x: I::Floats) -> I::Floats {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = isa.max(x, isa.splat(LOWEST_EXPONENT));
    let power = isa.mul(x, isa.splat(std::f32::consts::LOG2_E));
    let power = isa.round(power);
    let rest = isa.mul_sub_from(power, isa.splat(LN2_HIGH), x);
    let rest = isa.mul_sub_from(power, isa.splat(LN2_LOW), rest);
    let series = [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let sum = polynomial(isa, rest, 1.0 / 720.0, &series);
    isa.times_power_of_two(sum, power)
}

/// The Gaussian error linear unit, `x/2 × (1 + erf(x/√2))`.
#[inline(always)]
pub(super) fn gelu<I: Isa>(isa: I, x: I::Floats) -> I::Floats {
    let half = isa.mul(x, isa.splat(0.5));
    let erf = erf(isa, isa.mul(x, isa.splat(std::f32::consts::FRAC_1_SQRT_2)));
    isa.mul_add(half, erf, half)
}

/// Its approximation by a hyperbolic tangent, `x × σ(2 √(2/π) (x + 0.044715 x³))`.
#[inline(always)]
pub(super) fn gelu_tanh<I: Isa>(isa: I, x: I::Floats) -> I::Floats {
    const MINUS_TWICE: f32 = -1.595_769;
    let square = isa.mul(x, x);
    let cubic = isa.mul_add(square, isa.splat(0.044_715), isa.splat(1.0));
    let inner = isa.mul(isa.mul(x, cubic), isa.splat(MINUS_TWICE));
    let inner = isa.min(inner, isa.splat(-LOWEST_EXPONENT));
    isa.div(x, isa.add(exp(isa, inner), isa.splat(1.0)))
}

/// The error function by the rational approximation on [-4, 4] that Eigen and XLA use too.
#[inline(always)]
fn erf<I: Isa>(isa: I, x: I::Floats) -> I::Floats {
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
    let x = isa.max(x, isa.splat(-4.0));
    let x = isa.min(x, isa.splat(4.0));
    let square = isa.mul(x, x);
    let above = isa.mul(x, polynomial(isa, square, -2.726_142_3e-10, &ABOVE));
    let below = polynomial(isa, square, -1.456_607_2e-5, &BELOW);
    isa.mul(above, isa.reciprocal(below))
}

/// By Horner's rule, the highest power first.
#[inline(always)]
fn polynomial<I: Isa>(isa: I, x: I::Floats, highest: f32, others: &[f32]) -> I::Floats {
    let mut sum = isa.splat(highest);
    for factor in others {
        sum = isa.mul_add(sum, x, isa.splat(*factor));
    }
    sum
}
