//! Tables of texts of the format DOCX: the value of a merged cell in each row and column that it covers.

use std::collections::HashMap;

use super::xml::{Element, Node};
use crate::header::holds_values;

/// Most cells of a document that get a value from another one.
const MAX_FILLED: usize = 100_000;
/// Columns that a cell covers at most.
const MAX_SPAN: usize = 63;
/// Longest text that is repeated in the rows below, and beside it, in characters. Longer ones are no names of things.
const MAX_BELOW: usize = 300;
const MAX_BESIDE: usize = 80;

/// Fills the tables in an element, those in other tables too.
pub(super) fn fill_tables(root: &mut Element<'_>) {
    unfold(root);
    let mut filled = 0;
    root.each_mut(&mut |element| {
        if element.local() == "tbl" {
            let joins = fill(element, &mut filled);
            if joins {
                join_header(element);
            }
        }
    });
}

/// Takes tables out of the cells of others, since a row is one line of text. A short one becomes words of its cell, a
/// long one follows the table around it. A table that only holds another one in place gives way to what is in it.
fn unfold<'a>(element: &mut Element<'a>) {
    let mut kept: Vec<Node<'a>> = Vec::with_capacity(element.children.len());
    for node in std::mem::take(&mut element.children) {
        let Node::Element(mut child) = node else {
            kept.push(node);
            continue;
        };
        unfold(&mut child);
        if child.local() != "tbl" {
            kept.push(Node::Element(child));
            continue;
        }
        let nested = child.descendant("tbl").is_some();
        if nested && child.children_named("tr").all(is_single) {
            kept.extend(contents(child));
            continue;
        }
        let mut long = Vec::new();
        if nested {
            flatten(&mut child, &mut long);
        }
        kept.push(Node::Element(child));
        kept.extend(long);
    }
    element.children = kept;
}

fn is_single(row: &Element<'_>) -> bool {
    row.children_named("tc").count() == 1
}

/// What stands in the cells of a table.
fn contents(table: Element<'_>) -> Vec<Node<'_>> {
    let mut content = Vec::new();
    for node in table.children {
        match node {
            Node::Element(inner) if inner.local() == "tr" || inner.local() == "tc" => {
                content.extend(contents(inner));
            }
            Node::Element(inner) if ["p", "tbl", "sdt"].contains(&inner.local()) => {
                content.push(Node::Element(inner));
            }
            _ => {}
        }
    }
    content
}

fn flatten<'a>(element: &mut Element<'a>, long: &mut Vec<Node<'a>>) {
    const MAX_CHARACTERS: usize = 600;
    let prefix = element.prefix().to_owned();
    for node in &mut element.children {
        let Node::Element(child) = node else { continue };
        if child.local() != "tbl" {
            flatten(child, long);
            continue;
        }
        let rows: Vec<String> = child.children_named("tr").map(words_of).collect();
        let words = rows.join("; ");
        let instead = if words.chars().count() > MAX_CHARACTERS {
            paragraph(&prefix, "")
        } else {
            paragraph(&prefix, &words)
        };
        let table = std::mem::replace(node, instead);
        if words.chars().count() > MAX_CHARACTERS {
            long.push(table);
        }
    }
}

/// The cells of a row in words.
fn words_of(row: &Element<'_>) -> String {
    let cells: Vec<String> = row.children_named("tc").map(text_of).collect();
    cells.join(if cells.len() == 2 { ": " } else { ", " })
}

/// Fills one table, and says whether cells of its first row cover several columns, or the row below.
fn fill(table: &mut Element<'_>, filled: &mut usize) -> bool {
    let mut above: HashMap<usize, String> = HashMap::new();
    let mut joins = false;
    let mut index = 0;
    for row in &mut table.children {
        let Node::Element(row) = row else { continue };
        if row.local() != "tr" {
            continue;
        }
        let alone = row.children_named("tc").count() < 2;
        let mut column = skipped_columns(row);
        let mut blank = column;
        let mut cells = Vec::with_capacity(row.children.len());
        for node in std::mem::take(&mut row.children) {
            let mut cell = match node {
                Node::Element(cell) if cell.local() == "tc" => cell,
                other => {
                    cells.push(other);
                    continue;
                }
            };
            if blank > 0 && *filled < MAX_FILLED {
                *filled += blank;
                let before = plain_cell(&cell, "");
                cells.extend((0..blank).map(|_| Node::Element(before.clone())));
            }
            blank = 0;
            let span = property(&cell, "gridSpan").and_then(|span| span.parse().ok());
            let span = span
                .filter(|span| (2..=MAX_SPAN).contains(span))
                .unwrap_or(1);
            let text = text_below(&mut cell, column, &mut above, filled);
            joins |= index == 0 && span > 1 && !alone;
            joins |= index == 1 && text.is_some() && !alone;
            let text = text.unwrap_or_else(|| text_of(&cell));
            let repeats = span > 1 && !alone && text.chars().count() <= MAX_BESIDE;
            if repeats && *filled < MAX_FILLED {
                *filled += span;
                drop_property(&mut cell, "gridSpan");
                let copy = plain_cell(&cell, &text);
                cells.push(Node::Element(cell));
                cells.extend((1..span).map(|_| Node::Element(copy.clone())));
            } else {
                cells.push(Node::Element(cell));
            }
            column += span;
        }
        row.children = cells;
        index += 1;
    }
    joins
}

