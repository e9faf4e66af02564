use super::circled::circled_number;
use super::named::named;
use super::numbers::{Content, content, digit};
use super::raised::raised_digit;
use super::tag;

/// Longest bracket that may be a citation, in characters.
const MAX_LENGTH: usize = 60;
/// The same where it may hold the names of documents.
const MAX_NAMED_LENGTH: usize = 200;
/// The same of an element of HTML, which may hold an address.
const MAX_TAG_LENGTH: usize = 300;
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
    /// `{{source: 1}}`: a citation by its word alone.
    Curly,
    /// `\[1\]`, as Markdown writes brackets that are none of a link.
    Escaped,
    /// `##1$$`, as RAGFlow asks for them.
    Dollars,
    /// `(Source 1)`: a citation by its word alone.
    Round,
    /// `来源1`.
    Bare,
    /// `<sup>1</sup>`.
    Tag,
    /// `①`.
    Circled,
    /// `¹`.
    Raised,
}

/// What a group must look around for before it is a citation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing, or what bare numbers in brackets must.
    Brackets,
    /// Whether a number in a circle counts a list.
    Circled,
    /// Whether a raised digit is a mark behind a word.
    RaisedDigit,
    /// Whether a raised number is a power.
    RaisedTag,
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
        let longest = match self.kind {
            Kind::Tag => MAX_TAG_LENGTH,
            _ if self.length >= MAX_LENGTH && self.has_name() => MAX_NAMED_LENGTH,
            _ => MAX_LENGTH,
        };
        if self.length >= longest || !self.accepts(character) {
            return Step::Over;
        }
        self.text.push(character);
        self.length += 1;
        match self.kind {
            Kind::Square if is_open(character) => self.depth += 1,
            Kind::Square if is_close(character) => self.depth -= 1,
            Kind::Curly if character == '{' => self.depth += 1,
            Kind::Curly if character == '}' => self.depth -= 1,
            Kind::Round if matches!(character, ')' | '）') => self.depth = 0,
            Kind::Tag if tag::is_closed(&self.text) => self.depth = 0,
            Kind::Escaped if self.text.ends_with("\\]") => self.depth = 0,
            Kind::Dollars if self.text.ends_with("$$") => self.depth = 0,
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

    /// Whether `(` behind it would begin the address of a link.
    pub(super) fn may_be_label(&self) -> bool {
        self.kind == Kind::Square
    }

    /// What tells whether it is a citation.
    pub(super) fn form(&self) -> Form {
        match self.kind {
            Kind::Circled => Form::Circled,
            Kind::Raised => Form::RaisedDigit,
            Kind::Tag if tag::is_raised(&self.text) => Form::RaisedTag,
            _ => Form::Brackets,
        }
    }

    /// The words between the tags of an element that names a source, and that source: `<cite id="1">at noon</cite>`.
    pub(super) fn wrapped(&self) -> Option<(String, Content)> {
        let is_whole = self.kind == Kind::Tag && self.depth == 0;
        let (words, source) = is_whole.then(|| tag::wrapped(&self.text)).flatten()?;
        Some((words, content(source)?))
    }

    /// What it says, if it is a citation that `next` follows.
    pub(super) fn content(&self, next: Option<char>) -> Option<Content> {
        if self.kind == Kind::Bare {
            let digits = self.text.chars().filter(|c| digit(*c).is_some()).count();
            let counted = next.is_some_and(|c| UNITS.contains(&c));
            let sound = (1..=MAX_BARE_DIGITS).contains(&digits) && !counted;
            return sound.then(|| content(&self.text)).flatten();
        }
        if matches!(self.kind, Kind::Circled | Kind::Raised) {
            return content(&self.text);
        }
        if self.depth > 0 {
            return None;
        }
        match self.kind {
            Kind::Tag => return content(&tag::shown(&self.text)),
            Kind::Escaped => return content(self.text.trim_matches(['\\', '[', ']'])),
            Kind::Dollars => return content(self.text.trim_matches(['#', '$'])),
            _ => {}
        }
        if self.kind == Kind::Curly {
            return content(self.text.trim_matches(['{', '}'])).filter(|content| content.labelled);
        }
        let mut inner = self.text.chars();
        inner.next();
        inner.next_back();
        content(inner.as_str()).filter(|content| self.kind == Kind::Square || content.labelled)
    }

    fn has_name(&self) -> bool {
        let mut inner = self.text.chars();
        inner.next();
        matches!(self.kind, Kind::Square | Kind::Round) && named(inner.as_str()).is_some()
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
            Kind::Square => {
                let is_bracket = is_open(character) || is_close(character);
                is_bracket || "()（）".contains(character) || is_inner(character)
            }
            Kind::Curly => matches!(character, '{' | '}') || is_inner(character),
            Kind::Round => matches!(character, ')' | '）') || is_inner(character),
            Kind::Escaped if self.length == 1 => character == '[',
            Kind::Escaped => matches!(character, '\\' | ']') || is_inner(character),
            Kind::Dollars => self.accepts_in_dollars(character),
            Kind::Tag => {
                let named = self.text.contains([' ', '>']);
                let is_part = !matches!(character, '\n' | '`');
                is_part && (named || tag::may_begin(&format!("{}{character}", self.text)))
            }
            Kind::Circled => false,
            Kind::Raised => raised_digit(character).is_some(),
        }
    }

    /// Two signs, then digits, then two more signs.
    fn accepts_in_dollars(&self, character: char) -> bool {
        let has_digit = self.text.ends_with(|c: char| c.is_ascii_digit());
        match character {
            '#' => self.length == 1,
            '$' => has_digit || self.text.ends_with('$'),
            _ => character.is_ascii_digit() && self.length > 1 && !self.text.ends_with('$'),
        }
    }
}

fn kind(open: char) -> Option<Kind> {
    match open {
        '(' | '（' => Some(Kind::Round),
        '{' => Some(Kind::Curly),
        '来' => Some(Kind::Bare),
        '<' => Some(Kind::Tag),
        '\\' => Some(Kind::Escaped),
        '#' => Some(Kind::Dollars),
        _ if circled_number(open).is_some() => Some(Kind::Circled),
        _ if raised_digit(open).is_some() => Some(Kind::Raised),
        _ => is_open(open).then_some(Kind::Square),
    }
}

fn is_open(character: char) -> bool {
    matches!(character, '[' | '【' | '［' | '〔' | '〖' | '⟦')
}

fn is_close(character: char) -> bool {
    matches!(character, ']' | '】' | '］' | '〕' | '〗' | '⟧')
}

fn is_inner(character: char) -> bool {
    character != '\n'
        && (character.is_alphanumeric()
            || " ,，、;；&:：.^#_-–—~～†/'’\"“”‘«»《》「」›+@!=".contains(character))
}
