//! A tree as HTML again, with the few elements and attributes that make a difference to its Markdown.

use std::rc::Rc;

use super::dom::{Data, Node};
use super::hidden::is_hidden;
use crate::words::is_own_picture;

/// Elements nested deeper than this become plain text.
const MAX_DEPTH: usize = 256;
const VOID: [&str; 6] = ["br", "hr", "img", "wbr", "col", "input"];
const KEPT_ATTRIBUTES: [&str; 6] = ["href", "src", "alt", "start", "type", "reversed"];
/// Parts of a page, which the library would leave out by their names.
const PARTS: [&str; 12] = [
    "header", "footer", "nav", "aside", "main", "article", "section", "form", "dialog", "fieldset",
    "button", "search",
];

/// The page with nothing but its body.
pub(super) fn body(root: &Node) -> String {
    const HEAD: &str = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body>";
    format!("{HEAD}{}</body></html>", content(root))
}

/// The content of the page's body, whose elements all end, as in XML.
pub(super) fn content(root: &Node) -> String {
    let mut html = String::new();
    let mut open: Vec<(Rc<Node>, usize)> = Vec::new();
    let children = root.children.borrow();
    let page = children.iter().find(|node| node.name() == "html");
    let page = page.and_then(|page| {
        let inner = page.children.borrow();
        inner
            .iter()
            .find(|node| matches!(node.name(), "body" | "frameset"))
            .cloned()
    });
    if let Some(page) = page {
        open.push((page, 0));
    }
    while let Some((node, next)) = open.pop() {
        let child = node.children.borrow().get(next).cloned();
        let Some(child) = child else {
            if !open.is_empty() {
                close(&mut html, written_name(&node));
            }
            continue;
        };
        open.push((node, next + 1));
        if is_left_out(&child) {
            continue;
        }
        match &child.data {
            Data::Text(text) => escape(&mut html, &text.borrow()),
            Data::Element { .. } if open.len() > MAX_DEPTH => escape(&mut html, &child.text()),
            // The address of a picture that is part of the page says nothing.
            Data::Element { .. } if is_own(&child) => {
                escape(&mut html, &child.attribute("alt").unwrap_or_default());
            }
            // The library would write a drawing as such an address.
            Data::Element { .. } if child.name() == "svg" => {
                escape(&mut html, &labels(&child));
            }
            Data::Element { .. } => {
                start(&mut html, &child);
                if !VOID.contains(&child.name()) {
                    open.push((child, 0));
                }
            }
            Data::Document | Data::Other => {}
        }
    }
    html
}

/// Pictures that say nothing, and the buttons that said what the box around them was.
fn is_left_out(node: &Rc<Node>) -> bool {
    match node.name() {
        "img" => node
            .attribute("alt")
            .is_none_or(|text| text.trim().is_empty()),
        "button" | "input" => is_hidden(node),
        _ => false,
    }
}

/// Whether a picture is part of the page.
fn is_own(node: &Node) -> bool {
    let address = || node.attribute("src").unwrap_or_default();
    node.name() == "img" && is_own_picture(&address())
}

/// What stands in a drawing, apart from each other and from the text around it.
fn labels(drawing: &Rc<Node>) -> String {
    let mut labels = String::new();
    for node in drawing.descendants() {
        let Data::Text(text) = &node.data else {
            continue;
        };
        for word in text.borrow().split_whitespace() {
            labels.push(' ');
            labels.push_str(word);
        }
    }
    if !labels.is_empty() {
        labels.push(' ');
    }
    labels
}

fn written_name(node: &Node) -> &str {
    match node.name() {
        part if PARTS.contains(&part) => match part {
            "button" => "span",
            _ => "div",
        },
        name => name,
    }
}

fn start(html: &mut String, node: &Node) {
    let name = written_name(node);
    html.push('<');
    html.push_str(name);
    let class = node
        .attribute("class")
        .filter(|_| matches!(name, "code" | "pre"));
    let attributes = KEPT_ATTRIBUTES
        .iter()
        .filter_map(|name| Some((*name, node.attribute(name)?)))
        .chain(class.map(|class| ("class", class)));
    for (name, value) in attributes {
        html.push(' ');
        html.push_str(name);
        html.push_str("=\"");
        escape(html, &value);
        html.push('"');
    }
    html.push_str(if VOID.contains(&name) { "/>" } else { ">" });
    if matches!(name, "pre") && node.text().starts_with('\n') {
        html.push('\n');
    }
}

fn close(html: &mut String, name: &str) {
    html.push_str("</");
    html.push_str(name);
    html.push('>');
}

fn escape(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
}
