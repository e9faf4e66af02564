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
        match tokens_of(character) {
            None => latin += 1,
            Some(tokens) => others += tokens,
        }
    }
    others + latin.div_ceil(LATIN_CHARACTERS_PER_TOKEN)
}

/// The longest beginning of a text with at most so many of these tokens.
pub fn beginning_of_tokens(text: &str, most: usize) -> &str {
    let (mut latin, mut others) = (0_usize, 0_usize);
    for (offset, character) in text.char_indices() {
        match tokens_of(character) {
            None => latin += 1,
            Some(tokens) => others += tokens,
        }
        if others + latin.div_ceil(LATIN_CHARACTERS_PER_TOKEN) > most {
            return &text[..offset];
        }
    }
    text
}

/// Byte offsets at which such tokens start, ascending. Those of a character beyond the basic plane start at its first
/// bytes.
pub fn token_bound_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::with_capacity(text.len() / LATIN_CHARACTERS_PER_TOKEN + 1);
    let mut latin = 0;
    for (offset, character) in text.char_indices() {
        if let Some(tokens) = tokens_of(character) {
            latin = 0;
            starts.extend(offset..offset + tokens);
            continue;
        }
        if latin % LATIN_CHARACTERS_PER_TOKEN == 0 {
            starts.push(offset);
        }
        latin += 1;
    }
    starts
}

/// `None` for a character that shares a token with its neighbours.
fn tokens_of(character: char) -> Option<usize> {
    match character {
        _ if is_latin(character) => None,
        '\u{10000}'.. => Some(TOKENS_OF_RARE),
        _ => Some(1),
    }
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
        assert_eq!(token_bound_starts("🦀7"), [0, 1, 2, 4]);
    }

    #[test]
    fn a_beginning_is_as_long_as_its_tokens_allow() {
        assert_eq!(beginning_of_tokens("quick fox", 2), "quick ");
        assert_eq!(beginning_of_tokens("quick fox", 3), "quick fox");
        assert_eq!(beginning_of_tokens("检索🦀生", 4), "检索");
        assert_eq!(beginning_of_tokens("检索🦀生", 5), "检索🦀");
        assert_eq!(beginning_of_tokens("a", 0), "");
        assert_eq!(beginning_of_tokens("", 0), "");
    }
}
