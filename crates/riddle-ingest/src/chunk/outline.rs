//! The headings of a Markdown text, which of them stand above a place, and its tables.

mod hidden;
mod table;

use std::ops::Range;

use riddle_core::{FrontMatter, TextFormat, Tokenizer, says_a_word_of};

use hidden::Hidden;
pub(super) use table::{Table, names_columns};

/// Most characters of a heading; a longer one is a paragraph by mistake.
const MAX_HEADING_CHARACTERS: usize = 100;

pub(super) struct Heading {
    /// Its lines, without the last line feed.
    pub(super) range: Range<usize>,
    level: u8,
    title: String,
    parent: Option<usize>,
}

/// Headings in the order of the text, and the code blocks and tables between them.
pub(super) struct Outline {
    /// What stands above all headings, with its tokens.
    title: Option<(String, usize)>,
    headings: Vec<Heading>,
    tables: Vec<Table>,
    /// Fenced code, from the line of the opening fence to the line of the closing one.
    fences: Vec<Range<usize>>,
}

impl Outline {
    /// Finds headings and fences; other formats than Markdown have none.
    pub(super) fn of(text: &str, format: TextFormat) -> Self {
        let mut outline = Self {
            title: None,
            headings: Vec::new(),
            tables: Vec::new(),
            fences: Vec::new(),
        };
        if format == TextFormat::Markdown {
            outline.read(text);
        }
        outline
    }

    /// Puts the title that the document gives itself apart from its text above all headings, unless one of them has a
    /// word of it: without it nothing that is searched may say what a page is about.
    pub(super) fn entitle(&mut self, title: &str, tokenizer: &dyn Tokenizer) {
        let title = plain_title(title);
        let headings = self.headings.iter().map(|heading| heading.title.as_str());
        if !title.is_empty() && !says_a_word_of(&title, headings) {
            let tokens = tokenizer.token_starts(&title).len();
            self.title = Some((title, tokens));
        }
    }

    /// Tokens of what stands above all headings, if anything does.
    pub(super) fn title_tokens(&self) -> Option<usize> {
        self.title.as_ref().map(|(_, tokens)| *tokens)
    }

    /// Titles of the headings above `offset`, outermost first. A heading that starts there is not above it.
    pub(super) fn path_at(&self, offset: usize) -> Vec<String> {
        self.path_of(self.heading_above(offset))
    }

    fn path_of(&self, innermost: Option<usize>) -> Vec<String> {
        let mut next = innermost;
        let mut path = Vec::new();
        while let Some(heading) = next.and_then(|index| self.headings.get(index)) {
            path.push(heading.title.clone());
            next = heading.parent;
        }
        path.extend(self.title.iter().map(|(title, _)| title.clone()));
        path.reverse();
        path
    }

    /// Titles of the headings over the first words of `chunk`, outermost first: those above it and those that it starts
    /// with.
    pub(super) fn section_of(&self, text: &str, chunk: &Range<usize>) -> Vec<String> {
        self.path_at(self.body_of(text, chunk))
    }

    /// Where the first words of `chunk` come after the headings that it starts with, a rule or the end of front matter
    /// before them.
    pub(super) fn body_of(&self, text: &str, chunk: &Range<usize>) -> usize {
        let mut body = chunk.start;
        for heading in self.starting_in(chunk) {
            let before = &text[body..heading.range.start];
            if before.contains(char::is_alphanumeric) {
                break;
            }
            body = heading.range.end.min(chunk.end);
        }
        body
    }

    /// Titles of the headings of the text from `offset` on, outermost first; a heading that starts there is the last.
    pub(super) fn path_from(&self, offset: usize) -> Vec<String> {
        let after = self
            .headings
            .partition_point(|heading| heading.range.start <= offset);
        self.path_of(after.checked_sub(1))
    }

    /// The headings above `offset`, innermost first.
    pub(super) fn above(&self, offset: usize) -> impl Iterator<Item = &Heading> {
        let mut next = self.heading_above(offset);
        std::iter::from_fn(move || {
            let heading = self.headings.get(next?)?;
            next = heading.parent;
            Some(heading)
        })
    }

    /// The headings that start in a part of the text.
    pub(super) fn starting_in(&self, part: &Range<usize>) -> &[Heading] {
        let first = self
            .headings
            .partition_point(|heading| heading.range.start < part.start);
        let end = self
            .headings
            .partition_point(|heading| heading.range.start < part.end);
        &self.headings[first..end.max(first)]
    }

    /// Where the last heading that starts in a part of the text stands.
    pub(super) fn last_starting_in(&self, part: &Range<usize>) -> Option<&Range<usize>> {
        self.starting_in(part).last().map(|heading| &heading.range)
    }

    /// The tables, in the order of the text.
    pub(super) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Whether `offset` lies inside fenced code.
    pub(super) fn is_in_fence(&self, offset: usize) -> bool {
        let after = self.fences.partition_point(|fence| fence.start < offset);
        after > 0 && offset < self.fences[after - 1].end
    }

