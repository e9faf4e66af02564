//! Tables in the cells of others, whose rows become words of the cell, since a row is one line of text.

use std::rc::Rc;

use super::Node;

/// Writes the tables in the cells of a page as words.
pub(super) fn join(page: &Rc<Node>) {
    let cells = page.descendants().filter(|node| is_cell(node));
    for cell in cells.collect::<Vec<_>>() {
        join_in(&cell);
    }
}

fn join_in(node: &Rc<Node>) {
    let children: Vec<Rc<Node>> = node.children.borrow().clone();
    for (at, child) in children.iter().enumerate() {
        if child.name() == "table" {
            let words = Node::text_node(&format!(" {} ", words_of(child)));
            node.children.borrow_mut()[at] = words;
        } else {
            join_in(child);
        }
    }
}

/// The rows of a table: a name with its value, or the cells one after the other.
fn words_of(table: &Rc<Node>) -> String {
    let mut rows = Vec::new();
    for row in table.descendants().filter(|node| node.name() == "tr") {
        let cells = row.children.borrow();
        let cells = cells.iter().filter(|node| is_cell(node));
        let cells = cells.map(|cell| {
            join_in(cell);
            cell.text().split_whitespace().collect::<Vec<_>>().join(" ")
        });
        let cells: Vec<String> = cells.filter(|cell| !cell.is_empty()).collect();
        rows.push(cells.join(if cells.len() == 2 { ": " } else { ", " }));
    }
    rows.retain(|row| !row.is_empty());
    rows.join("; ")
}

fn is_cell(node: &Node) -> bool {
    matches!(node.name(), "td" | "th")
}