/// Columns in front of the first cell of a row.
fn skipped_columns(row: &Element<'_>) -> usize {
    let before = row.child("trPr").and_then(|all| all.child("gridBefore"));
    let columns = before.and_then(|before| before.number("val"));
    columns.unwrap_or_default().min(MAX_SPAN)
}

/// Gives a cell the text of the one above it, if that covers it; the text, if so. Remembers the text of one that covers
/// those below.
fn text_below(
    cell: &mut Element<'_>,
    column: usize,
    above: &mut HashMap<usize, String>,
    filled: &mut usize,
) -> Option<String> {
    let merge = cell.child("tcPr").and_then(|all| all.child("vMerge"));
    let Some(merge) = merge else {
        above.remove(&column);
        return None;
    };
    if merge.attribute("val").as_deref() == Some("restart") {
        let text = text_of(cell);
        if text.chars().count() <= MAX_BELOW {
            above.insert(column, text);
        } else {
            above.remove(&column);
        }
        drop_property(cell, "vMerge");
        return None;
    }
    let text = above.get(&column)?.clone();
    *filled += 1;
    if *filled > MAX_FILLED {
        return None;
    }
    drop_property(cell, "vMerge");
    let prefix = cell.prefix().to_owned();
    let is_properties =
        |node: &Node<'_>| node.element().is_some_and(|child| child.local() == "tcPr");
    cell.children.retain(is_properties);
    cell.children.push(paragraph(&prefix, &text));
    Some(text)
}

/// Makes one row of names of the first two, where cells over groups of columns stand above the names.
fn join_header(table: &mut Element<'_>) {
    let is_row = |node: &Node<'_>| node.element().is_some_and(|row| row.local() == "tr");
    let rows: Vec<usize> = (0..table.children.len())
        .filter(|at| is_row(&table.children[*at]))
        .collect();
    let [first, second, _, ..] = rows[..] else {
        return;
    };
    let texts = |at: usize| -> Vec<String> {
        let row = table.children[at].element();
        row.iter()
            .flat_map(|row| row.children_named("tc"))
            .map(text_of)
            .collect()
    };
    let (names, below) = (texts(first), texts(second));
    if names.len() != below.len() || names.len() < 2 || holds_values(&names) || holds_values(&below)
    {
        return;
    }
    let Some(Node::Element(row)) = table.children.get_mut(first) else {
        return;
    };
    let mut joined = names.iter().zip(&below).map(|(name, below)| {
        let same = name == below || below.is_empty() || name.is_empty();
        if same && name.is_empty() {
            below.clone()
        } else if same {
            name.clone()
        } else {
            format!("{name} {below}")
        }
    });
    for node in &mut row.children {
        let Node::Element(cell) = node else { continue };
        if cell.local() == "tc" {
            *cell = plain_cell(cell, &joined.next().unwrap_or_default());
        }
    }
    table.children.remove(second);
}

fn property(cell: &Element<'_>, name: &str) -> Option<String> {
    cell.child("tcPr")?.child(name)?.attribute("val")
}

fn drop_property(cell: &mut Element<'_>, name: &str) {
    for node in &mut cell.children {
        if let Node::Element(properties) = node
            && properties.local() == "tcPr"
        {
            let is_other =
                |node: &Node<'_>| node.element().is_none_or(|child| child.local() != name);
            properties.children.retain(is_other);
        }
    }
}

/// A cell like another one that holds nothing but a text.
fn plain_cell(cell: &Element<'_>, text: &str) -> Element<'static> {
    Element::new(cell.name(), vec![paragraph(cell.prefix(), text)])
}

/// A paragraph of this text.
pub(super) fn paragraph(prefix: &str, text: &str) -> Node<'static> {
    let text = Element::new(&format!("{prefix}t"), vec![Node::text(text)]);
    let run = Element::new(&format!("{prefix}r"), vec![Node::Element(text)]);
    Node::Element(Element::new(
        &format!("{prefix}p"),
        vec![Node::Element(run)],
    ))
}

/// The text of an element's own paragraphs.
pub(super) fn text_of(cell: &Element<'_>) -> String {
    let mut text = String::new();
    for paragraph in cell.children_named("p") {
        if !text.is_empty() {
            text.push(' ');
        }
        push_runs(&mut text, paragraph);
    }
    text.trim().to_owned()
}

fn push_runs(text: &mut String, element: &Element<'_>) {
    for child in element.elements() {
        match child.local() {
            "t" => text.push_str(&child.text()),
            "tab" | "br" => text.push(' '),
            "pPr" | "rPr" | "instrText" | "drawing" | "pict" => {}
            _ => push_runs(text, child),
        }
    }
}
