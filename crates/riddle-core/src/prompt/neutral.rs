//! Keeps text of documents and users from being read as marks of the prompt.

/// Names of tags that mean something to the prompt or to a chat template, without the angle brackets.
const RESERVED: [&str; 13] = [
    "conversation",
    "source",
    "sources",
    "think",
    "s",
    "bos",
    "eos",
    "start_of_turn",
    "end_of_turn",
    "tool_call",
    "tool_response",
    "system",
    "assistant",
];
/// Longest attribute value, in characters.
const MAX_ATTRIBUTE: usize = 160;

/// Replaces the angle brackets of a reserved tag or a control token by look-alikes without a meaning.
pub(super) fn neutral_text(text: &str) -> String {
    let mut neutral = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let after = &text[at + character.len_utf8()..];
        let replaced = match character {
            '<' | '＜' if opens_reserved(after) => '‹',
            '>' | '＞' if neutral.ends_with(['|', '｜']) => '›',
            other => other,
        };
        neutral.push(replaced);
    }
    neutral
}

/// Text for a quoted attribute: one line, no quotes, no angle brackets, bounded.
pub(super) fn neutral_attribute(text: &str) -> String {
    text.chars()
        .take(MAX_ATTRIBUTE)
        .map(|character| match character {
            '"' => '\'',
            '<' | '＜' => '‹',
            '>' | '＞' => '›',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

fn opens_reserved(after: &str) -> bool {
    let mut rest = after.chars().filter(|c| !is_invisible(*c)).map(fold);
    let mut name = String::new();
    let mut first = rest.find(|c| !c.is_whitespace());
    if first == Some('|') {
        return true;
    }
    if first == Some('/') {
        first = rest.find(|c| !c.is_whitespace());
    }
    let mut next = first;
    while let Some(character) = next.filter(|c| c.is_alphanumeric() || *c == '_') {
        if name.len() > MAX_NAME {
            return false;
        }
        name.push(character);
        next = rest.next();
    }
    RESERVED.contains(&name.as_str())
}

/// Longer than any reserved name.
const MAX_NAME: usize = 32;

/// Full-width characters as their usual ones, letters in lower case.
fn fold(character: char) -> char {
    let code = u32::from(character);
    let narrow = match code {
        0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(character),
        _ => character,
    };
    narrow.to_ascii_lowercase()
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
        | '\u{ad}' | '\u{fe00}'..='\u{fe0f}')
}
