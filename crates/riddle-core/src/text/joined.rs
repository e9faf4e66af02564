//! What people write with signs in it or without: dotted acronyms, and numbers with their thousands apart.

use crate::text::language::is_east_asian;

/// Digits of a group of thousands.
const GROUP: usize = 3;
/// What stands between thousands. All spaces are plain ones in a folded text.
const BETWEEN: [char; 6] = [',', '.', '\'', '’', '\u{066C}', ' '];

/// A folded text with both written without signs: `v.p.n.` as `vpn.`, `1,250,000` as `1250000`.
pub(crate) fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    let mut within = false;
    while let Some(first) = rest.chars().next() {
        let length = match within {
            true => 0,
            false => acronym(rest).max(number(rest)),
        };
        let (whole, behind) = rest.split_at(length.max(first.len_utf8()));
        if length == 0 {
            joined.push(first);
            within = first.is_alphanumeric() || within && BETWEEN[..4].contains(&first);
        } else {
            joined.extend(
                whole
                    .chars()
                    .filter(|character| character.is_alphanumeric()),
            );
            within = true;
        }
        rest = behind;
    }
    joined
}

/// Bytes of the single letters with dots between them that a text begins with; 0 where there are no two.
fn acronym(text: &str) -> usize {
    let mut characters = text.char_indices();
    let (mut letters, mut end) = (0, 0);
    while let Some((at, letter)) = characters.next() {
        let next = characters.next().map(|(_, next)| next);
        let is_letter = letter.is_alphabetic() && !is_east_asian(letter);
        if !is_letter || next.is_some_and(char::is_alphanumeric) {
            break;
        }
        letters += 1;
        end = at + letter.len_utf8();
        if next != Some('.') {
            break;
        }
    }
    if letters > 1 { end } else { 0 }
}

/// Bytes of the number with one sign between all of its thousands that a text begins with; 0 where there is none. A
/// lone space may stand between two numbers, and so may each space of a row of numbers with three digits.
fn number(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(text);
    let sign = text[end..]
        .chars()
        .next()
        .filter(|sign| BETWEEN.contains(sign));
    let (true, Some(sign)) = ((1..=GROUP).contains(&end) && !text.starts_with('0'), sign) else {
        return 0;
    };
    if sign == ' ' && end == GROUP {
        return 0;
    }
    let mut groups = 0;
    while text[end..]
        .strip_prefix(sign)
        .is_some_and(|rest| digits(rest) == GROUP)
    {
        end += sign.len_utf8() + GROUP;
        groups += 1;
    }
    let behind = text[end..].strip_prefix(sign);
    let goes_on = behind.is_some_and(|rest| digits(rest) > 0);
    let is_number = groups > usize::from(sign == ' ') && !goes_on;
    if is_number { end } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_within_one_thing_go() {
        for (text, wanted) in [
            ("the v.p.n. is up", "the vpn. is up"),
            ("u.s.a", "usa"),
            ("с.ш.а.", "сша."),
            ("1,250,000 and 1.250", "1250000 and 1250"),
            ("1 250 000 kg", "1250000 kg"),
            ("12'500.50", "12500.50"),
        ] {
            assert_eq!(joined(text), wanted);
        }
    }

    #[test]
    fn other_signs_stay() {
        for text in [
            "plan a. b follows",
            "1.3.2 and 2.100.3",
            "rooms 12 345",
            "speed 100 200 300 400",
            "0.125",
            "1,250,00",
            "192.168.1.100",
            "a.bc is file.c",
            "在a.中",
            "",
        ] {
            assert_eq!(joined(text), text);
        }
    }
}
