//! Numbers in the forms that people write: grouped, decimal, dates, versions, telephone numbers.

use std::ops::Range;

use super::chain::gap;
use super::runs::is_space;
use super::script::{ARABIC_COMMA, ARABIC_DECIMAL, ARABIC_GROUPING, is_dash};

/// Lengths of the ends of a telephone number by which it is found: without the codes of country and town.
const PHONE_ENDS: std::ops::RangeInclusive<usize> = 7..=10;
/// Fewest and most digits of a telephone number.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Digits of the number of a card or an account, which is written in groups or without.
const LONG_DIGITS: std::ops::RangeInclusive<usize> = 16..=34;
/// A number without any sign in it may be a telephone number from this length on.
const LONG_NUMBER: usize = 9;

/// Groups of digits and the sign before each; that of the first is a blank. All dashes are `-`, all spaces a blank, the
/// signs of Arabic those of English, and a gap of several signs is `(`.
type Groups<'a> = [(char, &'a str)];

/// The terms of the numbers in a chain of runs that the runs alone do not have. Returns whether the chain is surely one
/// number, date or version, so that its runs say little alone.
pub(super) fn for_each_term(text: &str, runs: &[Range<usize>], sink: &mut dyn FnMut(&str)) -> bool {
    let mut is_one = false;
    let mut terms: Vec<String> = Vec::new();
    let mut groups: Vec<(char, &str)> = Vec::new();
    for n in 0..runs.len() {
        let run = &text[runs[n].clone()];
        let sign = match n {
            0 => ' ',
            n => sign_of(gap(text, runs, n)),
        };
        let (digits, ends) = digits_of(run, groups.is_empty(), n + 1 == runs.len());
        if digits.is_empty() || (!groups.is_empty() && digits.len() != run.len() && !ends) {
            number(&groups, &mut terms);
            groups.clear();
        } else {
            groups.push((sign, digits));
            if ends {
                is_one = number(&groups, &mut terms) && groups.len() == runs.len();
                groups.clear();
            }
        }
    }
    is_one |= number(&groups, &mut terms) && groups.len() == runs.len();
    terms.sort_unstable();
    terms.dedup();
    for term in &terms {
        sink(term);
    }
    is_one
}

/// The same of a single run.
pub(super) fn for_each_term_of_one(run: &str, sink: &mut dyn FnMut(&str)) {
    if run.len() >= *PHONE_DIGITS.start() && run.bytes().all(|byte| byte.is_ascii_digit()) {
        let mut terms = Vec::new();
        if run.len() >= LONG_NUMBER || run.starts_with('0') {
            phone(run, &mut terms);
        }
        for term in terms.iter().filter(|term| *term != run) {
            sink(term);
        }
    }
}

/// The digits of a run and whether the number ends with it: `v1` begins a version, `5kg` ends a measure.
fn digits_of(run: &str, first: bool, last: bool) -> (&str, bool) {
    let bare = match run.strip_prefix(['v', 'V']) {
        Some(rest) if first => rest,
        _ => run,
    };
    let end = bare
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(bare.len());
    let unit = &bare[end..];
    let ends = !unit.is_empty();
    if ends && !(last && unit.chars().count() <= 3 && unit.chars().all(char::is_alphabetic)) {
        return ("", true);
    }
    (&bare[..end], ends)
}

fn sign_of(gap: &str) -> char {
    let mut characters = gap.chars();
    match (characters.next(), characters.next()) {
        (Some(dash), None) if is_dash(dash) => '-',
        (Some(space), None) if is_space(space) => ' ',
        (Some(ARABIC_GROUPING | ARABIC_COMMA), None) => ',',
        (Some(ARABIC_DECIMAL), None) => '.',
        (Some(sign), None) => sign,
        _ => '(',
    }
}

/// Returns whether the groups are surely one number, date or version.
fn number(groups: &Groups<'_>, terms: &mut Vec<String>) -> bool {
    if groups.len() < 2 {
        return false;
    }
    let mut is_other = grouped(groups, terms);
    let mut start = 0;
    for end in 1..=groups.len() {
        if groups
            .get(end)
            .is_none_or(|(sign, _)| matches!(sign, ' ' | '('))
        {
            let whole = start == 0 && end == groups.len();
            let written = written(&groups[start..end], terms);
            is_other |= written && whole;
            start = end;
        }
    }
    let digits: String = groups.iter().map(|(_, digits)| *digits).collect();
    if !is_other && LONG_DIGITS.contains(&digits.len()) {
        terms.push(digits);
    } else if !is_other && PHONE_DIGITS.contains(&digits.len()) {
        phone(&digits, terms);
        terms.push(digits);
        let mut ends = String::new();
        for (_, group) in groups.iter().rev() {
            ends.insert_str(0, group);
            if ends.len() + 1 >= *PHONE_DIGITS.start() {
                terms.push(ends.clone());
            }
        }
    }
    is_other
}