    fn heading_above(&self, offset: usize) -> Option<usize> {
        let after = self
            .headings
            .partition_point(|heading| heading.range.start <= offset);
        let last = after.checked_sub(1)?;
        if self.headings[last].range.start == offset {
            return self.headings[last].parent;
        }
        Some(last)
    }

    fn read(&mut self, text: &str) {
        let mut fence: Option<(usize, char, usize)> = None;
        let mut above: Option<(usize, &str)> = None;
        let mut hidden = Hidden::new(text);
        let mut table_end = 0;
        let mut offset = FrontMatter::of(text).map_or(0, |front| front.end);
        for line in text[offset..].split_inclusive('\n') {
            let start = offset;
            offset += line.len();
            let line = line.trim_end();
            let body = line.trim_start_matches(' ');
            let indented = line.len() - body.len() > 3 || body.starts_with('\t');
            if let Some((opened, mark, length)) = fence {
                if !indented && closes_fence(body, mark, length) {
                    self.fences.push(opened..offset);
                    fence = None;
                }
                continue;
            }
            let previous = above.take();
            if hidden.hides(start, line) || start < table_end || indented || body.is_empty() {
                continue;
            }
            if let Some((mark, length)) = opens_fence(body) {
                fence = Some((start, mark, length));
            } else if let Some((level, title)) = atx(body) {
                self.push(start..start + line.len(), level, title);
            } else if let (Some((from, title)), Some(level)) = (previous, setext(body)) {
                self.push(from..start + line.len(), level, title);
            } else if let Some(table) = Table::at(text, start, line) {
                table_end = table.range.end;
                self.tables.push(table);
            } else if can_be_setext_title(body) {
                above = Some((start, body));
            }
        }
        if let Some((opened, ..)) = fence {
            self.fences.push(opened..text.len());
        }
        self.find_captions(text);
    }

    fn find_captions(&mut self, text: &str) {
        let mut tables = std::mem::take(&mut self.tables);
        for table in &mut tables {
            table.caption = table::caption(text, table.header.start).filter(|caption| {
                self.starting_in(caption).is_empty() && !self.is_in_fence(caption.end)
            });
        }
        self.tables = tables;
    }

    fn push(&mut self, range: Range<usize>, level: u8, title: &str) {
        let title = plain_title(title);
        if title.is_empty() {
            return;
        }
        let mut parent = self.headings.len().checked_sub(1);
        while let Some(heading) = parent.and_then(|index| self.headings.get(index)) {
            if heading.level < level {
                break;
            }
            parent = heading.parent;
        }
        self.headings.push(Heading {
            range,
            level,
            title,
            parent,
        });
    }
}

impl Heading {
    /// 1 for the outermost, to 6.
    pub(super) fn level(&self) -> u8 {
        self.level
    }
}

fn opens_fence(body: &str) -> Option<(char, usize)> {
    let mark = body
        .chars()
        .next()
        .filter(|mark| matches!(mark, '`' | '~'))?;
    let length = body.len() - body.trim_start_matches(mark).len();
    let sound = length >= 3 && (mark == '~' || !body[length..].contains('`'));
    sound.then_some((mark, length))
}

fn closes_fence(body: &str, mark: char, length: usize) -> bool {
    let rest = body.trim_start_matches(mark);
    body.len() - rest.len() >= length && rest.trim().is_empty()
}

fn atx(body: &str) -> Option<(u8, &str)> {
    let rest = body.trim_start_matches('#');
    let level = u8::try_from(body.len() - rest.len()).ok()?;
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let title = rest.trim();
    let without_marks = title.trim_end_matches('#');
    if without_marks.is_empty() || without_marks.ends_with([' ', '\t']) {
        return Some((level, without_marks.trim_end()));
    }
    Some((level, title))
}

fn setext(body: &str) -> Option<u8> {
    if body.trim_end_matches('=').is_empty() {
        Some(1)
    } else if body.len() > 1 && body.trim_end_matches('-').is_empty() {
        Some(2)
    } else {
        None
    }
}

/// A line of dashes makes a heading of the line above, but not of a list, quote, table or rule.
fn can_be_setext_title(body: &str) -> bool {
    !body.starts_with(['|', '>', '-', '*', '+', '=', '<', '#'])
        && body.chars().count() <= 2 * MAX_HEADING_CHARACTERS
}

/// The title without emphasis, code and link marks.
fn plain_title(title: &str) -> String {
    let mut plain = String::with_capacity(title.len());
    let visible = hidden::without_comments(title);
    let mut rest = visible.as_ref();
    while let Some(at) = rest.find(['*', '`', '[', ']']) {
        plain.push_str(&rest[..at]);
        let (mark, after) = rest[at..].split_at(1);
        rest = after;
        if mark == "]"
            && let Some(address) = after.strip_prefix('(')
            && let Some((_address, tail)) = address.split_once(')')
        {
            rest = tail;
        }
    }
    plain.push_str(rest);
    let words: Vec<&str> = plain.split_whitespace().collect();
    let joined = words.join(" ");
    match joined.char_indices().nth(MAX_HEADING_CHARACTERS) {
        Some((end, _)) => format!("{}…", joined[..end].trim_end()),
        None => joined,
    }
}
