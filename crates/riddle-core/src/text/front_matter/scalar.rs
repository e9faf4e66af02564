//! A single text, number or truth value.

use std::str::CharIndices;

use crate::domain::metadata::MetadataValue;

/// A single value as it is written, without its quotes.
pub(super) struct Scalar {
    pub(super) text: String,
    is_quoted: bool,
}

impl Scalar {
    pub(super) fn quoted(text: String) -> Self {
        Self {
            text,
            is_quoted: true,
        }
    }

    /// Words without quotes, which may go on over several lines, without comments; `None` for what begins with a sign
    /// that means something else.
    pub(super) fn plain(lines: &[&str]) -> Option<Self> {
        let words = lines.iter().map(|line| without_comment(line));
        let text = words.collect::<Vec<_>>().join(" ");
        let is_other =
            text.starts_with(['[', ']', '{', '}', '&', '*', '!', '|', '>', '%', '@', '`']);
        (!is_other).then_some(Self {
            text,
            is_quoted: false,
        })
    }

    /// Whether it says that there is nothing.
    pub(super) fn is_null(&self) -> bool {
        !self.is_quoted && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    pub(super) fn into_metadata(self) -> Option<MetadataValue> {
        if self.is_null() {
            return None;
        }
        if self.is_quoted {
            return Some(MetadataValue::Text(self.text));
        }
        Some(match self.text.as_str() {
            "true" | "True" | "TRUE" => MetadataValue::Bool(true),
            "false" | "False" | "FALSE" => MetadataValue::Bool(false),
            text => match number(text) {
                Some(number) => MetadataValue::Number(number),
                None => MetadataValue::Text(self.text),
            },
        })
    }
}

/// A number in decimal. One that begins with a zero, such as a postal code, is a text.
fn number(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['+', '-']);
    let is_code = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if is_code || !text.chars().all(|sign| "+-.eE0123456789".contains(sign)) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Whether a line is a field of its own.
pub(super) fn is_pair(line: &str) -> bool {
    let line = without_comment(line);
    line.contains(": ") || line.ends_with(':')
}

fn without_comment(line: &str) -> &str {
    match line.starts_with('#') {
        true => "",
        false => line.split(" #").next().unwrap_or(line).trim(),
    }
}

/// Whether a bracket ends the line, but for a comment.
pub(super) fn is_list_end(line: &str) -> bool {
    let mut quote = None;
    let mut last = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match quote {
            None if character == '#' => break,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            Some('"') if character == '\\' => {
                characters.next();
            }
            Some(open) if character == open => quote = None,
            _ => {}
        }
        if !character.is_whitespace() {
            last = Some(character);
        }
    }
    last == Some(']')
}

/// The text behind blanks, ends of lines and comments.
pub(super) fn skip_blanks(text: &str) -> &str {
    let mut rest = text.trim_start();
    while rest.starts_with('#') {
        rest = rest.find('\n').map_or("", |end| rest[end..].trim_start());
    }
    rest
}

/// A text that begins with a quote, and what follows it; `None` where the quote does not end.
pub(super) fn quoted(text: &str) -> Option<(Scalar, &str)> {
    let mut characters = text.char_indices();
    let (_, quote) = characters.next()?;
    let mut said = String::new();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' if quote == '\'' && text[at + 1..].starts_with('\'') => {
                characters.next();
                said.push('\'');
            }
            _ if character == quote => return Some((Scalar::quoted(said), &text[at + 1..])),
            '\\' if quote == '"' => said.push(escaped(&mut characters)?),
            '\n' => said.push(' '),
            _ => said.push(character),
        }
    }
    None
}

fn escaped(characters: &mut CharIndices<'_>) -> Option<char> {
    let digits = match characters.next()?.1 {
        'n' => return Some('\n'),
        't' => return Some('\t'),
        sign @ ('"' | '\\' | '/' | ' ') => return Some(sign),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return None,
    };
    let mut code = 0_u32;
    for _ in 0..digits {
        let digit = characters.next()?.1.to_digit(16)?;
        code = code.checked_mul(16)?.checked_add(digit)?;
    }
    char::from_u32(code).filter(|character| !character.is_control())
}
