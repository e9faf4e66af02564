use std::collections::HashSet;

/// Names with a number in them, such as `P-99` and `M12b`: in small letters and without the signs
/// between letters and digits, so that all ways to write one are the same.
pub(super) fn identifiers(text: &str) -> HashSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.');
    text.split(|c| !is_part(c)).filter_map(identifier).collect()
}

fn identifier(word: &str) -> Option<String> {
    let bare: String = word
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let begins = bare.starts_with(|c: char| c.is_ascii_alphabetic());
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    (begins && digits > 0).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_the_same_in_all_spellings() {
        for text in ["P-99", "p99", "valve P_99.", "(P/99)"] {
            assert_eq!(
                identifiers(text),
                HashSet::from(["p99".to_owned()]),
                "{text}"
            );
        }
        assert!(identifiers("In 2024 there were 30 days, not a few.").is_empty());
    }
}
