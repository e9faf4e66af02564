mod blocks;
mod cells;
mod plain;
mod record;

use crate::domain::chunk::Span;
use crate::text::language::is_east_asian;
use crate::text::months::month_of;

use blocks::{Block, blocks};

pub(crate) use cells::cells;
pub(crate) use plain::plain_text;
pub(crate) use record::{fields as record_fields, is_row};

/// What a sentence is part of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SentenceKind {
    /// Running text.
    Prose,
    /// An item of a list.
    ListItem,
    /// A row of a table, or an object of a JSON file on several lines.
    TableRow,
    /// The names of a table's columns.
    TableHead,
    /// A line of code.
    Code,
    /// A heading.
    Heading,
}

/// A sentence of a passage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sentence {
    /// Where it stands in the passage, in characters, without list markers and surrounding space.
    pub span: Span,
    /// What it is part of.
    pub kind: SentenceKind,
    /// Its words without Markdown and line breaks.
    pub text: String,
}

/// Abbreviations after which a full stop ends no sentence; lower case, without the last full stop.
const ABBREVIATIONS: [&str; 43] = [
    "e.g", "i.e", "etc", "vs", "v", "cf", "al", "approx", "ca", "dr", "mr", "mrs", "ms", "prof",
    "sr", "jr", "st", "no", "nos", "fig", "figs", "eq", "sec", "ch", "vol", "pp", "ed", "eds",
    "inc", "ltd", "co", "corp", "dept", "est", "u.s", "rev", "gen", "gov", "sen", "capt", "lt",
    "col", "sgt",
];
/// A longer sentence, in characters, is a list in one sentence: each part that a semicolon ends is read as its own.
pub(crate) const LONGEST_SENTENCE: usize = 600;
/// Longest name of a month that was cut and has a full stop for it.
const LONGEST_CUT_MONTH: usize = 4;
/// Marks that end a sentence without a space after them.
const EAST_ASIAN_ENDS: [char; 6] = ['。', '！', '？', '；', '｡', '…'];
/// Marks that belong to the sentence that ends before them.
const CLOSERS: [char; 14] = [
    '"', '\'', ')', ']', '”', '’', '」', '』', '）', '】', '》', '*', '_', '`',
];
/// A line shorter than this, in half-width columns, was not wrapped, so its sentence ends with it.
const WRAPPED_WIDTH: usize = 40;

/// Splits a passage into sentences: English and East Asian punctuation, Markdown lists, tables, headings and code.
pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut cursor = CharCursor { byte: 0, chars: 0 };
    for block in blocks(text) {
        let ranges = match block.kind {
            SentenceKind::Prose | SentenceKind::ListItem => split(text, &block)
                .into_iter()
                .flat_map(|range| parts(text, range))
                .collect(),
            _ => vec![(block.start, block.end)],
        };
        for (start, end) in ranges {
            let plain = plain_text(&text[start..end], block.kind);
            if plain.is_empty() {
                continue;
            }
            let span = Span {
                start: cursor.advance(text, start),
                end: cursor.advance(text, end),
            };
            found.push(Sentence {
                span,
                kind: block.kind,
                text: plain,
            });
        }
    }
    found
}

/// Converts ascending byte offsets to character offsets in one pass.
struct CharCursor {
    byte: usize,
    chars: u32,
}

impl CharCursor {
    fn advance(&mut self, text: &str, byte: usize) -> u32 {
        let more = text[self.byte..byte].chars().count();
        self.chars = self
            .chars
            .saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        self.byte = byte;
        self.chars
    }
}

/// Byte ranges of the sentences of a block, trimmed.
fn split(text: &str, block: &Block) -> Vec<(usize, usize)> {
    let body = &text[block.start..block.end];
    let mut ranges = Vec::new();
    let mut start = 0;
    let mut chars = body.char_indices().peekable();
    while let Some((at, character)) = chars.next() {
        let after = at + character.len_utf8();
        let ends = match character {
            '\n' => ends_at_line_break(&body[start..at], &body[after..]),
            '.' => ends_at_full_stop(&body[start..at], &body[after..]),
            '!' | '?' => is_boundary(&body[after..]),
            '；' => !in_parentheses(&body[start..at]),
            other => EAST_ASIAN_ENDS.contains(&other),
        };
        if !ends {
            continue;
        }
        let mut end = after;
        while let Some((closer_at, closer)) =
            chars.next_if(|(_, c)| CLOSERS.contains(c) || EAST_ASIAN_ENDS.contains(c))
        {
            end = closer_at + closer.len_utf8();
        }
        push_trimmed(&mut ranges, body, (start, end), block.start);
        start = end;
    }
    push_trimmed(&mut ranges, body, (start, body.len()), block.start);
    ranges
}