/// `1,250,000.5` and its kin: the whole number, and the number. Returns whether it is surely one.
fn grouped(groups: &Groups<'_>, terms: &mut Vec<String>) -> bool {
    let mut signs = groups.iter().skip(1).map(|(sign, _)| *sign);
    let Some(sign) = signs.next().filter(|sign| matches!(sign, ',' | '.' | ' ')) else {
        return false;
    };
    let same = 1 + signs.take_while(|next| *next == sign).count();
    let (whole, rest) = groups.split_at(same + 1);
    let lengths: Vec<usize> = whole.iter().map(|(_, digits)| digits.len()).collect();
    let (Some((first, inner)), Some(3)) = (lengths.split_first(), lengths.last()) else {
        return false;
    };
    let by_thousands = (1..=3).contains(first) && inner.iter().all(|length| *length == 3);
    // As in India, where only the last group has three digits.
    let by_hundreds = sign == ','
        && (1..=2).contains(first)
        && inner.len() > 1
        && inner[..inner.len() - 1].iter().all(|length| *length == 2);
    if !(by_thousands || by_hundreds) || whole[0].1.starts_with('0') {
        return false;
    }
    let digits: String = whole.iter().map(|(_, digits)| *digits).collect();
    match rest {
        [] => {}
        [(decimal, fraction)] if *decimal != sign && matches!(decimal, ',' | '.') => {
            terms.push(format!("{digits}.{fraction}"));
        }
        _ => return false,
    }
    terms.push(digits);
    sign != ' ' || groups.len() > 2
}

/// Groups without spaces between them: a date, a decimal, a version, a time. Returns whether it is one.
fn written(groups: &Groups<'_>, terms: &mut Vec<String>) -> bool {
    if groups.len() < 2 || groups.len() > 6 {
        return false;
    }
    let signs: Vec<char> = groups.iter().skip(1).map(|(sign, _)| *sign).collect();
    let is_date = date(groups, &signs, terms);
    let dotted = signs.iter().all(|sign| *sign == '.');
    if dotted && !is_date {
        terms.extend(article(groups));
    }
    if let ([',' | '.'], [(_, whole), (_, fraction)]) = (&*signs, groups) {
        terms.push(format!("{whole}.{fraction}"));
        return true;
    }
    let mut so_far = String::new();
    for (n, (sign, digits)) in groups.iter().enumerate() {
        if n > 0 {
            so_far.push(*sign);
        }
        so_far.push_str(digits);
        if n + 1 == groups.len() || (dotted && n > 0) {
            terms.push(so_far.clone());
        }
    }
    is_date || (dotted && groups.iter().all(|(_, digits)| digits.len() <= 3))
}

/// The number of an article without its dots: `702.611.50`, `0815.4711`. A decimal begins with no zero that another
/// digit follows, and four groups are the address of a computer.
fn article(groups: &Groups<'_>) -> Option<String> {
    let digits: String = groups.iter().map(|(_, digits)| *digits).collect();
    let is_article = match groups {
        [(_, whole), _] => whole.len() > 1 && whole.starts_with('0'),
        [_, _, _] => true,
        _ => false,
    };
    (is_article && digits.len() >= *PHONE_DIGITS.start()).then_some(digits)
}

/// A date as its eight digits, year first. Where day and month cannot be told apart both readings are given.
fn date(groups: &Groups<'_>, signs: &[char], terms: &mut Vec<String>) -> bool {
    let ([(_, a), (_, b), (_, c)], [sign, other]) = (groups, signs) else {
        return false;
    };
    if sign != other || !matches!(sign, '-' | '/' | '.') {
        return false;
    }
    let mut add = |year: &str, month: &str, day: &str| {
        let digits = date_digits(year, month, day);
        let found = digits.is_some();
        if found {
            terms.extend(month_term(year, month));
        }
        terms.extend(digits);
        found
    };
    if a.len() == 4 {
        return add(a, b, c);
    }
    let day_first = add(c, b, a);
    let month_first = *sign != '.' && add(c, a, b);
    day_first || month_first
}

/// `20260305`, if these are a year, a month and a day.
pub(super) fn date_digits(year: &str, month: &str, day: &str) -> Option<String> {
    let number = |text: &str, most: u32| {
        let value: u32 = text.parse().ok()?;
        (text.len() <= 2 && (1..=most).contains(&value)).then_some(value)
    };
    let plausible = year.len() == 4 && matches!(year.as_bytes().first(), Some(b'1' | b'2'));
    let (month, day) = (number(month, 12)?, number(day, 31)?);
    plausible.then(|| format!("{year}{month:02}{day:02}"))
}

/// `2026-03`, if these are a year and a month: what a month is found by, and with it all of its days.
pub(super) fn month_term(year: &str, month: &str) -> Option<String> {
    date_digits(year, month, "1").map(|digits| format!("{}-{}", &digits[..4], &digits[4..6]))
}

/// The ways to dial a number: without leading zeros, and its ends.
fn phone(digits: &str, terms: &mut Vec<String>) {
    if !PHONE_DIGITS.contains(&digits.len()) {
        return;
    }
    let bare = digits.trim_start_matches('0');
    if bare.len() >= *PHONE_DIGITS.start() {
        terms.push(bare.to_owned());
    }
    for length in PHONE_ENDS {
        if bare.len() > length {
            terms.push(bare[bare.len() - length..].to_owned());
        }
    }
}
