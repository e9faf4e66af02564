use std::ops::Range;

use super::runs::{begins_account, begins_order_number};
use super::script::is_dash;
use super::{numbers, words};

/// Longest name that is made of parts, in bytes.
const LONGEST_NAME: usize = 48;

/// The terms of runs of word characters that stand close together: those of each, and those of the whole.
pub(super) fn for_each_term(text: &str, runs: &[Range<usize>], sink: &mut dyn FnMut(&str)) {
    for_each_separate_term(text, runs, sink);
    for_each_joined_term(text, runs, sink);
}

/// The terms of each run alone.
pub(super) fn for_each_separate_term(
    text: &str,
    runs: &[Range<usize>],
    sink: &mut dyn FnMut(&str),
) {
    // Small letters may be names in a program, those of `V.P.N.` are none.
    let small = |run: &Range<usize>| text[run.clone()].chars().any(char::is_lowercase);
    if !is_acronym(text, runs) || runs.iter().any(small) {
        for run in runs {
            words::for_each_term(&text[run.clone()], sink);
        }
    }
}

/// The terms that the runs have together and none of them alone. Returns whether the runs are surely one number, date
/// or version.
pub(super) fn for_each_joined_term(
    text: &str,
    runs: &[Range<usize>],
    sink: &mut dyn FnMut(&str),
) -> bool {
    if let [only] = runs {
        numbers::for_each_term_of_one(&text[only.clone()], sink);
        return false;
    }
    if is_acronym(text, runs) {
        let whole: String = runs.iter().map(|run| &text[run.clone()]).collect();
        words::emit_folded(&whole, sink);
        return false;
    }
    if is_device(text, runs) {
        let whole: String = runs.iter().map(|run| &text[run.clone()]).collect();
        words::emit_folded(&whole, sink);
        return true;
    }
    let by_spaces = || (1..runs.len()).all(|n| gap(text, runs, n) == " ");
    if begins_account(&text[runs[0].clone()]) && by_spaces() {
        let whole: String = runs.iter().map(|run| &text[run.clone()]).collect();
        words::emit_folded(&whole, sink);
    }
    let is_one = numbers::for_each_term(text, runs, sink);
    let by_dashes = (1..runs.len()).all(|n| gap(text, runs, n).chars().all(is_dash));
    let has_digit = |run: &Range<usize>| text[run.clone()].bytes().any(|b| b.is_ascii_digit());
    let has_letter = |run: &Range<usize>| text[run.clone()].chars().any(char::is_alphabetic);
    if !runs.iter().any(has_letter) {
        return is_one;
    }
    if runs.iter().any(has_digit) {
        names(text, runs, sink);
    } else if by_dashes && runs.len() == 2 {
        // `wi-fi` is also written as one word.
        let whole: String = runs.iter().map(|run| &text[run.clone()]).collect();
        words::emit_folded(&whole, sink);
    }
    is_one
}

/// `AB-1234/5` is also written `AB1234/5` or `AB12345`: the part before each further sign, without signs. So is
/// `6ES7 315-2AH14`.
fn names(text: &str, runs: &[Range<usize>], sink: &mut dyn FnMut(&str)) {
    let mut whole = String::new();
    for (n, run) in runs.iter().enumerate() {
        let sign = if n == 0 { "" } else { gap(text, runs, n) };
        let is_order = n == 1 && sign == " " && begins_order_number(&text[runs[0].clone()]);
        let joins = is_order || sign.chars().all(is_dash) || sign == "/";
        if !joins || whole.len() + run.len() > LONGEST_NAME {
            return;
        }
        whole.push_str(&text[run.clone()]);
        if n > 0 && whole.bytes().any(|byte| byte.is_ascii_digit()) {
            words::emit_folded(&whole, sink);
        }
    }
}

/// `V.P.N.` is the word `vpn`.
fn is_acronym(text: &str, runs: &[Range<usize>]) -> bool {
    let letter = |run: &Range<usize>| {
        let mut characters = text[run.clone()].chars();
        characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none()
    };
    runs.len() > 1 && runs.iter().all(letter) && (1..runs.len()).all(|n| gap(text, runs, n) == ".")
}

/// Whether the runs are the address of a network device, in one of the three ways to write one.
fn is_device(text: &str, runs: &[Range<usize>]) -> bool {
    let sign = gap(text, runs, 1);
    let (groups, digits): (&[usize], usize) = match sign {
        ":" | "-" => (&[6, 8], 2),
        "." => (&[3, 4], 4),
        _ => return false,
    };
    let is_group = |run: &Range<usize>| {
        let run = &text[run.clone()];
        run.len() == digits && run.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let has_digit = runs
        .iter()
        .any(|run| text[run.clone()].bytes().any(|b| b.is_ascii_digit()));
    groups.contains(&runs.len())
        && runs.iter().all(is_group)
        && (2..runs.len()).all(|n| gap(text, runs, n) == sign)
        && has_digit
}

/// What stands before the run with this number.
pub(super) fn gap<'a>(text: &'a str, runs: &[Range<usize>], n: usize) -> &'a str {
    &text[runs[n - 1].end..runs[n].start]
}
