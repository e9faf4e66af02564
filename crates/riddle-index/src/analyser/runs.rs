use std::ops::Range;

use super::script::{
    ARABIC_COMMA, ARABIC_DECIMAL, ARABIC_GROUPING, Class, class_of, is_dash, joins_letters,
};

/// Most runs that are taken together. What is longer is no number, name or date.
const LONGEST_CHAIN: usize = 10;

/// A piece of a text that is analysed as a whole.
#[derive(PartialEq, Debug)]
pub(super) enum Unit {
    /// Runs of word characters, by bytes, that what stands between them may make one: `V.P.N.`, `AB-12`, `1 250 000`.
    Words(Vec<Range<usize>>),
    /// A run of a script without spaces.
    Unspaced(Range<usize>),
}

/// Gives the units of a text in order.
pub(super) fn for_each_unit(text: &str, sink: &mut dyn FnMut(&Unit)) {
    let mut chain: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let class = class_of(first);
        let end = at + run_end(&text[at..], class);
        if matches!(class, Class::Word | Class::Unspaced) {
            let joined = class == Class::Word && continues(text, &chain, at..end);
            if !joined && !chain.is_empty() {
                chain = flush(chain, sink);
            }
            if class == Class::Word {
                chain.push(at..end);
            } else {
                sink(&Unit::Unspaced(at..end));
            }
        }
        at = end;
    }
    if !chain.is_empty() {
        flush(chain, sink);
    }
}

/// Hands the chain over and gives its memory back.
fn flush(chain: Vec<Range<usize>>, sink: &mut dyn FnMut(&Unit)) -> Vec<Range<usize>> {
    let unit = Unit::Words(chain);
    sink(&unit);
    let Unit::Words(mut chain) = unit else {
        return Vec::new();
    };
    chain.clear();
    chain
}

fn continues(text: &str, chain: &[Range<usize>], next: Range<usize>) -> bool {
    let Some(last) = chain.last() else {
        return false;
    };
    if chain.len() >= LONGEST_CHAIN {
        return false;
    }
    // Most often the gap is a space before a letter: nothing else is looked at then.
    let gap = &text[last.end..next.start];
    let (before, after) = (&text[last.clone()], &text[next]);
    let digits = ends_in_digit(before) && begins_with_digit(after);
    let mut characters = gap.chars();
    match (characters.next(), characters.next()) {
        (Some('.'), None) => {
            digits
                || (is_single_letter(before) && is_single_letter(after))
                || is_of_device(before, after, 4)
        }
        (Some(dash), None) if is_dash(dash) => true,
        (Some(':'), None) => digits || is_of_device(before, after, 2),
        (Some('/' | ',' | ARABIC_GROUPING | ARABIC_DECIMAL | ARABIC_COMMA), None) => digits,
        (Some(space), None) => {
            let begins_name = begins_account(before) || begins_order_number(before);
            let begins = all_digits(before) || (chain.len() == 1 && begins_name);
            digits && is_space(space) && begins
        }
        (Some(_), Some(_)) => digits && all_digits(before) && punctuates_number(gap),
        (None, _) => false,
    }
}

/// What may stand between the groups of a telephone number: `(030) 123`, `030 / 123`, `030 - 123`.
fn punctuates_number(gap: &str) -> bool {
    let sign = |c: char| matches!(c, '(' | ')' | '/') || is_dash(c);
    let count = gap.chars().count();
    count <= 3
        && gap.chars().all(|c| is_space(c) || sign(c))
        && gap.chars().filter(|c| sign(*c)).count() <= 2
        && gap.chars().any(sign)
}

pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() && !matches!(character, '\n' | '\r' | '\t')
}

/// Whether a run is what the number of an account begins with: a country and two digits, as in `DE89 3704 …`.
pub(super) fn begins_account(run: &str) -> bool {
    let bytes = run.as_bytes();
    bytes.len() == 4
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..].iter().all(u8::is_ascii_digit)
}

/// Whether a run is what a number to order by begins with: two letters between digits, as in `6ES7 315-2AH14`.
pub(super) fn begins_order_number(run: &str) -> bool {
    let [first, letters @ .., last] = run.as_bytes() else {
        return false;
    };
    first.is_ascii_digit()
        && last.is_ascii_digit()
        && letters.len() == 2
        && letters.iter().all(u8::is_ascii_uppercase)
}

/// Whether two runs may be neighbours in the address of a network device: `00:1A:2B:3C:4D:5E`, `001a.2b3c.4d5e`.
fn is_of_device(before: &str, after: &str, digits: usize) -> bool {
    let is_group = |run: &str| run.len() == digits && run.bytes().all(|b| b.is_ascii_hexdigit());
    is_group(before) && is_group(after)
}

fn is_single_letter(run: &str) -> bool {
    let mut characters = run.chars();
    characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none()
}

fn begins_with_digit(run: &str) -> bool {
    run.chars().next().is_some_and(char::is_numeric)
}

fn ends_in_digit(run: &str) -> bool {
    run.chars().next_back().is_some_and(char::is_numeric)
}

fn all_digits(run: &str) -> bool {
    run.chars().all(char::is_numeric)
}

/// Where the run of characters of one class ends. An apostrophe between two word characters belongs to the word, and so
/// does what is not seen.
fn run_end(text: &str, class: Class) -> usize {
    let mut end = 0;
    let mut last = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let found = class_of(character);
        if found == class {
            end = at + character.len_utf8();
            last = Some(character);
            continue;
        }
        let joins_word = class == Class::Word
            && found == Class::Apostrophe
            && characters
                .peek()
                .is_some_and(|(_, next)| matches!(class_of(*next), Class::Word | Class::Invisible));
        let next = characters.peek().map(|(_, next)| *next);
        let joins_letters = last
            .zip(next)
            .is_some_and(|(before, after)| joins_letters(before, character, after));
        if !joins_word && !joins_letters && found != Class::Invisible {
            break;
        }
    }
    end
}
