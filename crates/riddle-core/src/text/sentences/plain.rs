use super::SentenceKind;
use super::cells::cells;
use super::record::{fields, is_row};
use crate::text::language::is_east_asian;

/// The words of a part of Markdown without its marks, on one line. Code is only trimmed.
pub(crate) fn plain_text(piece: &str, kind: SentenceKind) -> String {
    match kind {
        SentenceKind::Code => piece.trim().to_owned(),
        SentenceKind::TableRow | SentenceKind::TableHead if is_row(piece) => {
            let cells: Vec<String> = cells(piece)
                .into_iter()
                .filter(|cell| !cell.is_empty())
                .collect();
            cells.join(" | ")
        }
        SentenceKind::TableRow => fields(piece).join(" | "),
        _ => inline(piece),
    }
}

pub(super) fn inline(piece: &str) -> String {
    let joined = join_lines(piece);
    let chars: Vec<char> = joined.chars().collect();
    let mut plain = String::with_capacity(joined.len());
    let mut at = 0;
    while at < chars.len() {
        at = step(&chars, at, &mut plain);
    }
    plain.trim().to_owned()
}

/// Appends what stands at `at` without its marks, and returns where to go on.
fn step(chars: &[char], at: usize, plain: &mut String) -> usize {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '\\' if next.is_some_and(|c| c.is_ascii_punctuation()) => {
            plain.extend(next);
            at + 2
        }
        '`' => at + 1,
        '*' | '_' | '~' if next == Some(chars[at]) => at + 2,
        '*' if is_emphasis(chars, at) => at + 1,
        '!' if next == Some('[') && link(chars, at + 1).is_some() => at + 1,
        '[' => match link(chars, at) {
            Some((label, end)) => {
                plain.push_str(&inline(&label));
                end
            }
            None => {
                plain.push('[');
                at + 1
            }
        },
        other => {
            plain.push(other);
            at + 1
        }
    }
}

/// `[label](target)` at `at`: the label, and where the text goes on.
fn link(chars: &[char], at: usize) -> Option<(String, usize)> {
    let close = at + chars[at..].iter().position(|c| *c == ']')?;
    if chars.get(close + 1) != Some(&'(') {
        return None;
    }
    let end = close + chars[close..].iter().position(|c| *c == ')')?;
    Some((chars[at + 1..close].iter().collect(), end + 1))
}

/// Whether a single `*` touches a word on exactly one side.
fn is_emphasis(chars: &[char], at: usize) -> bool {
    let touches = |c: Option<&char>| c.is_some_and(|c| !c.is_whitespace());
    let before = at.checked_sub(1).and_then(|i| chars.get(i));
    let left = touches(before) && !before.is_some_and(|c| c.is_ascii_punctuation());
    let right = touches(chars.get(at + 1));
    left != right || !left && touches(before)
}

/// Line breaks become spaces, or nothing between East Asian characters; quotation marks of Markdown go.
fn join_lines(piece: &str) -> String {
    let mut joined = String::with_capacity(piece.len());
    for word in piece.split(['\n', '\r']) {
        let line = word.trim().trim_start_matches('>').trim_start();
        let (Some(last), Some(first)) = (joined.chars().last(), line.chars().next()) else {
            joined.push_str(line);
            continue;
        };
        if !(is_wide(last) && is_wide(first)) {
            joined.push(' ');
        }
        joined.push_str(line);
    }
    let mut collapsed = String::with_capacity(joined.len());
    for word in joined.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

fn is_wide(character: char) -> bool {
    is_east_asian(character)
        || matches!(character, '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff60}')
}
