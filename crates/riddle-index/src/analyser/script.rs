use riddle_core::{is_decoration, is_invisible};

/// What stands between the thousands of a number in Arabic script, and in front of its fraction.
pub(super) const ARABIC_GROUPING: char = '\u{066C}';
pub(super) const ARABIC_DECIMAL: char = '\u{066B}';
/// What is typed for the former.
pub(super) const ARABIC_COMMA: char = '\u{060C}';
const MIDDLE_DOT: char = '\u{00B7}';

/// How the analyser treats a character.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// Letter, digit or underscore of a script that separates words.
    Word,
    /// Character of a script written without spaces, or with spaces between phrases only.
    Unspaced,
    /// Part of a word if it is between two of its characters.
    Apostrophe,
    /// Not seen: it neither ends a word nor begins one.
    Invisible,
    /// Everything else.
    Separator,
}

pub(super) fn class_of(character: char) -> Class {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => Class::Word,
        '\'' => Class::Apostrophe,
        _ if character.is_ascii() => Class::Separator,
        _ if is_apostrophe(character) => Class::Apostrophe,
        _ if is_unspaced(character) => Class::Unspaced,
        _ if is_invisible(character) => Class::Invisible,
        _ if character.is_alphanumeric() || is_mark(character) => Class::Word,
        _ => Class::Separator,
    }
}

/// Signs that are typed or printed for an apostrophe, and the marks of abbreviations in Hebrew.
fn is_apostrophe(character: char) -> bool {
    matches!(
        character,
        '\'' | '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' | '\u{02B9}' | '\u{02BB}'
            ..='\u{02BD}' | '\u{00B4}' | '\u{A78C}' | '\u{FF07}' | '\u{05F3}' | '\u{05F4}'
    )
}

/// Signs that stand within a word and are none of it: apostrophes, and what [`joins_letters`] tells.
pub(super) fn is_sign_of_word(character: char) -> bool {
    is_apostrophe(character) || is_quote(character) || character == MIDDLE_DOT
}

/// Whether a sign between two characters belongs to their word: a quotation mark that is typed for the sign of Hebrew
/// acronyms, and the dot of Catalan `l·l`.
pub(super) fn joins_letters(before: char, sign: char, after: char) -> bool {
    let is_l = |character: char| matches!(character, 'l' | 'L');
    is_quote(sign) && is_hebrew(before) && is_hebrew(after)
        || sign == MIDDLE_DOT && is_l(before) && is_l(after)
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\u{201C}' | '\u{201D}')
}

fn is_hebrew(character: char) -> bool {
    matches!(character, '\u{05D0}'..='\u{05EA}')
}

pub(super) fn is_dash(character: char) -> bool {
    matches!(
        character,
        '-' | '\u{2010}'
            ..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}'
    )
}

/// Chinese characters: those that the word dictionary may know.
pub(super) fn is_han(character: char) -> bool {
    matches!(character,
        '\u{3005}' | '\u{3007}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

pub(super) fn is_kana(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{309F}' | '\u{30A1}'..='\u{30FF}' | '\u{FF66}'..='\u{FF9F}')
}

/// Tone marks of Thai and Lao, which stand in runs without spaces.
pub(super) fn is_unspaced_decoration(character: char) -> bool {
    is_unspaced(character) && is_decoration(character)
}

fn is_unspaced(character: char) -> bool {
    is_han(character)
        || matches!(character,
            // Hiragana and Katakana with their extensions; NFKC has already widened the half-width forms.
            '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}'
            | '\u{31F0}'..='\u{31FF}'
            // Hangul syllables and letters.
            | '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7AF}'
            // Thai, Lao, Myanmar, Khmer.
            | '\u{0E01}'..='\u{0E3A}' | '\u{0E40}'..='\u{0E4E}' | '\u{0E81}'..='\u{0ECE}'
            | '\u{1000}'..='\u{103F}' | '\u{104C}'..='\u{109F}' | '\u{1780}'..='\u{17D3}')
}

/// Combining marks that are no letters but must not cut a word in two.
fn is_mark(character: char) -> bool {
    is_decoration(character) || unicode_normalization::char::is_combining_mark(character)
}
