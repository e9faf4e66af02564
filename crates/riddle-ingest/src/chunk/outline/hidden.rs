//! Comments and raw blocks of HTML in Markdown, in which nothing is a heading.

use std::borrow::Cow;

const COMMENT: (&str, &str) = ("<!--", "-->");
/// Elements whose content is no Markdown, with their ends.
const RAW: [(&str, &str); 4] = [
    ("<pre", "</pre>"),
    ("<script", "</script>"),
    ("<style", "</style>"),
    ("<textarea", "</textarea>"),
];

/// Follows the lines of a text from its beginning.
pub(super) struct Hidden<'a> {
    text: &'a str,
    /// Where the block ends that the last lines were in.
    end: usize,
    /// From where on no comment closes, and which raw elements are not closed: looking again would take long.
    open_for_good: [bool; 1 + RAW.len()],
}

impl<'a> Hidden<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            end: 0,
            open_for_good: [false; 1 + RAW.len()],
        }
    }

    /// Whether `line`, which begins at `start`, begins inside a block or with one. What never closes hides nothing.
    pub(super) fn hides(&mut self, start: usize, line: &str) -> bool {
        let within = start < self.end;
        let from = self.end.clamp(start, start + line.len());
        let begins = self.follow(from, start + line.len(), start);
        within || begins
    }

    /// Finds the blocks that begin between `from` and `to`; whether one begins the line of `line_start`.
    fn follow(&mut self, mut from: usize, to: usize, line_start: usize) -> bool {
        let mut begins = false;
        while let Some((at, kind, close)) = self.next_opening(from, to, line_start) {
            let Some(length) = find_ascii(&self.text[at..], close) else {
                self.open_for_good[kind] = true;
                continue;
            };
            begins |= self.text[line_start..at].trim().is_empty();
            self.end = at + length + close.len();
            if self.end >= to {
                break;
            }
            from = self.end;
        }
        begins
    }

    fn next_opening(
        &self,
        from: usize,
        to: usize,
        line_start: usize,
    ) -> Option<(usize, usize, &'static str)> {
        let line = &self.text[from..to];
        if !self.open_for_good[0]
            && let Some(at) = line.find(COMMENT.0)
            && self.text[line_start..from + at]
                .matches('`')
                .count()
                .is_multiple_of(2)
        {
            return Some((from + at, 0, COMMENT.1));
        }
        if from > line_start || !line.trim_start().starts_with('<') {
            return None;
        }
        let indent = line.len() - line.trim_start().len();
        let tag = &line[indent..];
        let raw = RAW.iter().position(|(open, _)| {
            tag.get(..open.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(open))
                && !tag[open.len()..]
                    .starts_with(|next: char| next.is_alphanumeric() || next == '-')
        })?;
        (!self.open_for_good[raw + 1]).then_some((from + indent, raw + 1, RAW[raw].1))
    }
}

/// As `find`, whatever the case of ASCII letters.
fn find_ascii(text: &str, wanted: &str) -> Option<usize> {
    if wanted == COMMENT.1 {
        return text.find(wanted);
    }
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let place = from + at;
        if text
            .get(place..place + wanted.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(wanted))
        {
            return Some(place);
        }
        from = place + 2;
    }
    None
}

/// A title without its comments, which often hold marks for other programs.
pub(super) fn without_comments(title: &str) -> Cow<'_, str> {
    let mut visible = Cow::Borrowed(title);
    while let Some(at) = visible.find(COMMENT.0)
        && let Some(length) = visible[at..].find(COMMENT.1)
    {
        let (before, after) = (&visible[..at], &visible[at + length + COMMENT.1.len()..]);
        visible = Cow::Owned(format!("{before}{after}"));
    }
    visible
}
