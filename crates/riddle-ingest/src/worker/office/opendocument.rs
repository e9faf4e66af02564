//! Texts and presentations of the formats ODT and ODP: changes as accepted, hidden text out, merged cells filled.

use std::collections::{HashMap, HashSet};

use riddle_core::Failure;

use super::notes_odf;
use super::package::Package;
use super::xml::{Element, Node};

/// Longest part of which a tree is made, in bytes; a longer one is left as it is.
pub(super) const MAX_TREE_BYTES: usize = 64 * 1024 * 1024;
/// Most cells of a document that get a value from another one.
const MAX_FILLED: usize = 100_000;
/// Longest text that is repeated, in bytes.
const MAX_REPEATED_BYTES: usize = 1000;
/// Most columns of a table.
const MAX_COLUMNS: usize = 1000;

/// The document as its program shows it; `None` where there is nothing to do, or it cannot be read here.
///
/// # Errors
/// It unpacks to more than is allowed.
pub(super) fn settle(document: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
    const CONTENT: &str = "content.xml";
    let Some(mut package) = Package::open(document) else {
        return Ok(None);
    };
    let text = package.text(CONTENT)?;
    let text = text.filter(|text| text.len() <= MAX_TREE_BYTES);
    let Some(mut root) = text.as_deref().and_then(Element::parse) else {
        return Ok(None);
    };
    let styles = package.text("styles.xml")?;
    let styles = styles.filter(|text| text.len() <= MAX_TREE_BYTES);
    let styles = styles.as_deref().and_then(Element::parse);
    let mut hidden = Hidden::default();
    for part in styles.iter().chain([&root]) {
        hidden.read(part);
    }
    remove(&mut root, &hidden);
    notes_odf::place(&mut root);
    let mut filled = 0;
    root.each_mut(&mut |element| match element.local() {
        "table" => fill(element, &mut filled),
        "page" if hidden.names(element, &hidden.slides) => mark_hidden(element),
        _ => {}
    });
    let changed = HashMap::from([(CONTENT.to_owned(), root.to_document())]);
    package.rewritten(changed)
}

/// Names of styles that hide what has them.
#[derive(Default)]
struct Hidden {
    texts: HashSet<String>,
    slides: HashSet<String>,
}

impl Hidden {
    fn read(&mut self, root: &Element<'_>) {
        for group in ["styles", "automatic-styles"] {
            let styles = root.child(group);
            for style in styles.iter().flat_map(|all| all.children_named("style")) {
                let says = |properties: &str, name: &str, value: &str| {
                    let properties = style.child(properties);
                    properties.and_then(|all| all.attribute(name)).as_deref() == Some(value)
                };
                if says("text-properties", "display", "none") {
                    self.texts.extend(style.attribute("name"));
                }
                if says("drawing-page-properties", "visibility", "hidden") {
                    self.slides.extend(style.attribute("name"));
                }
            }
        }
    }

    fn names(&self, element: &Element<'_>, styles: &HashSet<String>) -> bool {
        element
            .attribute("style-name")
            .is_some_and(|style| styles.contains(&style))
    }

    fn hides(&self, element: &Element<'_>) -> bool {
        match element.local() {
            "tracked-changes" => true,
            "span" | "p" | "h" => self.names(element, &self.texts),
            "hidden-text" | "hidden-paragraph" => {
                element.attribute("is-hidden").as_deref() == Some("true")
            }
            "section" => element.attribute("display").as_deref() == Some("none"),
            _ => false,
        }
    }
}

/// Removes deleted and hidden text. A paragraph with the mark of a hidden one is hidden as a whole.
fn remove(element: &mut Element<'_>, hidden: &Hidden) {
    element.children.retain(|child| {
        child.element().is_none_or(|child| {
            let marked = child.child("hidden-paragraph");
            !hidden.hides(child) && !marked.is_some_and(|mark| hidden.hides(mark))
        })
    });
    for child in &mut element.children {
        if let Node::Element(child) = child {
            remove(child, hidden);
        }
    }
}

/// Adds to a slide's name or title that it is hidden.
fn mark_hidden(page: &mut Element<'_>) {
    let prefix = page.prefix();
    let drawing = if prefix.is_empty() { "draw:" } else { prefix };
    let text = Element::new("text:p", vec![Node::text("(hidden slide)")]);
    let boxed = Element::new(&format!("{drawing}text-box"), vec![Node::Element(text)]);
    let frame = Element::new(&format!("{drawing}frame"), vec![Node::Element(boxed)]);
    page.children.insert(0, Node::Element(frame));
}

