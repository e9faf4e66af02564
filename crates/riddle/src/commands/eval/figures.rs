//! Numbers as tables have them.

use riddle_api::{EstimateDto, EvaluationVerdictDto};
use riddle_evaluation::MARGIN;

/// What stands where there is no number.
pub(super) const NONE: &str = "-";

/// Three places after the point and nothing before it where that is 0: `.712`.
pub(super) fn share(value: f64) -> String {
    let rounded = format!("{value:.3}");
    let rounded = if rounded == "-0.000" {
        "0.000".to_owned()
    } else {
        rounded
    };
    match rounded.strip_prefix("-0.") {
        Some(places) => format!("-.{places}"),
        None => rounded
            .strip_prefix("0.")
            .map_or(rounded.clone(), |places| format!(".{places}")),
    }
}

/// The same with its sign: `+.012`.
pub(super) fn signed(value: f64) -> String {
    let plain = share(value);
    if plain.starts_with('-') || plain == ".000" {
        plain
    } else {
        format!("+{plain}")
    }
}

/// A mean with its interval: `.712 [.690, .731]`.
pub(super) fn with_interval(estimate: Option<&EstimateDto>, number: fn(f64) -> String) -> String {
    let Some(estimate) = estimate else {
        return NONE.to_owned();
    };
    let mean = number(estimate.mean);
    match estimate.interval {
        Some(interval) => format!(
            "{mean} [{}, {}]",
            number(interval.low),
            number(interval.high)
        ),
        None => mean,
    }
}

/// Milliseconds, with a place after the point below 10.
pub(super) fn ms(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// Such as `12 B`, `3.4 kB` and `210 MB`, in powers of 1000.
pub(in crate::commands) fn bytes(value: u64) -> String {
    let steps = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    let size = value as f64;
    let step = steps.into_iter().find(|(_, step)| size >= *step);
    match step {
        Some((unit, step)) if size >= 100.0 * step => format!("{:.0} {unit}", size / step),
        Some((unit, step)) => format!("{:.1} {unit}", size / step),
        None => format!("{value} B"),
    }
}

pub(super) fn or_none(value: Option<String>) -> String {
    value.unwrap_or_else(|| NONE.to_owned())
}

/// So many questions.
pub(super) fn questions(count: usize) -> String {
    if count == 1 {
        "1 question".to_owned()
    } else {
        format!("{count} questions")
    }
}

/// What a difference says, in words.
pub(super) fn verdict(verdict: &EvaluationVerdictDto) -> String {
    match verdict {
        EvaluationVerdictDto::Better => "better".to_owned(),
        EvaluationVerdictDto::Worse => "worse".to_owned(),
        EvaluationVerdictDto::Same => format!("same within ±{}", share(MARGIN)),
        EvaluationVerdictDto::NotDistinguishable {
            questions_needed: Some(needed),
        } => format!("not distinguishable; {needed} questions would settle it"),
        EvaluationVerdictDto::NotDistinguishable {
            questions_needed: None,
        } => "not distinguishable".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use riddle_api::IntervalDto;

    use super::*;

    #[test]
    fn numbers_have_three_places() {
        let shares = [0.7124, 1.0, 0.0, -0.0001, -0.0126, 12.5].map(share);
        assert_eq!(shares, [".712", "1.000", ".000", ".000", "-.013", "12.500"]);
        let differences = [0.0126, 0.0, -0.0001, -0.5, 1.0].map(signed);
        assert_eq!(differences, ["+.013", ".000", ".000", "-.500", "+1.000"]);
        assert_eq!([0.26, 9.96, 73.9].map(ms), ["0.3", "10.0", "74"]);
    }

    #[test]
    fn bytes_have_a_unit() {
        let sizes = [0, 999, 3_400, 130_000_000, 1_260_000_000].map(bytes);
        assert_eq!(sizes, ["0 B", "999 B", "3.4 kB", "130 MB", "1.3 GB"]);
    }

    #[test]
    fn an_interval_is_shown_where_there_is_one() {
        let interval = Some(IntervalDto {
            low: -0.01,
            high: 0.02,
        });
        let mut estimate = EstimateDto {
            n: 5,
            mean: 0.005,
            interval,
        };
        assert_eq!(
            with_interval(Some(&estimate), signed),
            "+.005 [-.010, +.020]"
        );
        estimate.interval = None;
        assert_eq!(with_interval(Some(&estimate), share), ".005");
        assert_eq!(with_interval(None, share), "-");
    }
}