/// The parts of a sentence that is too long; any other one as it is.
fn parts(text: &str, (start, end): (usize, usize)) -> Vec<(usize, usize)> {
    let sentence = &text[start..end];
    if sentence.chars().count() <= LONGEST_SENTENCE {
        return vec![(start, end)];
    }
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, mark) in sentence.match_indices("; ") {
        if in_parentheses(&sentence[from..at]) {
            continue;
        }
        let to = at + mark.len();
        push_trimmed(&mut parts, sentence, (from, to), start);
        from = to;
    }
    push_trimmed(&mut parts, sentence, (from, sentence.len()), start);
    parts
}

fn push_trimmed(
    ranges: &mut Vec<(usize, usize)>,
    body: &str,
    (start, end): (usize, usize),
    offset: usize,
) {
    let piece = &body[start..end];
    let trimmed = piece.trim();
    if trimmed.is_empty() {
        return;
    }
    let lead = piece.len() - piece.trim_start().len();
    ranges.push((offset + start + lead, offset + start + lead + trimmed.len()));
}

fn is_boundary(rest: &str) -> bool {
    rest.trim_start_matches(CLOSERS)
        .chars()
        .next()
        .is_none_or(|next| next.is_whitespace() || is_east_asian(next))
}

fn in_parentheses(sentence: &str) -> bool {
    let count = |marks: [char; 2]| sentence.matches(marks).count();
    count(['(', '（']) > count([')', '）'])
}

fn ends_at_full_stop(before: &str, rest: &str) -> bool {
    if !is_boundary(rest) {
        return false;
    }
    let next = rest.trim_start_matches(CLOSERS).trim_start().chars().next();
    if next.is_some_and(char::is_lowercase) {
        return false;
    }
    let word = before
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '“'))
        .next()
        .unwrap_or_default();
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let number = !word.is_empty()
        && word.len() == before.trim_start().len()
        && word.chars().all(|c| c.is_ascii_digit());
    let lower = word.to_lowercase();
    // "no" is a word too; only before a number is it short for "number".
    let abbreviated = ABBREVIATIONS.contains(&lower.as_str())
        && (lower != "no" || next.is_some_and(|c| c.is_ascii_digit()))
        && (lower != "etc" || next.is_some());
    !(initial
        || number
        || in_date(word, rest)
        || abbreviated && !(lower == "etc" && next.is_some_and(char::is_uppercase)))
}

/// Whether a full stop stands in a date: `am 5. März`, `Mar. 5`.
fn in_date(before: &str, rest: &str) -> bool {
    let is_day =
        |word: &str| word.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day)) && word.len() <= 2;
    let next = rest.trim_start();
    let end = next
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(next.len());
    let next = &next[..end];
    (is_day(before) && month_of(next).is_some())
        || (before.chars().count() <= LONGEST_CUT_MONTH
            && month_of(before).is_some()
            && is_day(next))
}

