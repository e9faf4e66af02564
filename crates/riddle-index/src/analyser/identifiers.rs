//! Terms that name one thing: serial numbers, part numbers, versions, amounts to the last digit.

/// Fewest digits of a name. What has fewer is a model, a chapter or a count.
const FEWEST_DIGITS: usize = 4;
/// As many zeros at the end make a round number, which is a measure.
const ROUND: &str = "000";

/// Whether a term names one thing, so that a chunk has it or has not, and nothing like it will do. Times, dates, years,
/// prices and measures are none: people mean what they are about.
pub(super) fn is_name(term: &str) -> bool {
    let digits = term.bytes().filter(u8::is_ascii_digit).count();
    let is_number = digits == term.len();
    let points = term.bytes().filter(|byte| *byte == b'.').count();
    let is_version = points > 1 && digits > 2;
    let is_decimal = points == 1 && digits + 1 == term.len();
    let is_round = is_number && term.ends_with(ROUND);
    (digits >= FEWEST_DIGITS || is_version)
        && !is_decimal
        && !is_round
        && !term.contains(':')
        && !is_of_calendar(term)
}

/// A year, a date, or a range of years: `2026`, `20260305`, `2026-03`, `25.12.2026`, `2025/26`.
fn is_of_calendar(term: &str) -> bool {
    let groups: Vec<&str> = term.split(['-', '/', '.']).collect();
    if !groups
        .iter()
        .all(|group| group.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return false;
    }
    let is_year = |group: &str| group.len() == 4 && ("1500".."2200").contains(&group);
    let is_short = |group: &&str| matches!(group.len(), 1 | 2);
    match groups.as_slice() {
        [date] if date.len() == 8 => {
            let within = |range: std::ops::Range<usize>, most: &str| {
                date.get(range)
                    .is_some_and(|part| ("01"..=most).contains(&part))
            };
            is_year(&date[..4]) && within(4..6, "12") && within(6..8, "31")
        }
        [year] => is_year(year),
        [year, other] => is_year(year) && (is_short(other) || is_year(other)),
        [first, middle, last] => {
            is_short(middle)
                && (is_year(first) && is_short(last) || is_short(first) && is_year(last))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_counts_and_dates() {
        for term in [
            "94956587",
            "367299g",
            "inv20231188",
            "0x80070057",
            "27001",
            "1.3.2",
            "10.4.2.117",
            "1408898",
            "4711",
            "2026-0417-33",
        ] {
            assert!(is_name(term), "{term}");
        }
        for term in [
            "",
            "2019",
            "1999",
            "10000",
            "2500000",
            "p53",
            "covid19",
            "12:30",
            "17.30",
            "1013.25",
            "37.5",
            "100",
            "20260305",
            "2026-03",
            "2026-03-05",
            "25.12.2026",
            "2019-2023",
            "2025/26",
        ] {
            assert!(!is_name(term), "{term}");
        }
    }
}
