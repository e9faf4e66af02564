use super::SentenceKind;
use super::record::{MAX_LINES, element, has_key, is_row};

/// A part of a passage that sentences do not reach across.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Block {
    /// First byte, after any list or heading marker.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    pub(super) kind: SentenceKind,
}

/// The blocks of a passage in order: paragraphs and list items whole, headings, table rows and code by line.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut reader = Reader {
        blocks: Vec::new(),
        open: None,
        fence: None,
        lines: Vec::new(),
    };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        reader.line(content, start.min(at + line.len()));
        at += line.len();
    }
    reader.flush();
    reader.blocks
}

struct Reader {
    blocks: Vec<Block>,
    /// The paragraph or list item that the next line may continue.
    open: Option<Block>,
    /// The marker that ends the code block.
    fence: Option<&'static str>,
    /// The lines of the open block.
    lines: Vec<(usize, String)>,
}

impl Reader {
    fn line(&mut self, line: &str, start: usize) {
        if let Some(fence) = self.fence {
            if line.starts_with(fence) {
                self.fence = None;
            } else {
                self.push(line, start, SentenceKind::Code);
            }
            return;
        }
        if let Some(fence) = ["```", "~~~"].into_iter().find(|f| line.starts_with(f)) {
            self.flush();
            self.fence = Some(fence);
        } else if line.is_empty() || is_rule(line) {
            self.flush();
        } else if let Some(skip) = heading_marker(line) {
            self.flush();
            self.push(&line[skip..], start + skip, SentenceKind::Heading);
        } else if is_row(line) {
            self.flush();
            self.table_line(line, start);
        } else if let Some(skip) = list_marker(line) {
            self.flush();
            self.open = Some(Block {
                start: start + skip,
                end: start + line.len(),
                kind: SentenceKind::ListItem,
            });
        } else if self.continues(line) {
            if let Some(open) = &mut self.open {
                open.end = start + line.len();
            }
            self.lines.push((start, line.to_owned()));
        } else {
            self.flush();
            self.lines.push((start, line.to_owned()));
            let skip = line.len() - line.trim_start_matches(['>', ' ', '\t']).len();
            self.open = Some(Block {
                start: start + skip,
                end: start + line.len(),
                kind: SentenceKind::Prose,
            });
        }
    }

    fn table_line(&mut self, line: &str, start: usize) {
        let separator = line
            .chars()
            .all(|c| matches!(c, '|' | '-' | ':' | ' ' | '\t'));
        if !separator {
            self.push(line, start, SentenceKind::TableRow);
        } else if let Some(head) = self.blocks.last_mut()
            && head.kind == SentenceKind::TableRow
        {
            head.kind = SentenceKind::TableHead;
        }
    }

    fn push(&mut self, line: &str, start: usize, kind: SentenceKind) {
        if !line.is_empty() {
            self.blocks.push(Block {
                start,
                end: start + line.len(),
                kind,
            });
        }
    }

    /// Whether a line belongs to the open block: not where another element of a list begins.
    fn continues(&self, line: &str) -> bool {
        let before = self.lines.last().and_then(|(_, last)| element(last));
        self.open.is_some() && before == element(line)
    }

    fn flush(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        let Some(block) = self.open.take().filter(|block| block.start < block.end) else {
            return;
        };
        let is_element = lines.iter().all(|(_, line)| element(line).is_some());
        let is_record = lines.len() > 1 && lines.iter().all(|(_, line)| has_key(line));
        if block.kind != SentenceKind::Prose || !is_element && !is_record {
            self.blocks.push(block);
        } else if lines.len() <= MAX_LINES {
            self.blocks.push(Block {
                kind: SentenceKind::TableRow,
                ..block
            });
        } else {
            for (start, line) in &lines {
                self.push(line, *start, SentenceKind::TableRow);
            }
        }
    }
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3
        && ['-', '=', '*', '_']
            .into_iter()
            .any(|mark| line.chars().all(|c| c == mark || c == ' '))
}

/// Bytes of `## ` before a heading.
fn heading_marker(line: &str) -> Option<usize> {
    let level = line.len() - line.trim_start_matches('#').len();
    let rest = &line[level..];
    let marked = (1..=6).contains(&level) && (rest.is_empty() || rest.starts_with(' '));
    marked.then(|| line.len() - rest.trim_start().len())
}

/// Bytes of `- `, `3. ` or the like before a list item.
fn list_marker(line: &str) -> Option<usize> {
    let body = line
        .strip_prefix(['-', '*', '+', '•', '·', '–'])
        .or_else(|| {
            let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
            let count = line.len() - digits.len();
            ((1..=3).contains(&count)).then(|| digits.strip_prefix(['.', ')']))?
        })?;
    let item = body.trim_start();
    (item.len() < body.len() && !item.is_empty()).then(|| line.len() - item.len())
}
