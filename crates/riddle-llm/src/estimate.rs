//! How many tokens a text is, where the tokenizer is elsewhere.

/// Characters of Latin prose that one token surely covers.
const LATIN_CHARACTERS_PER_TOKEN: usize = 3;

/// Tokens of `text`, rather too many than too few: three characters a token in Latin prose, one token for each digit,
/// sign and character of another script, three for each character beyond the basic plane.
pub(crate) fn tokens(text: &str) -> usize {
    let mut latin = 0;
    let mut others = 0;
    for character in text.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | ' ' | '\u{C0}'..='\u{24F}' => latin += 1,
            '\u{10000}'.. => others += 3,
            _ => others += 1,
        }
    }
    others + usize::div_ceil(latin, LATIN_CHARACTERS_PER_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn estimates_are_upper_bounds() {
        assert_eq!(tokens(""), 0);
        assert_eq!(tokens("a"), 1);
        assert_eq!(tokens("the quick brown fox"), 7);
        assert_eq!(tokens("检索增强生成"), 6);
        assert_eq!(tokens("2024-05"), 7);
        assert_eq!(tokens("🦀"), 3);
    }
}
