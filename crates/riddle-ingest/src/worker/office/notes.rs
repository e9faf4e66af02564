//! Notes and comments of texts of the format DOCX: each behind the paragraph or the table that refers to it, under the
//! number that readers see. The library numbers them anew, so that most references lead to another note.

use std::collections::HashMap;

use riddle_core::Failure;

use super::opendocument::MAX_TREE_BYTES;
use super::package::Package;
use super::text_tables::{paragraph, text_of};
use super::xml::{Element, Node};

/// What is counted by itself.
struct Kind {
    part: &'static str,
    note: &'static str,
    reference: &'static str,
    number: fn(usize) -> String,
}

const KINDS: [Kind; 3] = [
    Kind {
        part: "word/footnotes.xml",
        note: "footnote",
        reference: "footnoteReference",
        number: |number| number.to_string(),
    },
    Kind {
        part: "word/endnotes.xml",
        note: "endnote",
        reference: "endnoteReference",
        number: roman,
    },
    Kind {
        part: "word/comments.xml",
        note: "comment",
        reference: "commentReference",
        number: |number| format!("c{number}"),
    },
];

/// The notes of a document.
pub(super) struct Notes {
    /// What each says, by its kind and id.
    texts: HashMap<(usize, String), String>,
    marks: HashMap<(usize, String), String>,
    counts: [usize; KINDS.len()],
}

impl Notes {
    /// Reads the notes. `settle` accepts the changes in a part.
    ///
    /// # Errors
    /// They unpack to more than is allowed.
    pub(super) fn read(
        package: &mut Package<'_>,
        settle: impl Fn(&mut Element<'_>),
    ) -> Result<Self, Failure> {
        let mut notes = Self {
            texts: HashMap::new(),
            marks: HashMap::new(),
            counts: [0; KINDS.len()],
        };
        for (index, kind) in KINDS.iter().enumerate() {
            let text = package.text(kind.part)?;
            let text = text.filter(|text| text.len() <= MAX_TREE_BYTES);
            let Some(mut root) = text.as_deref().and_then(Element::parse) else {
                continue;
            };
            settle(&mut root);
            for note in root.children_named(kind.note) {
                let said = text_of(note);
                if let Some(id) = note.attribute("id").filter(|_| !said.is_empty()) {
                    notes.texts.insert((index, id), said);
                }
            }
        }
        Ok(notes)
    }

    /// Writes marks in place of the references in an element, and the notes behind its paragraphs and tables.
    pub(super) fn place(&mut self, element: &mut Element<'_>) {
        let mut placed = Vec::with_capacity(element.children.len());
        for mut node in std::mem::take(&mut element.children) {
            let mut said = Vec::new();
            let mut prefix = String::new();
            if let Node::Element(child) = &mut node {
                prefix.push_str(child.prefix());
                match child.local() {
                    "p" | "tbl" => self.mark(child, &mut said),
                    _ => self.place(child),
                }
            }
            placed.push(node);
            placed.extend(said.iter().map(|note| paragraph(&prefix, note)));
        }
        element.children = placed;
    }

    /// Writes the marks, and collects the notes that have none yet.
    fn mark(&mut self, element: &mut Element<'_>, said: &mut Vec<String>) {
        let mut marked = false;
        for node in &mut element.children {
            let Node::Element(child) = node else { continue };
            let kind = KINDS
                .iter()
                .position(|kind| kind.reference == child.local());
            let Some(kind) = kind else {
                self.mark(child, said);
                continue;
            };
            let mark = self.mark_of((kind, child.attribute("id").unwrap_or_default()), said);
            let name = format!("{}t", child.prefix());
            *child = Element::new(&name, vec![Node::text(&mark)]);
            marked = true;
        }
        if marked {
            // The mark says itself that it is one, without being raised.
            let is_look =
                |node: &Node<'_>| node.element().is_some_and(|child| child.local() == "rPr");
            element.children.retain(|node| !is_look(node));
        }
    }

    /// The mark of a note; none where it says nothing.
    fn mark_of(&mut self, note: (usize, String), said: &mut Vec<String>) -> String {
        if let Some(mark) = self.marks.get(&note) {
            return mark.clone();
        }
        let Some(text) = self.texts.get(&note) else {
            return String::new();
        };
        let (kind, count) = (&KINDS[note.0], &mut self.counts[note.0]);
        *count += 1;
        let mark = format!("[^{}]", (kind.number)(*count));
        said.push(format!("{mark}: {text}"));
        self.marks.insert(note, mark.clone());
        mark
    }

    /// The parts whose notes have been placed, without them.
    pub(super) fn emptied(&self) -> impl Iterator<Item = (String, String)> {
        const NAMES: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
        let placed = KINDS
            .iter()
            .zip(self.counts)
            .filter(|(_, count)| *count > 0);
        placed.map(|(kind, _)| {
            let empty = format!("<w:{0}s xmlns:w=\"{NAMES}\"></w:{0}s>", kind.note);
            (kind.part.to_owned(), empty)
        })
    }
}

/// A number in the small letters that count endnotes.
fn roman(mut number: usize) -> String {
    const LETTERS: [(usize, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let mut roman = String::new();
    for (value, letters) in LETTERS {
        roman.push_str(&letters.repeat(number / value));
        number %= value;
    }
    roman
}

#[cfg(test)]
mod tests {
    use super::roman;

    #[test]
    fn endnotes_are_counted_in_roman_numbers() {
        for (number, expected) in [
            (1, "i"),
            (4, "iv"),
            (9, "ix"),
            (14, "xiv"),
            (1994, "mcmxciv"),
        ] {
            assert_eq!(roman(number), expected);
        }
    }
}
