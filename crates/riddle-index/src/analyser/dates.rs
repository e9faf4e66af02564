//! Dates that are written with the name of the month, or in the manner of Chinese and Japanese.

use std::ops::Range;

use riddle_core::month_of;

use super::numbers::{date_digits, month_term};

/// What may stand between the parts of a date, beside spaces and points.
const LINKS: [&str; 6] = ["of", "de", "del", "di", "den", "d"];

/// The terms of a date that these runs are the month or the year of.
pub(super) fn for_each_term(text: &str, runs: &[Range<usize>], sink: &mut dyn FnMut(&str)) {
    for_each_date(text, runs, &mut |_, term| sink(term));
}

/// The same, each with the place of its date.
pub(super) fn for_each_date(
    text: &str,
    runs: &[Range<usize>],
    sink: &mut dyn FnMut(Range<usize>, &str),
) {
    for run in runs {
        if let Some(month) = month_of(&text[run.clone()]) {
            named(text, run.clone(), &month.to_string(), sink);
        }
    }
    if let [year] = runs {
        chinese(text, year.clone(), sink);
    }
}

/// `5 March 2026`, `March 5th, 2026`, `5. März 2026`, `5 de marzo de 2026`, `March 2026`.
fn named(text: &str, name: Range<usize>, month: &str, sink: &mut dyn FnMut(Range<usize>, &str)) {
    let (first, rest) = number_at_start(&text[name.end..]);
    let before = number_at_end(&text[..name.start]);
    let (day, (year, rest), start) = match (first, before) {
        (Some(year), Some((start, day))) if year.len() == 4 => {
            (Some(day), (Some(year), rest), start)
        }
        (Some(year), None) if year.len() == 4 => (None, (Some(year), rest), name.start),
        (Some(day), _) => (Some(day), number_at_start(rest), name.start),
        (None, _) => return,
    };
    let Some(year) = year else {
        return;
    };
    let end = text.len() - rest.len();
    if let Some(digits) = day.and_then(|day| date_digits(year, month, day)) {
        sink(start..end, &digits);
    }
    if let Some(term) = month_term(year, month) {
        sink(name.start..end, &term);
    }
}

/// The number that a text begins with after what may stand in a date, and what follows it and its ending.
fn number_at_start(text: &str) -> (Option<&str>, &str) {
    let mut rest = text.trim_start_matches(is_filler);
    for link in LINKS {
        let after = rest
            .strip_prefix(link)
            .filter(|after| after.starts_with([' ', '\'']));
        rest = after.map_or(rest, |after| after.trim_start_matches(is_filler));
    }
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (number, rest) = rest.split_at(end);
    let rest = ["st", "nd", "rd", "th", "er"]
        .iter()
        .find_map(|end| rest.strip_prefix(end))
        .unwrap_or(rest);
    let whole = !rest.starts_with(char::is_alphanumeric) && matches!(number.len(), 1 | 2 | 4);
    (whole.then_some(number), rest)
}

/// The day that stands before a month, and where it begins.
fn number_at_end(text: &str) -> Option<(usize, &str)> {
    let mut text = text.trim_end_matches(is_filler);
    for link in LINKS {
        let before = text
            .strip_suffix(link)
            .filter(|before| before.ends_with(' '));
        text = before.map_or(text, |before| before.trim_end_matches(is_filler));
    }
    let text = ["st", "nd", "rd", "th", "er", "º", "°"]
        .iter()
        .find_map(|end| text.strip_suffix(end))
        .unwrap_or(text);
    let start = text.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| {
        at + text[at..].chars().next().map_or(1, char::len_utf8)
    });
    let before = text[..start].chars().next_back();
    let whole = before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | ',' | '/'));
    let day = &text[start..];
    (whole && matches!(day.len(), 1 | 2)).then_some((start, day))
}

/// Spaces, but no end of a line, and the signs between the parts of a date.
fn is_filler(character: char) -> bool {
    matches!(
        character,
        ' ' | '\t' | '\u{A0}' | '\u{202F}' | '.' | ',' | '-' | '/'
    )
}

/// 2026年3月5日, and 2026年3月 without a day.
fn chinese(text: &str, year: Range<usize>, sink: &mut dyn FnMut(Range<usize>, &str)) {
    if year.len() != 4 || !text[year.end..].starts_with('年') {
        return;
    }
    let rest = &text[year.end + '年'.len_utf8()..];
    let Some((month, rest)) = rest.split_once('月') else {
        return;
    };
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let day = &rest[..end];
    if !month.bytes().all(|byte| byte.is_ascii_digit()) {
        return;
    }
    let month_end = text.len() - rest.len();
    if let Some(digits) = date_digits(&text[year.clone()], month, day) {
        let sign = rest[end..]
            .chars()
            .next()
            .filter(|sign| matches!(sign, '日' | '号'));
        let date_end = month_end + end + sign.map_or(0, char::len_utf8);
        sink(year.start..date_end, &digits);
    }
    if let Some(term) = month_term(&text[year.clone()], month) {
        sink(year.start..month_end, &term);
    }
}

#[cfg(test)]
mod tests {
    use super::super::analyse;

    #[test]
    fn dates_meet_however_they_are_written() {
        for text in [
            "5 March 2026",
            "5th of March 2026",
            "March 5, 2026",
            "Mar. 5th, 2026",
            "05-Mar-2026",
            "5. März 2026",
            "5. Maerz 2026",
            "le 5 mars 2026",
            "5 de marzo de 2026",
            "5 maart 2026",
            "5. maaliskuuta 2026",
            "5. marts 2026",
            "am 05.03.2026",
            "2026-03-05",
            "2026/3/5",
            "2026年3月5日",
            "(5 March 2026)",
        ] {
            let terms = analyse(text);
            for term in ["20260305", "2026-03"] {
                assert!(
                    terms.iter().any(|found| found == term),
                    "{text}: {terms:?} lack {term}"
                );
            }
        }
        for text in [
            "March 2026",
            "März 2026",
            "marzo de 2026",
            "2026-03",
            "2026年3月",
            "in March, 2026",
        ] {
            let terms = analyse(text);
            assert!(
                terms.iter().any(|found| found == "2026-03"),
                "{text}: {terms:?}"
            );
        }
    }

    #[test]
    fn what_is_no_date_gives_none() {
        for text in [
            "may 20 people",
            "March on 2026 feet",
            "version 1.5 March 20263",
            "Mai",
            "set 12 out of 2000a",
            "1 March",
            "32 March 12345",
        ] {
            let terms = analyse(text);
            let date =
                |term: &&String| term.len() == 8 && term.starts_with("20") || term.contains('-');
            assert_eq!(terms.iter().find(date), None, "{text}");
        }
    }
}
