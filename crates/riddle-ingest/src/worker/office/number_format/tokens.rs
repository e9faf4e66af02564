//! The parts of a format code.

use super::decimal::MAX_DIGITS;

/// Longest format code that is read, in characters; programs allow 255.
const MAX_CODE_CHARACTERS: usize = 512;

/// One part of a format.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token {
    /// Text that is shown as it is.
    Literal(String),
    /// `0`, `#` or `?`.
    Digit(char),
    Point,
    /// Between digits it groups them, after them it divides by 1000.
    Comma,
    Percent,
    Exponent,
    Slash,
    General,
    /// `@`.
    Text,
    /// A unit of the calendar or the clock and how often its letter is there. `M` is a month and `m` a minute.
    Date(char, usize),
    /// A letter that stands for nothing that is known here.
    Unknown(char),
    /// A unit that counts beyond its usual end.
    Elapsed(char, usize),
    /// Before or after noon.
    HalfDay,
    /// Parts of a second, with this many digits.
    Fraction(usize),
}

/// For which numbers a section is.
pub(super) struct Condition {
    pub(super) operator: String,
    pub(super) limit: f64,
}

/// A format for some of the numbers.
#[derive(Default)]
pub(super) struct Section {
    pub(super) tokens: Vec<Token>,
    pub(super) condition: Option<Condition>,
}

/// How many digits a section shows.
#[derive(Default)]
pub(super) struct Digits {
    pub(super) decimals: usize,
    pub(super) least_decimals: usize,
    pub(super) least_integers: usize,
    pub(super) grouped: bool,
    pub(super) thousand_divisions: i32,
    /// Digits of the exponent, if there is one.
    pub(super) exponent: Option<usize>,
}

/// Reads the sections of a format code.
pub(super) fn sections(code: &str) -> Vec<Section> {
    let code: Vec<char> = code.chars().take(MAX_CODE_CHARACTERS).collect();
    let mut sections = vec![Section::default()];
    let mut at = 0;
    while at < code.len() {
        if code[at] == ';' {
            sections.push(Section::default());
            at += 1;
            continue;
        }
        let Some(section) = sections.last_mut() else {
            break;
        };
        at += read_token(&code[at..], section).max(1);
    }
    for section in &mut sections {
        tell_minutes(&mut section.tokens);
        if !section.is_date() {
            show_letters(&mut section.tokens);
        }
    }
    if sections.len() == 1 && sections[0].tokens.is_empty() {
        sections[0].tokens.push(Token::General);
    }
    sections
}

/// Reads one token and returns how many characters it takes.
fn read_token(code: &[char], section: &mut Section) -> usize {
    let first = code[0];
    let tokens = &mut section.tokens;
    let run = code
        .iter()
        .take_while(|other| other.eq_ignore_ascii_case(&first))
        .count();
    match first {
        '"' => {
            let text: String = code[1..].iter().take_while(|c| **c != '"').collect();
            let taken = text.chars().count() + 2;
            tokens.push(Token::Literal(text));
            taken
        }
        '\\' | '!' => {
            tokens.push(Token::Literal(code.get(1).copied().into_iter().collect()));
            2
        }
        '_' => {
            tokens.push(Token::Literal(" ".to_owned()));
            2
        }
        '*' => 2,
        '[' => read_bracket(code, section),
        '0' | '#' | '?' => {
            tokens.push(Token::Digit(first));
            1
        }
        '.' => read_point(code, tokens),
        ',' => push_one(tokens, Token::Comma),
        '%' => push_one(tokens, Token::Percent),
        '/' => push_one(tokens, Token::Slash),
        '@' => push_one(tokens, Token::Text),
        'E' if matches!(code.get(1), Some('+' | '-')) => {
            tokens.push(Token::Exponent);
            2
        }
        _ => read_word(code, run, tokens),
    }
}

fn push_one(tokens: &mut Vec<Token>, token: Token) -> usize {
    tokens.push(token);
    1
}

