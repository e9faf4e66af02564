//! Tables of RTF. The library says of a row only that there was one, and sometimes puts its cells at the end of the
//! document and leaves out a paragraph for it. So rows become paragraphs with marks before it reads them, and tables
//! afterwards. Text whose deletion is tracked goes on the way.

pub(super) const RTF: &str = "application/rtf";

/// Ends a cell. Like [`ROW`] a code point that no text has.
const CELL: char = '\u{fdd0}';
/// Stands around a row.
const ROW: char = '\u{fdd1}';
/// A control word without effect in place of one that is left out, so that what stands around it does not join.
const NOTHING: &str = "\\ltrch ";
/// The same with a space behind it.
const SPACE: &str = "\\ltrch  ";
/// Ends the paragraph before a row, and what would be marked from one cell to the next.
const BEGIN: &str = "\\pard\\b0\\i0\\ul0\\strike0 ";
const END: &str = "\\par ";

/// The document with its rows as marked paragraphs.
pub(super) fn with_marked_rows(document: &[u8]) -> Vec<u8> {
    let mut marked = Marked {
        document: Vec::with_capacity(document.len()),
        is_utf8: std::str::from_utf8(document).is_ok(),
        depth: 0,
        deleted_at: None,
        in_row: false,
        in_table: false,
    };
    let mut rest = document;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        marked.words(&rest[..at]);
        let control = Control::of(&rest[at..]);
        marked.take(&control);
        rest = &rest[at + control.bytes.len()..];
    }
    marked.words(rest);
    marked.document
}

/// A control word with its number and the space that ends it, or a control symbol.
struct Control<'a> {
    word: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Control<'a> {
    /// The control that `text` begins with, after a backslash.
    fn of(text: &'a [u8]) -> Self {
        let letters = leading(&text[1..], u8::is_ascii_alphabetic);
        let word = &text[1..=letters];
        if word.is_empty() {
            let bytes = &text[..text.len().min(2)];
            return Self { word, bytes };
        }
        let sign = usize::from(text.get(1 + letters) == Some(&b'-'));
        let digits = leading(&text[1 + letters + sign..], u8::is_ascii_digit);
        let number = &text[1 + letters + sign..][..digits];
        let mut end = 1 + letters;
        if digits > 0 {
            end += sign + digits;
        }
        end += usize::from(text.get(end) == Some(&b' '));
        if word == b"bin" {
            // Bytes that may look like controls.
            let number = std::str::from_utf8(number).unwrap_or_default();
            end = end.saturating_add(number.parse().unwrap_or(0));
        }
        let bytes = &text[..end.min(text.len())];
        Self { word, bytes }
    }
}

fn leading(text: &[u8], is_part: impl Fn(&u8) -> bool) -> usize {
    text.iter().take_while(|byte| is_part(byte)).count()
}

struct Marked {
    document: Vec<u8>,
    is_utf8: bool,
    /// Groups that are open.
    depth: usize,
    /// How many were open where text began whose deletion is tracked.
    deleted_at: Option<usize>,
    in_row: bool,
    /// Whether the present paragraph is of a table. One that is not ends a row that nothing else has ended.
    in_table: bool,
}

impl Marked {
    /// Adds what stands between controls. Bytes of a code page are written as the controls that stand for them, since
    /// the library takes others for UTF-8.
    fn words(&mut self, words: &[u8]) {
        for byte in words {
            match byte {
                b'{' => self.depth += 1,
                b'}' => {
                    self.deleted_at = self.deleted_at.filter(|depth| *depth < self.depth);
                    self.depth = self.depth.saturating_sub(1);
                }
                _ if self.deleted_at.is_some() => continue,
                _ => {}
            }
            match byte.is_ascii() || self.is_utf8 {
                true => self.document.push(*byte),
                false => self.push(&format!("\\'{byte:02x}")),
            }
        }
    }

    fn take(&mut self, control: &Control<'_>) {
        if control.word == b"deleted" {
            let ends = control.bytes.trim_ascii_end().ends_with(b"0");
            self.deleted_at = (!ends).then_some(self.depth);
            return self.push(NOTHING);
        }
        if control.word == b"plain" && self.deleted_at == Some(self.depth) {
            self.deleted_at = None;
        }
        if self.deleted_at.is_some() {
            return;
        }
        match control.word {
            b"trowd" | b"intbl" => self.begin(),
            b"row" if self.in_row => self.end(),
            b"row" => self.push(NOTHING),
            _ if !self.in_row => self.document.extend_from_slice(control.bytes),
            b"cell" => self.push(CELL.encode_utf8(&mut [0; 4])),
            b"par" | b"sect" | b"page" if !self.in_table => self.end(),
            b"par" | b"line" | b"sect" | b"page" | b"nestcell" | b"nestrow" => self.push(SPACE),
            b"" if control.bytes.ends_with(b"\n") || control.bytes.ends_with(b"\r") => {
                self.push(SPACE);
            }
            b"pard" => {
                self.in_table = false;
                self.push(NOTHING);
            }
            b"b" | b"i" | b"ul" | b"strike" | b"outlinelevel" | b"ilvl" | b"ls" => {
                self.push(NOTHING);
            }
            _ => self.document.extend_from_slice(control.bytes),
        }
    }

    fn begin(&mut self) {
        self.in_table = true;
        if self.in_row {
            self.push(NOTHING);
            return;
        }
        self.in_row = true;
        self.push(BEGIN);
        self.push(ROW.encode_utf8(&mut [0; 4]));
    }

