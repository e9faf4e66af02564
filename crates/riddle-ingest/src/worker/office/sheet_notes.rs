//! What stands beside the cells of a sheet: text boxes, titles and labels of charts, comments.

use std::collections::HashSet;

use riddle_core::Failure;

use super::package::Package;
use super::xml::Element;
use crate::failure;

/// Parts that hang on each other, at most: a sheet, its drawing, a chart of it.
const MAX_STEPS: usize = 3;

/// The paragraphs beside the cells of a sheet. They count against the bytes that are `left`.
///
/// # Errors
/// They unpack to more than is allowed, or there are too many.
pub(super) fn notes_beside(
    package: &mut Package<'_>,
    sheet: &str,
    left: &mut usize,
) -> Result<Vec<String>, Failure> {
    let mut notes = Vec::new();
    let mut seen = HashSet::from([sheet.to_owned()]);
    let mut parts = vec![sheet.to_owned()];
    for _ in 0..MAX_STEPS {
        let mut next = Vec::new();
        for part in parts {
            let relations = package.relations(&part)?;
            let mut relations: Vec<_> = relations.into_values().collect();
            relations.sort_by(|one, other| one.target.cmp(&other.target));
            for relation in relations {
                let kind = relation.kind.as_str();
                if !["drawing", "chart", "comments"].contains(&kind)
                    || !seen.insert(relation.target.clone())
                {
                    continue;
                }
                let text = package.text(&relation.target)?;
                if let Some(root) = text.as_deref().and_then(Element::parse) {
                    match kind {
                        "comments" => push_comments(&root, &mut notes),
                        _ => push_paragraphs(&root, &mut notes),
                    }
                }
                next.push(relation.target);
            }
        }
        parts = next;
    }
    let bytes: usize = notes.iter().map(String::len).sum();
    *left = left.checked_sub(bytes).ok_or_else(failure::too_much_text)?;
    Ok(notes)
}

fn push_paragraphs(element: &Element<'_>, notes: &mut Vec<String>) {
    for child in element.elements() {
        match child.local() {
            "p" => push_note(notes, &child.text()),
            // Values of charts are those of cells, and the second of two forms is for old programs.
            "strCache" | "numCache" | "Fallback" => {}
            _ => push_paragraphs(child, notes),
        }
    }
}

fn push_comments(root: &Element<'_>, notes: &mut Vec<String>) {
    let list = root.child("commentList");
    for comment in list.iter().flat_map(|list| list.children_named("comment")) {
        let place = comment.attribute("ref").unwrap_or_default();
        let text = comment.child("text").map(Element::text).unwrap_or_default();
        if !text.trim().is_empty() {
            push_note(notes, &format!("Comment on {place}: {text}"));
        }
    }
}

fn push_note(notes: &mut Vec<String>, text: &str) {
    if !text.trim().is_empty() {
        notes.push(text.trim().to_owned());
    }
}