fn ends_at_line_break(line_so_far: &str, rest: &str) -> bool {
    let line = line_so_far.rsplit('\n').next().unwrap_or_default();
    let width: usize = line
        .chars()
        .map(|c| if is_east_asian(c) { 2 } else { 1 })
        .sum();
    let continues = rest
        .trim_start()
        .chars()
        .next()
        .is_some_and(char::is_lowercase);
    width < WRAPPED_WIDTH && !continues && line.len() == line_so_far.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(passage: &str) -> Vec<String> {
        sentences(passage).into_iter().map(|s| s.text).collect()
    }

    #[test]
    fn english_abbreviations_and_numbers_do_not_end_a_sentence() {
        assert_eq!(
            texts(
                "Use a small model, e.g. MiniLM, for drafts. It takes 3.5 ms (see Fig. 2) on J. Doe's machine. \
                 Is it fast? Yes! See Dr. Who et al. for more. It was Brown v. Board of Education."
            ),
            [
                "Use a small model, e.g. MiniLM, for drafts.",
                "It takes 3.5 ms (see Fig. 2) on J. Doe's machine.",
                "Is it fast?",
                "Yes!",
                "See Dr. Who et al. for more.",
                "It was Brown v. Board of Education.",
            ]
        );
    }

    #[test]
    fn dates_stay_whole() {
        assert_eq!(
            texts(
                "Am 5. März 2026 wurde sie erneuert. Bis Dez. 24 bleibt sie. Es waren 5. Mehr nicht."
            ),
            [
                "Am 5. März 2026 wurde sie erneuert.",
                "Bis Dez. 24 bleibt sie.",
                "Es waren 5.",
                "Mehr nicht."
            ]
        );
    }

    #[test]
    fn closing_marks_stay_with_their_sentence() {
        assert_eq!(
            texts("He said \"stop.\" Then he left. (Nobody saw it.) The end."),
            [
                "He said \"stop.\"",
                "Then he left.",
                "(Nobody saw it.)",
                "The end."
            ]
        );
    }

    #[test]
    fn chinese_sentences_end_without_spaces() {
        assert_eq!(
            texts(
                "雨林（英语：forest；法语：forêt）很湿。重排序提高质量。它慢吗？“不慢！”他说；延迟很低"
            ),
            [
                "雨林（英语：forest；法语：forêt）很湿。",
                "重排序提高质量。",
                "它慢吗？",
                "“不慢！”",
                "他说；",
                "延迟很低"
            ]
        );
    }

    #[test]
    fn wrapped_lines_are_joined_and_short_ones_are_not() {
        assert_eq!(
            texts(
                "The reranker reads the question and the passage\ntogether, which is slower but more exact.\n\nHost: 127.0.0.1\nPort: 8080"
            ),
            [
                "The reranker reads the question and the passage together, which is slower but more exact.",
                "Host: 127.0.0.1",
                "Port: 8080",
            ]
        );
    }

    #[test]
    fn markdown_structure_is_seen() {
        let passage = "## Limits\n\n- **Uploads** are limited to `64 MiB`.\n- See [the guide](https://example.org/a_b).\n\n\
                       | Key | Value |\n|---|---|\n| top_k | 20 |\n\n```sh\nriddle serve --listen 127.0.0.1:8080\n```\n";
        let found = sentences(passage);
        let kinds: Vec<(SentenceKind, &str)> =
            found.iter().map(|s| (s.kind, s.text.as_str())).collect();
        assert_eq!(
            kinds,
            [
                (SentenceKind::Heading, "Limits"),
                (SentenceKind::ListItem, "Uploads are limited to 64 MiB."),
                (SentenceKind::ListItem, "See the guide."),
                (SentenceKind::TableHead, "Key | Value"),
                (SentenceKind::TableRow, "top_k | 20"),
                (SentenceKind::Code, "riddle serve --listen 127.0.0.1:8080"),
            ]
        );
    }

    #[test]
    fn rows_and_objects_are_told_apart() {
        let rows = "Name: Ada | Room: A1 | Phone: 22\nName: Bo | Room: B2 | Phone: 23\n\na | b\n--- | ---\n1 | x \\| y";
        assert_eq!(
            texts(rows),
            [
                "Name: Ada | Room: A1 | Phone: 22",
                "Name: Bo | Room: B2 | Phone: 23",
                "a | b",
                "1 | x | y"
            ]
        );
        let objects = "hosts[0].name: a\nhosts[0].tags[0]: x\nhosts[1].name: b\nhosts[1].port: 2\n\nname: c\nport: 3\n";
        assert_eq!(
            texts(objects),
            [
                "name: a | tags[0]: x",
                "name: b | port: 2",
                "name: c | port: 3"
            ]
        );
        let piped = "jobs[0].run: sort | uniq\njobs[0].on: nightly\njobs[1].run: a || b\njobs[1].on: push\n";
        assert_eq!(
            texts(piped),
            ["run: sort | uniq | on: nightly", "run: a || b | on: push"]
        );
        let paths = "jobs[0].run: a | jobs[1].run: b\njobs[0].run: c | jobs[1].run: d\n";
        assert_eq!(texts(paths).len(), 2);
    }

    #[test]
    fn a_list_in_one_sentence_is_read_part_by_part() {
        let part = |n: usize| format!("the mayor of town {n} (of the north; and of the south)");
        let list = |parts: usize| (1..=parts).map(part).collect::<Vec<_>>().join("; ");
        let short = format!("Guests: {}.", list(2));
        assert_eq!(texts(&short), [short.as_str()]);
        let found = texts(&format!("Guests: {}. They sang.", list(14)));
        assert_eq!(found.len(), 15, "{found:?}");
        assert_eq!(found[0], format!("Guests: {};", part(1)));
        assert_eq!(
            found[13..],
            [format!("{}.", part(14)), "They sang.".to_owned()]
        );
    }

    #[test]
    fn spans_are_in_characters_of_the_passage() {
        let passage = "第一句。 Second one. 第三句。";
        let chars: Vec<char> = passage.chars().collect();
        let cut: Vec<String> = sentences(passage)
            .iter()
            .map(|s| {
                chars[s.span.start as usize..s.span.end as usize]
                    .iter()
                    .collect()
            })
            .collect();
        assert_eq!(cut, ["第一句。", "Second one.", "第三句。"]);
    }

    proptest! {
        #[test]
        fn spans_ascend_and_lie_in_the_text(
            text in "([a-zA-Z]{1,9}|[.!?]|\\n|\\n\\n| |。|；|重排|- |# |\\||```\\n|\\*\\*|[0-9]\\.|\\[|\\]|\\(|\\)|e\\.g\\.){0,60}"
        ) {
            let length = u32::try_from(text.chars().count()).expect("short");
            let mut last = 0;
            for sentence in sentences(&text) {
                prop_assert!(sentence.span.start >= last);
                prop_assert!(sentence.span.end > sentence.span.start);
                prop_assert!(sentence.span.end <= length);
                last = sentence.span.end;
            }
        }
    }
}
