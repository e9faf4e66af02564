//! Terms that name one thing: serial numbers, part numbers, versions, amounts to the last digit.

/// Fewest digits of a name. What has fewer is a model, a chapter or a count.
const FEWEST_DIGITS: usize = 4;
/// As many zeros at the end make a round number, which is a measure.
const ROUND: &str = "000";

/// Whether a term names one thing, so that a chunk has it or has not, and nothing like it will do.
pub(super) fn is_name(term: &str) -> bool {
    let digits = term.bytes().filter(u8::is_ascii_digit).count();
    let is_number = digits == term.len();
    let is_version = term.bytes().filter(|byte| *byte == b'.').count() > 1;
    let is_year = digits == 4 && is_number && ("1500".."2200").contains(&term);
    let is_time = term.contains(':');
    let is_round = term.ends_with(ROUND) && is_number;
    (digits >= FEWEST_DIGITS || (is_version && digits > 2)) && !is_year && !is_time && !is_round
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_counts_and_years() {
        for term in [
            "94956587",
            "367299g",
            "inv20231188",
            "0x80070057",
            "27001",
            "1.3.2",
            "1408898",
            "4711",
        ] {
            assert!(is_name(term), "{term}");
        }
        for term in [
            "", "2019", "1999", "10000", "2500000", "p53", "covid19", "12:30", "37.5", "1.5", "100",
        ] {
            assert!(!is_name(term), "{term}");
        }
    }
}
