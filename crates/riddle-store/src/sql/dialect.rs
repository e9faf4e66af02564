//! What PostgreSQL reads otherwise than SQLite. All else is written so that both read it, and functions of SQLite that
//! PostgreSQL lacks are part of its schema (`migrations/postgres`).

use std::borrow::Cow;

/// A statement as PostgreSQL reads it: values are `$1` instead of `?` or `?1`, and joins that SQLite is told to keep in
/// their order are joins, all of which PostgreSQL keeps so (`postgres.rs`).
pub(crate) fn for_postgres(sql: &str) -> String {
    let sql = sql.replace("CROSS JOIN", "JOIN");
    let mut translated = String::with_capacity(sql.len() + 16);
    let mut in_text = false;
    let mut next = 1_usize;
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        in_text ^= c == '\'';
        if c != '?' || in_text {
            translated.push(c);
            continue;
        }
        translated.push('$');
        if !rest.peek().is_some_and(char::is_ascii_digit) {
            translated.push_str(&next.to_string());
            next += 1;
        }
    }
    translated
}

/// A text as PostgreSQL keeps it: it has no place for U+0000, which SQLite keeps.
pub(crate) fn without_nul(text: &str) -> Cow<'_, str> {
    match text.contains('\0') {
        true => Cow::Owned(text.replace('\0', "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_and_texts_stay() {
        for (sql, expected) in [
            ("SELECT ? + ?", "SELECT $1 + $2"),
            ("SELECT ?2, '?', ?10", "SELECT $2, '?', $10"),
            ("a CROSS JOIN b ON c = ?", "a JOIN b ON c = $1"),
        ] {
            assert_eq!(for_postgres(sql), expected);
        }
    }

    #[test]
    fn a_text_without_nul_is_not_copied() {
        assert!(matches!(without_nul("a"), Cow::Borrowed("a")));
        assert_eq!(without_nul("a\0b"), "a\u{fffd}b");
    }
}
