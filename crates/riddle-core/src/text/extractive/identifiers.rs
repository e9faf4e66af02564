use std::collections::HashSet;

/// Digits from which on a number behind capitals belongs to them.
const DIGITS_OF_STANDARD: usize = 3;

/// Names with a number in them, such as `P-99`, `M12b`, `1.3.2`, `ISO 27001` and `§ 433`: in small letters and without
/// the signs between letters and digits, so that all ways to write one are the same.
pub(super) fn identifiers(text: &str) -> HashSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.');
    let mut found: HashSet<String> = text.split(|c| !is_part(c)).filter_map(identifier).collect();
    let words = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '§'));
    let mut before = "";
    for word in words {
        found.extend(standard(before, word));
        before = word;
    }
    found
}

/// `iso27001` of `ISO 27001`, `§433` of `§ 433`.
fn standard(before: &str, number: &str) -> Option<String> {
    let is_number =
        number.len() >= DIGITS_OF_STANDARD && number.bytes().all(|b| b.is_ascii_digit());
    let capitals = before.len() > 1 && before.bytes().all(|b| b.is_ascii_uppercase());
    (is_number && (capitals || before == "§")).then(|| format!("{}{number}", before.to_lowercase()))
}

fn identifier(word: &str) -> Option<String> {
    let bare: String = word
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let begins = bare.starts_with(|c: char| c.is_ascii_alphabetic());
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let version = word.trim_matches(['.', '-', '/']);
    let parts: Vec<&str> = version.split('.').collect();
    let is_part = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if parts.len() > 2 && parts.iter().all(is_part) {
        return Some(version.to_owned());
    }
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
        for (text, name) in [
            ("What is ISO 27001?", "iso27001"),
            ("§ 433 BGB", "§433"),
            ("since 1.3.2.", "1.3.2"),
        ] {
            assert_eq!(
                identifiers(text),
                HashSet::from([name.to_owned()]),
                "{text}"
            );
        }
        assert!(identifiers("In 2024 there were 30 days, not a few.").is_empty());
    }
}
