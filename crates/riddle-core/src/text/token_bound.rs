/// Characters of Latin prose that one token surely covers.
const LATIN_CHARACTERS_PER_TOKEN: usize = 3;
/// Tokens of a character beyond the basic plane.
const TOKENS_OF_RARE: usize = 3;

/// Tokens of a text whose tokenizer is elsewhere, rather too many than too few: three characters a token in Latin
/// prose, one token for each digit, sign and character of another script, three for each character beyond the basic
/// plane.
pub fn token_bound(text: &str) -> usize {
    let (mut latin, mut others) = (0_usize, 0_usize);
    for character in text.chars() {
        match character {
            _ if is_latin(character) => latin += 1,
            '\u{10000}'.. => others += TOKENS_OF_RARE,
            _ => others += 1,
        }
    }
    others + latin.div_ceil(LATIN_CHARACTERS_PER_TOKEN)
}

/// Byte offsets at which such tokens start, ascending; a character begins one token at most.
pub fn token_bound_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::with_capacity(text.len() / LATIN_CHARACTERS_PER_TOKEN + 1);
    let mut latin = 0;
    for (offset, character) in text.char_indices() {
        if !is_latin(character) {
            latin = 0;
            starts.push(offset);
            continue;
        }
        if latin % LATIN_CHARACTERS_PER_TOKEN == 0 {
            starts.push(offset);
        }
        latin += 1;
    }
    starts
}

fn is_latin(character: char) -> bool {
    matches!(character, 'a'..='z' | 'A'..='Z' | ' ' | '\u{C0}'..='\u{24F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_upper_bounds() {
        assert_eq!(token_bound(""), 0);
        assert_eq!(token_bound("a"), 1);
        assert_eq!(token_bound("the quick brown fox"), 7);
        assert_eq!(token_bound("检索增强生成"), 6);
        assert_eq!(token_bound("2024-05"), 7);
        assert_eq!(token_bound("🦀"), 3);
    }

    #[test]
    fn starts_are_offsets_of_characters() {
        assert_eq!(token_bound_starts(""), [0; 0]);
        assert_eq!(token_bound_starts("quick fox"), [0, 3, 6]);
        assert_eq!(token_bound_starts("检索 ab7c"), [0, 3, 6, 9, 10]);
    }
}
