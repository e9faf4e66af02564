use super::circled::circled_number;
use super::named::{Named, is_file, named};
use super::raised::raised_digit;
use crate::text::folding::simplified;

/// How far the end of a range such as `[1-3]` may be above its start; a longer one is no citation.
const MAX_RANGE: u32 = 20;
/// Words that models put before a number: what they call a source.
const LABELS: [&str; 39] = [
    "source",
    "sources",
    "src",
    "passage",
    "passages",
    "citation",
    "citations",
    "cite",
    "document",
    "documents",
    "doc",
    "docs",
    "reference",
    "references",
    "ref",
    "refs",
    "context",
    "excerpt",
    "chunk",
    "quelle",
    "quellen",
    "fuente",
    "fuentes",
    "fonte",
    "источник",
    "출처",
    "출전",
    "原文",
    "出典",
    "文件",
    "来源",
    "资料",
    "文档",
    "引用",
    "参考",
    "段落",
    "文献",
    "片段",
    "出处",
];
/// Labels of a mark that names no source.
const SPAN_LABELS: [&str; 2] = ["cite", "citation"];
/// Words that may stand beside a label and say nothing.
const FILLERS: [&str; 18] = [
    "see", "from", "per", "number", "no", "nr", "and", "or", "id", "siehe", "und", "oder", "y",
    "et", "参见", "见", "第", "和",
];
/// Words between the ends of a range.
const RANGE_WORDS: [&str; 4] = ["to", "through", "至", "到"];

/// Words behind which a number is a page, and not a source.
const PAGE_WORDS: [&str; 9] = ["p", "pp", "page", "pages", "seite", "s", "pág", "стр", "页"];

/// What is between the brackets of a citation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Content {
    /// The numbers in order. One that does not fit 32 bits is 0, which names no source.
    pub(super) numbers: Vec<u32>,
    /// Whether a word such as `Source` says that they are citations.
    pub(super) labelled: bool,
    /// Whether a number is written as `S1`, which may be a name of something else.
    pub(super) is_short: bool,
    /// What is named instead of numbers.
    pub(super) named: Option<Named>,
}

