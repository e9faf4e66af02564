//! Signs between citations, which go where a citation that they separate is removed.

/// Whether a sign separates the members of a list.
pub(super) fn is_separator(character: char) -> bool {
    matches!(character, ',' | '，' | '、' | ';' | '；')
}