    fn end(&mut self) {
        self.in_row = false;
        self.in_table = false;
        self.push(ROW.encode_utf8(&mut [0; 4]));
        self.push(END);
    }

    fn push(&mut self, text: &str) {
        self.document.extend_from_slice(text.as_bytes());
    }
}

/// The text with its marked paragraphs as tables.
pub(super) fn with_tables(content: &str) -> String {
    if !content.contains([CELL, ROW]) {
        return content.to_owned();
    }
    let mut text = String::with_capacity(content.len());
    let mut table = Vec::new();
    let paragraphs = content.split("\n\n");
    for part in paragraphs.flat_map(|paragraph| paragraph.split(ROW)) {
        if part.trim().is_empty() {
            continue;
        }
        if part.contains(CELL) {
            table.push(cells(part));
            continue;
        }
        push_table(&mut text, &std::mem::take(&mut table));
        push_paragraph(&mut text, part.trim_matches('\n'));
    }
    push_table(&mut text, &table);
    text
}

fn cells(row: &str) -> Vec<String> {
    let row = row.trim_end().strip_suffix(CELL).unwrap_or(row);
    let cell = |cell: &str| cell.split_whitespace().collect::<Vec<_>>().join(" ");
    row.split(CELL).map(cell).collect()
}

/// Adds a table whose first row names its columns. One of a single column is text in a frame.
fn push_table(text: &mut String, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    if columns < 2 {
        for cell in rows.iter().flatten().filter(|cell| !cell.is_empty()) {
            push_paragraph(text, cell);
        }
        return;
    }
    let mut table = String::new();
    for (index, row) in rows.iter().enumerate() {
        let filling = std::iter::repeat_n("", columns - row.len());
        table.push('|');
        for cell in row.iter().map(String::as_str).chain(filling) {
            table.push_str(&format!(" {} |", cell.replace('|', "\\|")));
        }
        table.push('\n');
        if index == 0 {
            table.push_str(&format!("|{}\n", " --- |".repeat(columns)));
        }
    }
    push_paragraph(text, table.trim_end());
}

fn push_paragraph(text: &mut String, paragraph: &str) {
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(paragraph);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(document: &str) -> String {
        let marked = String::from_utf8(with_marked_rows(document.as_bytes())).expect("UTF-8");
        let readable = marked.replace(NOTHING, "").replace(BEGIN, "<");
        readable.replace(ROW, "_").replace(CELL, "^")
    }

    #[test]
    fn rows_become_marked_paragraphs() {
        let row = r"\trowd\cellx9\pard\intbl{\b A}\cell\pard\intbl B\par C\cell{\trowd\cellx9\row}\pard After\par";
        assert_eq!(
            marked(row),
            "<_\\cellx9{A}^B C^{\\cellx9_\\par }\\pard After\\par"
        );
        // One that nothing ends.
        assert_eq!(
            marked(r"\trowd\intbl A\cell\pard After\par More\par"),
            "<_A^After_\\par More\\par"
        );
    }

    #[test]
    fn what_is_in_no_row_stays_as_it_is() {
        for same in [
            r"{\rtf1\b Bold\b0\par\pard\f0 5 \'e9\{ \\row \cell}",
            "{\\rtf1 \\bin10 \\trowd\\row\\par}",
            "\\",
            "\\par\\",
            "\\bin99 \\row",
        ] {
            assert_eq!(marked(same), same);
        }
        assert_eq!(marked(r"A\row B"), "AB");
    }

    #[test]
    fn deleted_text_goes_with_its_group() {
        for (document, left) in [
            (
                r"{\rtf1 The rent is {\deleted\i forty \'e4{\b more}}fifty.\par}",
                r"{\rtf1 The rent is {{}}fifty.\par}",
            ),
            (
                r"{\rtf1 Kept\deleted gone\deleted0  kept\par}",
                r"{\rtf1 Kept kept\par}",
            ),
            (
                r"{\rtf1 {\deleted\trowd gone}\trowd A\cell\row}",
                r"{\rtf1 {}<_A^_\par }",
            ),
        ] {
            assert_eq!(marked(document), left);
        }
    }

    #[test]
    fn bytes_of_a_code_page_become_controls() {
        let marked = with_marked_rows(b"{\\rtf1\\ansicpg1251 \xca\xeb{\\bin2 \xca\xeb}}");
        assert_eq!(marked, b"{\\rtf1\\ansicpg1251 \\'ca\\'eb{\\bin2 \xca\xeb}}");
    }

    #[test]
    fn marked_paragraphs_become_tables() {
        let content = "Before_Part^Bin |^_\n\n_Nut^A1^_\n\n_Bolt^\n\nB2^more_\n\nAfter";
        let content = content.replace('_', "\u{fdd1}").replace('^', "\u{fdd0}");
        let table = "| Part | Bin \\| |\n| --- | --- |\n| Nut | A1 |\n| Bolt |  |\n| B2 | more |";
        assert_eq!(with_tables(&content), format!("Before\n\n{table}\n\nAfter"));
        let framed = "\u{fdd1}In a frame.\u{fdd0}\u{fdd1}\n\nAfter";
        assert_eq!(with_tables(framed), "In a frame.\n\nAfter");
        assert_eq!(with_tables("Words\n\n\nmore"), "Words\n\n\nmore");
    }
}