/// A point, or parts of a second where it follows seconds.
fn read_point(code: &[char], tokens: &mut Vec<Token>) -> usize {
    let zeros = code[1..].iter().take_while(|c| **c == '0').count();
    let seconds = matches!(
        tokens.last(),
        Some(Token::Date('s', _) | Token::Elapsed('s', _))
    );
    if zeros > 0 && seconds {
        tokens.push(Token::Fraction(zeros));
        return zeros + 1;
    }
    push_one(tokens, Token::Point)
}

fn read_word(code: &[char], run: usize, tokens: &mut Vec<Token>) -> usize {
    let begins = |word: &str| {
        let mut letters = code.iter();
        word.chars().all(|letter| {
            letters
                .next()
                .is_some_and(|other| other.eq_ignore_ascii_case(&letter))
        })
    };
    for word in ["AM/PM", "A/P", "上午/下午"] {
        if begins(word) {
            tokens.push(Token::HalfDay);
            return word.chars().count();
        }
    }
    if begins("General") {
        tokens.push(Token::General);
        return 7;
    }
    let unit = code[0].to_ascii_lowercase();
    match unit {
        // `e` is the year too, where no exponent follows.
        'e' => tokens.push(Token::Date('y', 4)),
        // The day of the week, as Chinese and Japanese sheets write it.
        'a' if run >= 3 => tokens.push(Token::Date('d', run.min(4))),
        'a'..='z' if !matches!(unit, 't' | 'z') && !matches!(unit, 'y' | 'm' | 'd' | 'h' | 's') => {
            return push_one(tokens, Token::Unknown(code[0]));
        }
        'y' | 'm' | 'd' | 'h' | 's' => tokens.push(Token::Date(unit, run)),
        _ => return push_one(tokens, Token::Literal(code[0].to_string())),
    }
    run
}

/// Letters of a format that shows no date stand for themselves.
fn show_letters(tokens: &mut [Token]) {
    for token in tokens {
        if let Token::Unknown(letter) = token {
            *token = Token::Literal(letter.to_string());
        }
    }
}

/// A colour, a currency, a condition or elapsed time in brackets.
fn read_bracket(code: &[char], section: &mut Section) -> usize {
    let inner: String = code[1..].iter().take_while(|c| **c != ']').collect();
    let taken = inner.chars().count() + 2;
    if let Some(currency) = inner.strip_prefix('$') {
        let symbol = currency.split('-').next().unwrap_or_default();
        section.tokens.push(Token::Literal(symbol.to_owned()));
        return taken;
    }
    let operator: String = inner.chars().take_while(|c| "<>=".contains(*c)).collect();
    if !operator.is_empty()
        && let Ok(limit) = inner[operator.len()..].trim().parse()
    {
        section.condition = Some(Condition { operator, limit });
        return taken;
    }
    let lower = inner.to_ascii_lowercase();
    if let Some(unit) = lower.chars().next().filter(|unit| "hms".contains(*unit))
        && lower.chars().all(|other| other == unit)
    {
        section
            .tokens
            .push(Token::Elapsed(unit, lower.len().min(MAX_DIGITS)));
    }
    taken
}

/// An `m` is a minute after hours and before seconds, else a month.
fn tell_minutes(tokens: &mut [Token]) {
    let units: Vec<(usize, char)> = tokens
        .iter()
        .enumerate()
        .filter_map(|(index, token)| match token {
            Token::Date(unit, _) | Token::Elapsed(unit, _) => Some((index, *unit)),
            _ => None,
        })
        .collect();
    for (place, (index, _)) in units.iter().enumerate() {
        let after_hour = place > 0 && units[place - 1].1 == 'h';
        let before_second = units.get(place + 1).is_some_and(|(_, unit)| *unit == 's');
        if let Some(Token::Date(unit @ 'm', width)) = tokens.get_mut(*index)
            && (*width > 2 || !(after_hour || before_second))
        {
            *unit = 'M';
        }
    }
}

