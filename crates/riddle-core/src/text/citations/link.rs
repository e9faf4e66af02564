/// Longest address of a link, in characters.
const MAX_LENGTH: usize = 500;

/// What stands in parentheses behind a citation that is written as a link, such as `[2](handbook.md)`.
pub(super) struct LinkTarget {
    text: String,
    length: usize,
    depth: usize,
}

/// What a character does to the address of a link.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkStep {
    /// It belongs to it.
    Taken,
    /// It ends it.
    Closed,
    /// No address can have it: what was read is text.
    Over,
}

impl LinkTarget {
    /// Before its first parenthesis.
    pub(super) fn new() -> Self {
        Self {
            text: String::new(),
            length: 0,
            depth: 0,
        }
    }

    pub(super) fn read(&mut self, character: char) -> LinkStep {
        if self.length >= MAX_LENGTH || matches!(character, '\n' | '`') {
            return LinkStep::Over;
        }
        self.text.push(character);
        self.length += 1;
        match character {
            '(' => self.depth += 1,
            ')' => self.depth -= 1,
            _ => {}
        }
        if self.depth == 0 {
            LinkStep::Closed
        } else {
            LinkStep::Taken
        }
    }

    /// What was read.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether all of it is an address, with a title in quotes or without, and no remark of the writer.
    pub(super) fn is_address(&self) -> bool {
        let inner = self.text.strip_prefix('(');
        let Some(inner) = inner.and_then(|inner| inner.strip_suffix(')')) else {
            return false;
        };
        let inner = inner.trim();
        match inner.split_once(char::is_whitespace) {
            None => !inner.is_empty(),
            Some((_, title)) => inner.starts_with('<') || title.trim().starts_with(['"', '\'']),
        }
    }
}
