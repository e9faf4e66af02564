//! Takes out of a tree what a reader does not read.

use std::rc::Rc;

use super::dom::{Data, Node};
use super::furniture::{Content, Place, introduces, is_furniture, is_furniture_by_name};
use super::hidden::is_hidden;

/// Below this depth nothing is judged any more.
const MAX_DEPTH: usize = 512;

/// Leaves the main text; `false` where there is none but perhaps in menus.
pub(super) fn to_main_text(root: &Rc<Node>) -> bool {
    let page = to_visible_text(root);
    let place = Place {
        page: page.text,
        ..Place::default()
    };
    let left = take_out(root, place, 0);
    left.text > left.in_headings || left.text == page.text
}

/// Leaves all that is shown.
pub(super) fn to_visible_text(root: &Rc<Node>) -> Content {
    hide(root, 0);
    measured(root)
}

/// Buttons go last, as the words on them say what the box around them is.
fn hide(node: &Rc<Node>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    node.children
        .borrow_mut()
        .retain(|child| matches!(child.name(), "button" | "input" | "head") || !is_hidden(child));
    let children: Vec<Rc<Node>> = node.children.borrow().clone();
    children.iter().for_each(|child| hide(child, depth + 1));
}

/// The content of a whole page, buttons left out.
fn measured(root: &Rc<Node>) -> Content {
    let mut content = Content::default();
    let mut waiting = vec![Rc::clone(root)];
    while let Some(node) = waiting.pop() {
        if matches!(node.name(), "head") || is_control(&node) {
            continue;
        }
        content.text += own_text(&node);
        waiting.extend(node.children.borrow().iter().cloned());
    }
    content
}

fn take_out(node: &Rc<Node>, place: Place, depth: usize) -> Content {
    let mut content = Content {
        text: own_text(node),
        ..Content::default()
    };
    if depth > MAX_DEPTH {
        content.text = node.text().len();
        return content;
    }
    let role = node.attribute("role").unwrap_or_default();
    let name = node.name();
    let children = std::mem::take(&mut *node.children.borrow_mut());
    let mut inner = Place {
        in_main: place.in_main || matches!(name, "main" | "article") || role == "main",
        in_quote: place.in_quote || matches!(name, "blockquote" | "td" | "figure"),
        in_part: has_own_footer(&children, place.page),
        ..place
    };
    let mut kept = Vec::with_capacity(children.len());
    for child in children {
        if name == "head" || is_furniture_by_name(&child, inner) {
            continue;
        }
        if is_control(&child) {
            kept.push(child);
            continue;
        }
        let own = take_out(&child, inner, depth + 1);
        if own.text > 0 && is_furniture(&child, own, inner) {
            continue;
        }
        content.add(own);
        if !child.name().is_empty() {
            inner.is_introduced = introduces(&child);
        }
        kept.push(child);
    }
    *node.children.borrow_mut() = kept;
    match name {
        "a" => {
            content.links += 1;
            content.in_links = content.text;
        }
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => content.in_headings = content.text,
        _ => {}
    }
    content
}

/// Whether a footer among the children of a box is one of the box and not of the page.
fn has_own_footer(children: &[Rc<Node>], page: usize) -> bool {
    let is_footer = |child: &&Rc<Node>| child.name() == "footer";
    if !children.iter().any(|child| is_footer(&child)) {
        return false;
    }
    let all: usize = children.iter().map(|child| measured(child).text).sum();
    let footers = children.iter().filter(is_footer);
    let footers: usize = footers.map(|child| measured(child).text).sum();
    all > footers && all * 2 <= page
}

/// Buttons and fields, which are no text but tell what a box is for.
pub(super) fn is_control(node: &Rc<Node>) -> bool {
    matches!(node.name(), "button" | "input") && is_hidden(node)
}

fn own_text(node: &Node) -> usize {
    match &node.data {
        Data::Text(text) => text
            .borrow()
            .chars()
            .filter(|character| !character.is_whitespace())
            .count(),
        _ => 0,
    }
}