impl Section {
    /// Whether it shows a date or a time.
    pub(super) fn is_date(&self) -> bool {
        self.tokens.iter().any(|token| match token {
            // Years of an era.
            Token::Unknown(letter) => matches!(letter, 'g' | 'G' | 'b' | 'B'),
            token => matches!(token, Token::Date(..) | Token::Elapsed(..)),
        })
    }

    /// Whether a date has letters that nothing is shown for. That of an era may be left out where the year is there.
    pub(super) fn has_unknown_letters(&self) -> bool {
        let has_year = self
            .tokens
            .iter()
            .any(|token| matches!(token, Token::Date('y', _)));
        self.tokens.iter().any(|token| match token {
            Token::Unknown('g' | 'G') => !has_year,
            token => matches!(token, Token::Unknown(_)),
        })
    }

    /// Whether it has a place for digits.
    pub(super) fn shows_digits(&self) -> bool {
        self.tokens
            .iter()
            .any(|token| matches!(token, Token::Digit(_)))
    }

    /// How often a token is there.
    pub(super) fn count(&self, wanted: &Token) -> i32 {
        let count = self.tokens.iter().filter(|token| *token == wanted).count();
        i32::try_from(count.min(5)).unwrap_or_default()
    }

    /// The largest denominator, where the section shows a fraction.
    pub(super) fn denominator(&self) -> Option<u32> {
        let slash = self
            .tokens
            .iter()
            .position(|token| *token == Token::Slash)?;
        let digits = |tokens: &[Token]| {
            tokens
                .iter()
                .filter(|token| matches!(token, Token::Digit(_)))
                .count()
        };
        let (before, after) = self.tokens.split_at(slash);
        let width = digits(after).min(3);
        (digits(before) > 0 && width > 0).then(|| 10_u32.pow(width as u32) - 1)
    }

    /// Counts its digits.
    pub(super) fn digits(&self) -> Digits {
        let mut digits = Digits::default();
        let mut after_point = false;
        let mut commas = 0;
        for token in &self.tokens {
            match token {
                Token::Digit(kind) => {
                    if let Some(exponent) = &mut digits.exponent {
                        *exponent = (*exponent + 1).min(MAX_DIGITS);
                        continue;
                    }
                    digits.grouped |= commas > 0 && !after_point;
                    commas = 0;
                    let least = usize::from(*kind == '0');
                    if after_point {
                        digits.decimals = (digits.decimals + 1).min(MAX_DIGITS);
                        if least == 1 {
                            digits.least_decimals = digits.decimals;
                        }
                    } else {
                        digits.least_integers = (digits.least_integers + least).min(MAX_DIGITS);
                    }
                }
                Token::Point => after_point = true,
                Token::Comma => commas += 1,
                Token::Exponent => digits.exponent = Some(0),
                _ => {}
            }
        }
        digits.thousand_divisions = commas.min(8);
        digits
    }

    /// Whether text stands between its digits, as in numbers of telephones.
    pub(super) fn spreads_digits(&self) -> bool {
        let is_digit = |token: &Token| matches!(token, Token::Digit(_));
        let first = self.tokens.iter().position(is_digit);
        let last = self.tokens.iter().rposition(is_digit);
        let (Some(first), Some(last)) = (first, last) else {
            return false;
        };
        let between = &self.tokens[first..=last];
        let plain = |token: &Token| matches!(token, Token::Digit(_) | Token::Literal(_));
        between.iter().all(plain) && !between.iter().all(is_digit)
    }

    /// Shows the digits of a whole number in their places.
    pub(super) fn push_spread(&self, shown: &mut String, number: &str) {
        let is_digit = |token: &&Token| matches!(token, Token::Digit(_));
        let places = self.tokens.iter().filter(is_digit).count();
        let padded = format!("{number:0>places$}");
        let surplus = padded.len() - places;
        let mut rest = padded.chars();
        let mut first = true;
        for token in &self.tokens {
            match token {
                Token::Literal(text) => shown.push_str(text),
                Token::Digit(_) => {
                    let count = if first { surplus + 1 } else { 1 };
                    first = false;
                    shown.extend(rest.by_ref().take(count));
                }
                _ => {}
            }
        }
    }
}