impl Content {
    /// A label alone, which is none of the answer and names no source.
    fn nothing() -> Self {
        Self {
            numbers: Vec::new(),
            labelled: true,
            is_short: false,
            named: None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Start,
    Separator,
    Number,
    Word,
    Dash,
}

/// Reads the inside of a bracket; `None` if it is no citation.
pub(super) fn content(inner: &str) -> Option<Content> {
    let by_name = || {
        named(inner).map(|named| Content {
            numbers: Vec::new(),
            labelled: true,
            is_short: false,
            named: Some(named),
        })
    };
    is_span_mark(inner)
        .then(Content::nothing)
        .or_else(|| numbered(inner))
        .or_else(|| number_and_file(inner))
        .or_else(by_name)
}

/// `cite_start` and the like: a model that was taught so marks where the words begin that a citation behind them is
/// for.
fn is_span_mark(inner: &str) -> bool {
    let mut words = inner.trim().split(['_', ' ', '-']);
    let is_label = words.next().is_some_and(|word| SPAN_LABELS.contains(&word));
    is_label && matches!((words.next(), words.next()), (Some("start" | "end"), None))
}

/// `1: handbook.md`. Without a source of that number it is something else, such as a line of a file.
fn number_and_file(inner: &str) -> Option<Content> {
    let (number, name) = inner.split_once([':', '：'])?;
    let number = number.trim();
    let is_number = !number.is_empty() && number.chars().all(|c| digit(c).is_some());
    (is_number && is_file(name)).then(|| Content {
        numbers: vec![parse_number(number)],
        labelled: false,
        is_short: true,
        named: None,
    })
}

fn numbered(inner: &str) -> Option<Content> {
    // `【4:0†source】`: what is behind the dagger describes, and the number behind the colon is a place in the source.
    let (inner, is_dagger) = match inner.split_once('†') {
        Some((before, _)) => (before.split(':').next().unwrap_or(before), true),
        None => (inner, false),
    };
    let mut reader = Reader {
        numbers: Vec::new(),
        labelled: is_dagger,
        last: Last::Start,
        range: false,
        page: false,
        described: false,
        short: false,
    };
    let mut rest = inner;
    while let Some(first) = rest.chars().next() {
        let length = run_length(rest, first);
        let (piece, after) = rest.split_at(length);
        if piece == "S" && reader.may_begin() && after.starts_with(|c: char| c.is_ascii_digit()) {
            reader.short = true;
        } else {
            reader.read(piece, first)?;
        }
        rest = after;
    }
    let complete = reader.last != Last::Dash && !reader.range && !reader.numbers.is_empty();
    complete.then_some(Content {
        numbers: reader.numbers,
        labelled: reader.labelled,
        is_short: reader.short,
        named: None,
    })
}

/// Bytes of the run of digits or letters that the text begins with; one character for anything else.
fn run_length(text: &str, first: char) -> usize {
    let same = |c: char| {
        if digit(first).is_some() {
            digit(c).is_some()
        } else {
            first.is_alphabetic() && c.is_alphabetic()
        }
    };
    text.find(|c| !same(c))
        .unwrap_or(text.len())
        .max(first.len_utf8())
}

struct Reader {
    numbers: Vec<u32>,
    labelled: bool,
    last: Last,
    /// The next number ends a range.
    range: bool,
    /// The next number is a page.
    page: bool,
    /// What follows describes the source, such as its name.
    described: bool,
    /// A number was written as `S1`.
    short: bool,
}

impl Reader {
    /// Whether `S1` may begin here: not behind another number, where it is a page of German.
    fn may_begin(&self) -> bool {
        let is_first = self.numbers.is_empty() || self.short;
        is_first && matches!(self.last, Last::Start | Last::Separator | Last::Word) && !self.page
    }

    fn read(&mut self, piece: &str, first: char) -> Option<()> {
        if self.described {
            return Some(());
        }
        if digit(first).is_some() {
            return self.number(parse_number(piece));
        }
        if let Some(number) = circled_number(first) {
            return self.number(number);
        }
        if first.is_alphabetic() {
            return self.word(&piece.to_lowercase());
        }
        match first {
            ' ' | '^' => {}
            ',' | '，' | '、' | ';' | '；' | '&' if self.last != Last::Dash => {
                self.last = Last::Separator;
            }
            '[' | ']' | '【' | '】' | '［' | '］' if self.last != Last::Dash => {
                self.last = Last::Separator;
            }
            ':' | '：' | '.' | '_' | '#' if matches!(self.last, Last::Word | Last::Start) => {}
            ':' | '：' if self.labelled && self.last == Last::Number => {
                self.last = Last::Separator
            }
            '#' if self.last == Last::Separator => {}
            '-' | '–' | '—' | '~' | '～' if self.last == Last::Number => {
                self.last = Last::Dash;
                self.range = true;
            }
            '-' if self.last == Last::Word => {}
            '=' if self.labelled && self.last == Last::Word => {}
            '"' if self.labelled && matches!(self.last, Last::Word | Last::Number) => {}
            // A name in parentheses.
            '(' | '（' if self.labelled && self.last == Last::Number => self.described = true,
            // A name in quotes.
            '"' | '“' | '《' if self.labelled && self.last == Last::Separator => {
                self.described = !self.numbers.is_empty();
                self.described.then_some(())?;
            }
            _ => return None,
        }
        Some(())
    }

    fn number(&mut self, number: u32) -> Option<()> {
        if std::mem::take(&mut self.page) {
            self.described = true;
            return Some(());
        }
        if self.range {
            let from = *self.numbers.last()?;
            if from > number || number - from > MAX_RANGE {
                return None;
            }
            self.numbers.extend(from + 1..=number);
            self.range = false;
        } else {
            self.numbers.push(number);
        }
        self.last = Last::Number;
        Some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        if RANGE_WORDS.contains(&word) && self.last == Last::Number {
            self.range = true;
        } else if self.last == Last::Separator && PAGE_WORDS.contains(&word) {
            self.page = true;
        } else {
            match is_label(word) {
                Some(label) => self.labelled |= label,
                None if self.labelled && matches!(self.last, Last::Separator | Last::Dash) => {
                    self.described = !self.numbers.is_empty();
                    self.described.then_some(())?;
                    (self.last, self.range) = (Last::Separator, false);
                    return Some(());
                }
                None => return None,
            }
        }
        self.last = Last::Word;
        Some(())
    }
}

/// Whether a word is a label or says nothing; `None` for any other. Chinese words follow each other without spaces.
pub(super) fn is_label(word: &str) -> Option<bool> {
    let word: String = word.chars().map(simplified).collect();
    let word = word.as_str();
    if LABELS.contains(&word) {
        return Some(true);
    }
    if FILLERS.contains(&word) {
        return Some(false);
    }
    let mut rest = word;
    let mut labelled = false;
    while !rest.is_empty() {
        let label = LABELS.iter().find_map(|label| rest.strip_prefix(label));
        let filler = || FILLERS.iter().find_map(|filler| rest.strip_prefix(filler));
        labelled |= label.is_some();
        rest = label.or_else(filler).filter(|_| !word.is_ascii())?;
    }
    Some(labelled)
}

fn parse_number(digits: &str) -> u32 {
    digits
        .chars()
        .try_fold(0_u32, |value, character| {
            value.checked_mul(10)?.checked_add(digit(character)?)
        })
        .unwrap_or(0)
}

pub(super) fn digit(character: char) -> Option<u32> {
    match character {
        '0'..='9' => Some(u32::from(character) - u32::from('0')),
        '０'..='９' => Some(u32::from(character) - u32::from('０')),
        _ => raised_digit(character),
    }
}
