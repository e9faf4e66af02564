use super::numbers::{Content, content, digit};

/// Longest bracket that may be a citation, in characters.
const MAX_LENGTH: usize = 60;
/// `来源2` without brackets is a citation.
const BARE: [char; 2] = ['来', '源'];
/// Most digits of a citation without brackets; a longer number is a year or an amount.
const MAX_BARE_DIGITS: usize = 2;
/// What makes the number behind `来源` an amount, a date or a fraction.
const UNITS: [char; 14] = [
    '个', '种', '类', '年', '月', '日', '天', '次', '项', '处', '家', '条', '%', '．',
];

/// Text that may become a citation.
pub(super) struct GroupState {
    text: String,
    length: usize,
    depth: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `[1]`, `【1】`, `[[1]]`: citations by their brackets.
    Square,
    /// `(Source 1)`: a citation by its word alone.
    Round,
    /// `来源1`.
    Bare,
}

/// What a character does to a group.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It belongs to the group, which is still open.
    Taken,
    /// The group ends with it.
    Closed,
    /// The group ended before it.
    Over,
}

impl GroupState {
    pub(super) fn opens(character: char) -> bool {
        kind(character).is_some()
    }

    pub(super) fn new(open: char) -> Self {
        Self {
            text: String::from(open),
            length: 1,
            depth: 1,
            kind: kind(open).unwrap_or(Kind::Square),
        }
    }

    /// Takes one more character, unless no citation can have it there.
    pub(super) fn read(&mut self, character: char) -> Step {
        if self.length >= MAX_LENGTH || !self.accepts(character) {
            return Step::Over;
        }
        self.text.push(character);
        self.length += 1;
        match self.kind {
            Kind::Square if is_open(character) => self.depth += 1,
            Kind::Square if is_close(character) => self.depth -= 1,
            Kind::Round if matches!(character, ')' | '）') => self.depth = 0,
            _ => {}
        }
        if self.depth == 0 {
            Step::Closed
        } else {
            Step::Taken
        }
    }

    /// The text as it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether `[1](` would be the label of a link.
    pub(super) fn may_be_label(&self) -> bool {
        self.kind == Kind::Square && self.text.starts_with('[')
    }

    /// What it says, if it is a citation that `next` follows.
    pub(super) fn content(&self, next: Option<char>) -> Option<Content> {
        if self.kind == Kind::Bare {
            let digits = self.text.chars().filter(|c| digit(*c).is_some()).count();
            let counted = next.is_some_and(|c| UNITS.contains(&c));
            let sound = (1..=MAX_BARE_DIGITS).contains(&digits) && !counted;
            return sound.then(|| content(&self.text)).flatten();
        }
        if self.depth > 0 {
            return None;
        }
        let mut inner = self.text.chars();
        inner.next();
        inner.next_back();
        content(inner.as_str()).filter(|content| self.kind == Kind::Square || content.labelled)
    }

    fn accepts(&self, character: char) -> bool {
        match self.kind {
            Kind::Bare => {
                let digits = self.text.chars().any(|c| digit(c).is_some());
                match BARE.get(self.length) {
                    Some(wanted) => character == *wanted,
                    None => {
                        digit(character).is_some()
                            || !digits && matches!(character, ' ' | ':' | '：')
                    }
                }
            }
            Kind::Square => is_open(character) || is_close(character) || is_inner(character),
            Kind::Round => matches!(character, ')' | '）') || is_inner(character),
        }
    }
}

fn kind(open: char) -> Option<Kind> {
    match open {
        '(' | '（' => Some(Kind::Round),
        '来' => Some(Kind::Bare),
        _ => is_open(open).then_some(Kind::Square),
    }
}

fn is_open(character: char) -> bool {
    matches!(character, '[' | '【' | '［' | '〔' | '〖')
}

fn is_close(character: char) -> bool {
    matches!(character, ']' | '】' | '］' | '〕' | '〗')
}

fn is_inner(character: char) -> bool {
    character != '\n'
        && (character.is_alphanumeric() || " ,，、;；&:：.^#_-–—~～†".contains(character))
}
