use std::borrow::Cow;

use riddle_core::{ascii_digit, is_invisible, simplified};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::script::{is_han, is_unspaced_decoration};

/// A text without what a reader does not see or takes for the same: compatibility forms (NFKC), invisible characters,
/// tone marks of scripts without spaces, digits of other scripts, and traditional Chinese characters, which become
/// simplified.
pub(super) fn normalised(text: &str) -> Cow<'_, str> {
    let composed = composed(text);
    if composed
        .chars()
        .all(|character| replaced(character) == Some(character))
    {
        composed
    } else {
        Cow::Owned(composed.chars().filter_map(replaced).collect())
    }
}

/// As [`normalised`], with Chinese as it is written.
pub(super) fn normalised_as_written(text: &str) -> Cow<'_, str> {
    let composed = composed(text);
    if composed.chars().any(is_invisible) {
        Cow::Owned(composed.chars().filter(|c| !is_invisible(*c)).collect())
    } else {
        composed
    }
}

/// What stands for a character of a composed text; `None` where it says nothing.
pub(super) fn replaced(character: char) -> Option<char> {
    if character.is_ascii() {
        Some(character)
    } else if is_han(character) {
        Some(simplified(character))
    } else if is_invisible(character) || is_unspaced_decoration(character) {
        None
    } else {
        Some(ascii_digit(character).unwrap_or(character))
    }
}

fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    // NFKC makes a space and an accent of a lone acute accent, which people type for an apostrophe.
    let text = if text.contains('\u{B4}') {
        Cow::Owned(text.replace('\u{B4}', "'"))
    } else {
        Cow::Borrowed(text)
    };
    if is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        text
    } else {
        Cow::Owned(text.nfkc().collect())
    }
}