/// A value that covers the rows below, in one column.
struct Cover {
    rows_left: usize,
    text: String,
}

fn fill(table: &mut Element<'_>, filled: &mut usize) {
    let mut covers: HashMap<usize, Cover> = HashMap::new();
    fill_rows(table, &mut covers, filled);
}

fn fill_rows(parent: &mut Element<'_>, covers: &mut HashMap<usize, Cover>, filled: &mut usize) {
    for child in &mut parent.children {
        let Node::Element(child) = child else {
            continue;
        };
        match child.local() {
            "table-header-rows" | "table-rows" | "table-row-group" => {
                fill_rows(child, covers, filled);
            }
            "table-row" => {
                fill_row(child, covers, filled);
                covers.retain(|_, cover| {
                    cover.rows_left = cover.rows_left.saturating_sub(1);
                    cover.rows_left > 0
                });
            }
            _ => {}
        }
    }
}

fn fill_row(row: &mut Element<'_>, covers: &mut HashMap<usize, Cover>, filled: &mut usize) {
    let mut column = 0;
    let width: usize = row
        .elements()
        .map(|cell| {
            cell.number("number-columns-repeated")
                .unwrap_or(1)
                .min(MAX_COLUMNS)
        })
        .sum();
    let mut cells = Vec::new();
    for node in std::mem::take(&mut row.children) {
        let Node::Element(cell) = node else { continue };
        let count = cell.number("number-columns-repeated").unwrap_or(1);
        let count = count.clamp(1, MAX_COLUMNS - column.min(MAX_COLUMNS - 1));
        if cell.local() == "covered-table-cell" {
            let name = format!("{}table-cell", cell.prefix());
            for offset in 0..count {
                let cover = covers.get(&(column + offset));
                let cover = cover.filter(|_| *filled < MAX_FILLED);
                *filled += 1;
                let text = cover.map(|cover| Node::text(&cover.text));
                let text = Element::new("text:p", text.into_iter().collect());
                cells.push(Node::Element(Element::new(
                    &name,
                    vec![Node::Element(text)],
                )));
            }
        } else {
            cover_from(&cell, column, width, covers);
            cells.push(Node::Element(cell));
        }
        column += count;
    }
    row.children = cells;
}

fn cover_from(cell: &Element<'_>, column: usize, width: usize, covers: &mut HashMap<usize, Cover>) {
    let rows_left = cell.number("number-rows-spanned").unwrap_or(1);
    let columns = cell.number("number-columns-spanned").unwrap_or(1);
    let text = paragraphs(cell);
    if (rows_left < 2 && columns < 2) || columns >= width || text.len() > MAX_REPEATED_BYTES {
        return;
    }
    for column in column..column.saturating_add(columns).min(MAX_COLUMNS) {
        let text = text.clone();
        covers.insert(column, Cover { rows_left, text });
    }
}

/// The text of the paragraphs in an element, without notes and tables in it, parted by spaces.
pub(super) fn paragraphs(element: &Element<'_>) -> String {
    let mut text = String::new();
    for child in element.elements() {
        if matches!(child.local(), "p" | "h" | "list" | "list-item") {
            let inner = if matches!(child.local(), "p" | "h") {
                let mut inner = String::new();
                push_inline(&mut inner, child);
                inner
            } else {
                paragraphs(child)
            };
            if !text.is_empty() && !inner.is_empty() {
                text.push(' ');
            }
            text.push_str(&inner);
        }
    }
    text
}

fn push_inline(text: &mut String, element: &Element<'_>) {
    for node in &element.children {
        let Node::Element(child) = node else {
            let piece = Element::new("x", vec![node.clone()]);
            text.push_str(&piece.own_text());
            continue;
        };
        match child.local() {
            "s" => {
                let count = child.number("c").unwrap_or(1).min(100);
                text.extend(std::iter::repeat_n(' ', count));
            }
            "tab" | "line-break" => text.push(' '),
            "annotation" | "note" | "ruby-text" => {}
            _ => push_inline(text, child),
        }
    }
}
