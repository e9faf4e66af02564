//! Numbers that stand raised behind a word: citations to most writers, powers to some.

/// Units of length and time, which are raised to powers.
const UNITS: [&str; 14] = [
    "m", "km", "dm", "cm", "mm", "nm", "in", "ft", "yd", "mi", "s", "sec", "min", "h",
];
/// A word that is shorter may be a function or a formula, where nothing but the raised digit tells.
const MIN_WORD: usize = 4;

/// What joins variables in a formula.
const OPERATORS: [char; 8] = ['=', '+', '×', '·', '±', '−', '≈', '≤'];

/// What stands directly before a raised number.
#[derive(Clone, Copy)]
pub(super) struct Before<'a> {
    /// The last character.
    pub(super) last: Option<char>,
    /// The letters and digits of ASCII that the text ends with.
    pub(super) word: &'a str,
    /// An operator stands before that word.
    in_formula: bool,
}

impl<'a> Before<'a> {
    /// What `text` ends with.
    pub(super) fn of(text: &'a str) -> Self {
        let start = text
            .trim_end_matches(|c: char| c == '_' || c.is_ascii_alphanumeric())
            .len();
        Self {
            last: text.chars().next_back(),
            word: &text[start..],
            in_formula: text[..start].trim_end().ends_with(OPERATORS),
        }
    }

    /// Whether a number in `<sup>` is a power, as in `x<sup>2</sup>`, `km<sup>2</sup>` and `10<sup>6</sup>`.
    pub(super) fn takes_power(self) -> bool {
        let is_greek = |c: char| ('\u{370}'..='\u{3FF}').contains(&c);
        let letter = self.word.chars().count() == 1;
        let is_unit = UNITS.contains(&self.word.to_ascii_lowercase().as_str());
        letter
            || is_unit
            || self.is_product()
            || self.last.is_some_and(|c| c.is_numeric() || is_greek(c))
    }

    /// Whether the word is a product of variables, as in `E = mc<sup>2</sup>`: a short one that cannot be spoken, or
    /// that an operator joins to others.
    fn is_product(self) -> bool {
        let is_short = (2..MIN_WORD).contains(&self.word.len())
            && self.word.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_spoken = self
            .word
            .contains(['a', 'e', 'i', 'o', 'u', 'y', 'A', 'E', 'I', 'O', 'U']);
        let is_small = self.word.contains(|c: char| c.is_ascii_lowercase());
        is_short && (self.in_formula || is_small && !is_spoken)
    }

    /// Whether a digit such as `²` is a citation: behind a sentence, a long word or a Chinese one.
    pub(super) fn takes_mark(self) -> bool {
        let Some(last) = self.last else {
            return false;
        };
        let long = self.word.chars().count() >= MIN_WORD
            && self.word.chars().all(|c| c.is_ascii_alphabetic());
        long || crate::text::language::is_east_asian(last)
            || matches!(
                last,
                '.' | ',' | ';' | '!' | '?' | '"' | '”' | '’' | '。' | '，' | '；' | '！' | '？'
            )
    }
}

/// The value of a raised digit.
pub(super) fn raised_digit(character: char) -> Option<u32> {
    match character {
        '⁰' => Some(0),
        '¹' => Some(1),
        '²' => Some(2),
        '³' => Some(3),
        '⁴'..='⁹' => Some(u32::from(character) - u32::from('⁰')),
        _ => None,
    }
}
