//! Decimal digits of numbers, rounded as sheets round them: half up, from 15 significant digits.

/// Most digits before or after the point that are ever shown.
pub(super) const MAX_DIGITS: usize = 30;

/// A number that is not negative with at most `decimals` and at least `least_decimals` digits after the point and
/// `least_integers` before it.
pub(super) fn rounded(
    value: f64,
    decimals: usize,
    least_decimals: usize,
    least_integers: usize,
) -> String {
    if !value.is_finite() || value >= 1e30 {
        return value.to_string();
    }
    let decimals = decimals.min(MAX_DIGITS);
    // Fifteen digits are those that were typed: 1.005 is a little less in binary.
    let typed = format!("{value:.14e}");
    let (mantissa, exponent) = typed.split_once('e').unwrap_or((&typed, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let leading = usize::try_from(-exponent).unwrap_or_default();
    let point = usize::try_from(exponent).unwrap_or_default() + 1;
    let mut digits = vec![b'0'; leading];
    digits.extend(mantissa.bytes().filter(u8::is_ascii_digit));
    let rounds_up = digits
        .get(point + decimals)
        .is_some_and(|digit| *digit >= b'5');
    digits.resize(point + decimals, b'0');
    if rounds_up {
        increment(&mut digits);
    }
    let integer_count = digits.len() - decimals;
    let text = String::from_utf8_lossy(&digits);
    let (integers, fractions) = text.split_at(integer_count);
    let mut fractions = fractions.to_owned();
    while fractions.len() > least_decimals && fractions.ends_with('0') {
        fractions.pop();
    }
    let integers = integers.trim_start_matches('0');
    let least = least_integers.min(MAX_DIGITS);
    let integers = format!("{integers:0>least$}");
    if decimals == 0 {
        return integers;
    }
    format!("{integers}.{fractions}")
}

fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

/// With a comma between groups of three digits.
pub(super) fn group(number: &str) -> String {
    let (integers, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut grouped = String::with_capacity(number.len() * 2);
    for (index, digit) in integers.chars().enumerate() {
        if index > 0 && (integers.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// A number as a cell without a format shows it; whole numbers with all their digits, since they may be codes.
pub(super) fn general(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return value.to_string();
    }
    let sign = if value < 0.0 { "-" } else { "" };
    if value.fract() == 0.0 && size < 1e15 {
        return format!("{sign}{size:.0}");
    }
    if !(1e-9..1e15).contains(&size) {
        let written = format!("{size:.5e}");
        let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
        let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
        return format!("{sign}{mantissa}E{exponent}");
    }
    let shortest = size.to_string();
    if shortest.len() <= 11 {
        return format!("{sign}{shortest}");
    }
    let integers = format!("{size:.0}").len();
    let decimals = 10_usize.saturating_sub(integers).max(2);
    let shown = rounded(size, decimals, 0, 1);
    format!("{sign}{}", shown.trim_end_matches('.'))
}

/// A number as a fraction whose denominator is at most `most`.
pub(super) fn fraction(value: f64, most: u32) -> String {
    if value >= 1e15 || !value.is_finite() {
        return general(value);
    }
    let whole = value.trunc();
    let part = value - whole;
    let error = |denominator: &u32| {
        let scaled = part * f64::from(*denominator);
        ((scaled - scaled.round()) / f64::from(*denominator)).abs()
    };
    let best = (1..=most.clamp(1, 999)).min_by(|one, other| error(one).total_cmp(&error(other)));
    let denominator = best.unwrap_or(1);
    let numerator = (part * f64::from(denominator)).round();
    if numerator == 0.0 {
        return format!("{whole:.0}");
    }
    if numerator == f64::from(denominator) {
        return format!("{:.0}", whole + 1.0);
    }
    if whole == 0.0 {
        return format!("{numerator:.0}/{denominator}");
    }
    format!("{whole:.0} {numerator:.0}/{denominator}")
}
