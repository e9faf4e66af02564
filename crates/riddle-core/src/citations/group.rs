/// Longest bracket that may be a citation, in characters.
const MAX_LENGTH: usize = 40;
/// How far the end of a range such as `[1-3]` may be above its start; a longer one is no citation.
const MAX_RANGE: u32 = 20;
/// Words that models put before the number.
const LABELS: [&str; 6] = ["sources", "source", "来源", "资料", "文档", "^"];

/// A bracket that may become a citation.
pub(super) struct GroupState {
    text: String,
    length: usize,
    close: char,
}

/// The numbers of a citation, in order.
pub(super) struct Numbers(pub(super) Vec<u32>);

impl GroupState {
    pub(super) fn opens(character: char) -> bool {
        closing(character).is_some()
    }

    pub(super) fn new(open: char) -> Self {
        Self {
            text: String::from(open),
            length: 1,
            close: closing(open).unwrap_or(']'),
        }
    }

    pub(super) fn closes(&self, character: char) -> bool {
        character == self.close
    }

    /// Takes one more character; refuses one that no citation can have.
    pub(super) fn accept(&mut self, character: char) -> bool {
        let possible = self.length < MAX_LENGTH && may_stand_in_citation(character);
        if possible {
            self.text.push(character);
            self.length += 1;
        }
        possible
    }

    pub(super) fn close(&mut self) {
        self.text.push(self.close);
    }

    /// The bracket as it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The numbers in the closed bracket; `None` if it is no citation. A number that does not fit becomes 0, which
    /// names no source.
    pub(super) fn numbers(&self) -> Option<Numbers> {
        let mut inner = self.text.chars();
        inner.next();
        inner.next_back();
        let inner = inner.as_str().trim().to_lowercase();
        let unlabelled = LABELS
            .iter()
            .find_map(|label| inner.strip_prefix(label))
            .unwrap_or(&inner);
        let mut numbers = Vec::new();
        for part in unlabelled
            .split(|c: char| is_separator(c) || c.is_whitespace())
            .filter(|part| !part.is_empty())
        {
            push_part(part, &mut numbers)?;
        }
        (!numbers.is_empty()).then_some(Numbers(numbers))
    }
}

fn push_part(part: &str, numbers: &mut Vec<u32>) -> Option<()> {
    if let Some(number) = parse_number(part) {
        numbers.push(number);
        return Some(());
    }
    let (from, to) = part.split_once(is_dash)?;
    let (from, to) = (parse_number(from)?, parse_number(to)?);
    if from > to || to - from > MAX_RANGE {
        return None;
    }
    numbers.extend(from..=to);
    Some(())
}

fn parse_number(text: &str) -> Option<u32> {
    let mut value: u32 = 0;
    for character in text.chars() {
        value = value
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(digit(character)?))
            .or_else(|| digit(character).map(|_| 0))?;
    }
    (!text.is_empty()).then_some(value)
}

fn digit(character: char) -> Option<u32> {
    match character {
        '0'..='9' => Some(u32::from(character) - u32::from('0')),
        '０'..='９' => Some(u32::from(character) - u32::from('０')),
        _ => None,
    }
}

fn may_stand_in_citation(character: char) -> bool {
    digit(character).is_some()
        || is_separator(character)
        || is_dash(character)
        || matches!(
            character,
            ' ' | '^' | '来' | '源' | '资' | '料' | '文' | '档'
        )
        || character.is_ascii_alphabetic()
}

fn is_separator(character: char) -> bool {
    matches!(character, ',' | '，' | '、' | ';' | '；')
}

fn is_dash(character: char) -> bool {
    matches!(character, '-' | '–' | '~' | '～')
}

fn closing(open: char) -> Option<char> {
    match open {
        '[' => Some(']'),
        '【' => Some('】'),
        '［' => Some('］'),
        _ => None,
    }
}
