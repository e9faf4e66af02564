//! What stands beside the paragraphs of texts of the format ODT: notes and comments behind the paragraph, list or table
//! that they belong to, each under the number that readers see, and text boxes, which the library reads twice.

use super::opendocument::paragraphs;
use super::xml::{Element, Node};

/// Puts what stands beside paragraphs behind them.
pub(super) fn place(root: &mut Element<'_>) {
    Asides { comments: 0 }.place(root);
}

struct Asides {
    /// Comments so far.
    comments: usize,
}

impl Asides {
    fn place<'a>(&mut self, element: &mut Element<'a>) {
        let mut placed = Vec::with_capacity(element.children.len());
        for mut node in std::mem::take(&mut element.children) {
            let mut beside = Vec::new();
            if let Node::Element(child) = &mut node {
                match child.local() {
                    "p" | "h" | "list" | "table" => self.take(child, &mut beside),
                    _ => self.place(child),
                }
            }
            placed.push(node);
            placed.append(&mut beside);
        }
        element.children = placed;
    }

    /// Takes notes and text boxes out of a block, and leaves marks of the notes in it.
    fn take<'a>(&mut self, element: &mut Element<'a>, beside: &mut Vec<Node<'a>>) {
        for node in &mut element.children {
            let Node::Element(child) = node else { continue };
            match child.local() {
                "note" => {
                    let number = child.child("note-citation").map(Element::text);
                    let body = child.child("note-body").map(paragraphs);
                    *node = marked(number.as_deref(), body.as_deref(), beside);
                }
                "annotation" => {
                    self.comments += 1;
                    let number = format!("c{}", self.comments);
                    let body = paragraphs(child);
                    *node = marked(Some(&number), Some(&body), beside);
                }
                "text-box" => {
                    self.place(child);
                    beside.append(&mut child.children);
                }
                _ => self.take(child, beside),
            }
        }
    }
}

/// The mark of a note, which goes behind the block.
fn marked(number: Option<&str>, body: Option<&str>, beside: &mut Vec<Node<'_>>) -> Node<'static> {
    let number = number.unwrap_or_default().trim();
    let body = body.unwrap_or_default().trim();
    if number.is_empty() || body.is_empty() {
        return Node::text("");
    }
    let note = vec![Node::text(&format!("[^{number}]: {body}"))];
    beside.push(Node::Element(Element::new("text:p", note)));
    Node::text(&format!("[^{number}]"))
}
