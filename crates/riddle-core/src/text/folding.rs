//! Which differences between two characters are none to a reader who looks for a word.

use std::sync::LazyLock;

/// The pairs behind a comment of two lines.
const PAIRS: &str = include_str!("folding/simplified.txt");
/// The characters that the table covers, all of the basic plane.
const FIRST_HAN: u32 = 0x3400;
const LAST_HAN: u32 = 0x9FFF;

/// Simplified forms by the distance from `FIRST_HAN`; 0 where there is no other form.
static SIMPLIFIED: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut table = vec![0; (LAST_HAN - FIRST_HAN + 1) as usize];
    for line in PAIRS.lines().filter(|line| !line.starts_with('#')) {
        let mut characters = line.chars();
        while let (Some(traditional), Some(simplified)) = (characters.next(), characters.next()) {
            let place = (traditional as u32).wrapping_sub(FIRST_HAN) as usize;
            if let (Some(slot), Ok(code)) = (table.get_mut(place), u16::try_from(simplified as u32))
            {
                *slot = code;
            }
        }
    }
    table
});

/// The simplified form of a traditional Chinese character; any other character is returned as it is.
pub fn simplified(character: char) -> char {
    let code = character as u32;
    if !(FIRST_HAN..=LAST_HAN).contains(&code) {
        return character;
    }
    let other = SIMPLIFIED.get((code - FIRST_HAN) as usize).copied();
    other
        .filter(|code| *code != 0)
        .and_then(|code| char::from_u32(u32::from(code)))
        .unwrap_or(character)
}

/// Characters that are not seen: soft hyphens, joiners, directions, variation selectors, byte order marks.
pub fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Marks that writers add or leave out: accents, the vowel marks of Arabic, Hebrew and Syriac, the tone marks of Thai
/// and Lao, the dots below of Indian scripts, and the stroke that only stretches an Arabic word. The vowel signs of
/// Indian scripts and of Thai are letters, and none of these.
pub fn is_decoration(character: char) -> bool {
    matches!(character,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
        || is_written_mark(character)
}

/// Those decorations that no composed letter holds.
fn is_written_mark(character: char) -> bool {
    matches!(character,
        '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}' | '\u{05C2}' | '\u{05C4}' | '\u{05C5}' | '\u{05C7}'
        | '\u{0610}'..='\u{061A}' | '\u{0640}' | '\u{064B}'..='\u{065F}' | '\u{0670}'
        | '\u{06D6}'..='\u{06DC}' | '\u{06DF}'..='\u{06E4}' | '\u{06E7}' | '\u{06E8}' | '\u{06EA}'..='\u{06ED}'
        | '\u{0711}' | '\u{0730}'..='\u{074A}' | '\u{08D3}'..='\u{08FF}'
        | '\u{093C}' | '\u{09BC}' | '\u{0A3C}' | '\u{0ABC}' | '\u{0B3C}'
        | '\u{0E47}'..='\u{0E4C}' | '\u{0E4E}' | '\u{0EC8}'..='\u{0ECC}')
}

/// How a small letter is written by those who cannot type it, or where another country has another form of it; `None`
/// where it is as it is.
pub fn plain_letter(character: char) -> Option<&'static str> {
    Some(match character {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ł' => "l",
        'ŋ' => "n",
        'ŧ' => "t",
        'ı' => "i",
        'ς' => "σ",
        // Forms of one Arabic letter, of which keyboards of different countries have different ones.
        'ٱ' => "ا",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ة' | 'ہ' | 'ھ' => "ه",
        // Two signs for one nasal in Indian scripts.
        'ँ' => "ं",
        _ => return None,
    })
}

/// A decimal digit of any script as one of ASCII.
pub fn ascii_digit(character: char) -> Option<char> {
    /// The zero of each script; its other digits follow it.
    const ZEROS: [u32; 22] = [
        0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66,
        0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0x1946, 0xFF10,
    ];
    let code = character as u32;
    let value = ZEROS
        .iter()
        .find_map(|zero| code.checked_sub(*zero).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_characters_have_one_simplified_form() {
        let folded: String = "發票財務離職歸還門禁卡".chars().map(simplified).collect();
        assert_eq!(folded, "发票财务离职归还门禁卡");
        for character in ('\u{3400}'..='\u{9FFF}').chain("aあ한🐼".chars()) {
            let once = simplified(character);
            assert_eq!(simplified(once), once, "{character}");
        }
    }

    #[test]
    fn digits_of_other_scripts_are_digits() {
        let digits: Option<String> = "٣۴५๖７8".chars().map(ascii_digit).collect();
        assert_eq!(digits.as_deref(), Some("345678"));
        assert_eq!(ascii_digit('x'), None);
    }
}
