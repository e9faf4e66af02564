//! Tables that place parts of a page and hold no data.

use std::rc::Rc;

use super::{Node, sections};

/// Whether a table lays out a page: its cells hold other tables or headings, and none names a column.
pub(super) fn is_layout(table: &Rc<Node>) -> bool {
    let role = table.attribute("role").unwrap_or_default();
    if matches!(role.as_str(), "presentation" | "none") {
        return true;
    }
    let parts = |node: &Rc<Node>| matches!(node.name(), "table" | "h1" | "h2" | "h3");
    let has_parts = table.descendants().skip(1).any(|node| parts(&node));
    has_parts && !cells(table).iter().any(|cell| cell.name() == "th")
}

/// Puts a box for each cell into the place of the table.
pub(super) fn unwrap(table: &Rc<Node>) {
    let Some(parent) = table.parent() else {
        return;
    };
    let outer = Node::element("div");
    for cell in cells(table) {
        let part = Node::element("div");
        let children = std::mem::take(&mut *cell.children.borrow_mut());
        children.into_iter().for_each(|child| part.push(child));
        outer.push(part);
    }
    let place = parent
        .children
        .borrow()
        .iter()
        .position(|child| Rc::ptr_eq(child, table));
    if let Some(place) = place {
        table.detach();
        parent.insert(place, outer);
    }
}

/// The cells of the table itself, none of tables in it.
fn cells(table: &Rc<Node>) -> Vec<Rc<Node>> {
    let rows = sections(table).into_iter().flat_map(|section| section.rows);
    rows.flat_map(|row| row.children.borrow().clone())
        .filter(|cell| matches!(cell.name(), "td" | "th"))
        .collect()
}
