use unicode_normalization::UnicodeNormalization;

/// The units that answers are compared by: words of a text, without case, punctuation and English articles; each
/// character by itself in Chinese, Japanese and Korean, which have no blanks between words.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.nfkc().flat_map(char::to_lowercase) {
        if is_ideographic(character) {
            end(&mut word, &mut words);
            words.push(character.to_string());
        } else if character.is_whitespace() {
            end(&mut word, &mut words);
        } else if !is_punctuation(character) {
            word.push(character);
        }
    }
    end(&mut word, &mut words);
    words
}

fn end(word: &mut String, words: &mut Vec<String>) {
    let word = std::mem::take(word);
    if !word.is_empty() && !matches!(word.as_str(), "a" | "an" | "the") {
        words.push(word);
    }
}

/// As SQuAD's evaluation has it, what is punctuation in ASCII goes without a trace ("don't" is "dont"); so does that
/// of other scripts.
fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
        || matches!(character,
            '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}'
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}'
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{30fb}')
}

fn is_ideographic(character: char) -> bool {
    matches!(u32::from(character),
        0x2e80..=0x2fdf | 0x3005..=0x3007 | 0x3040..=0x30fa | 0x30fc..=0x30ff | 0x3100..=0x318f | 0x31a0..=0x31ff
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_normalised_as_squad_does() {
        assert_eq!(
            words("The Cat, a dog & the\n\"Bird\"!"),
            ["cat", "dog", "bird"]
        );
        assert_eq!(words("Don't (re-)read it."), ["dont", "reread", "it"]);
        assert_eq!(words("An apple… “quoted”"), ["apple", "quoted"]);
        assert_eq!(words("the — a"), [""; 0]);
    }

    #[test]
    fn chinese_is_by_characters_and_what_is_between_them_by_words() {
        assert_eq!(
            words("《红楼梦》，曹雪芹。"),
            ["红", "楼", "梦", "曹", "雪", "芹"]
        );
        assert_eq!(
            words("在2019年 used ＧＰＵ"),
            ["在", "2019", "年", "used", "gpu"]
        );
        assert_eq!(words("カメラ"), ["カ", "メ", "ラ"]);
    }
}
