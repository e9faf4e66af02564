//! Texts of the format DOCX with their changes accepted, without hidden text, with notes behind what refers to them,
//! and with the value of a merged cell in each row and column that it covers.

use std::collections::HashMap;

use riddle_core::Failure;

use super::notes::Notes;
use super::opendocument::MAX_TREE_BYTES;
use super::package::{Package, relations_part};
use super::styles::{TextStyles, vanishes};
use super::text_tables::fill_tables;
use super::xml::{Element, Node};

/// The document as its program shows it; `None` where there is nothing to do, or it cannot be read here.
///
/// # Errors
/// It unpacks to more than is allowed.
pub(super) fn accept(document: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
    let Some(mut package) = Package::open(document) else {
        return Ok(None);
    };
    let styles = package.text("word/styles.xml")?;
    let styles = styles.filter(|text| text.len() <= MAX_TREE_BYTES);
    let root = styles.as_deref().and_then(Element::parse);
    let styles = root.map_or_else(TextStyles::default, |root| TextStyles::read(&root));
    let mut notes = Notes::read(&mut package, |root| {
        name_usually(root);
        settle(root, &styles, false);
    })?;
    let mut changed = HashMap::new();
    for name in package.names() {
        if !holds_text(&name) {
            continue;
        }
        let Some(text) = package.text(&name)? else {
            continue;
        };
        let settled = (text.len() <= MAX_TREE_BYTES && needs_work(&text, &styles))
            .then(|| settled(&text, &styles, &mut notes))
            .flatten();
        changed.extend(settled.map(|settled| (name, settled)));
    }
    changed.extend(notes.emptied());
    put_in_place(&mut package, &mut changed)?;
    if changed.is_empty() {
        return Ok(None);
    }
    package.rewritten(changed)
}

/// Gives the text the name that the library looks for.
fn put_in_place(
    package: &mut Package<'_>,
    changed: &mut HashMap<String, String>,
) -> Result<(), Failure> {
    const USUAL: &str = "word/document.xml";
    let main = package.main_part()?;
    let Some(main) = main.filter(|main| main != USUAL && main.starts_with("word/")) else {
        return Ok(());
    };
    let text = match changed.get(&main) {
        Some(text) => Some(text.clone()),
        None => package.text(&main)?,
    };
    let (folder, file) = main.rsplit_once('/').unwrap_or(("", &main));
    let relations = package.text(&relations_part(folder, file))?;
    changed.extend(text.map(|text| (USUAL.to_owned(), text)));
    let usual = "word/_rels/document.xml.rels".to_owned();
    changed.extend(relations.map(|text| (usual, text)));
    Ok(())
}

fn holds_text(name: &str) -> bool {
    const KINDS: [&str; 6] = [
        "document",
        "header",
        "footer",
        "footnotes",
        "endnotes",
        "comments",
    ];
    name.strip_prefix("word/")
        .filter(|file| file.ends_with(".xml") && !file.contains('/'))
        .is_some_and(|file| KINDS.iter().any(|kind| file.starts_with(kind)))
}

fn needs_work(text: &str, styles: &TextStyles) -> bool {
    const SIGNS: [&str; 14] = [
        ":outlineLvl",
        ":del",
        ":ins ",
        ":move",
        "Change ",
        ":vanish",
        "vMerge",
        "gridSpan",
        ":cellDel",
        ":cellIns",
        ":delText",
        "gridBefore",
        "noteReference",
        "commentReference",
    ];
    let is_usual = text.contains("<w:p");
    !is_usual
        || !styles.hidden.is_empty()
        || !styles.headings.is_empty()
        || SIGNS.iter().any(|sign| text.contains(sign))
        || nests_tables(text)
}

/// Whether a table begins before another one has ended.
fn nests_tables(text: &str) -> bool {
    let mut open = 0_usize;
    let pieces = text.split(":tbl>");
    pieces.map(|piece| piece.rsplit_once('<')).any(|piece| {
        match piece {
            Some((_, prefix)) if prefix.starts_with('/') => open = open.saturating_sub(1),
            Some((_, prefix)) if !prefix.contains('>') => open += 1,
            _ => {}
        }
        open > 1
    })
}

fn settled(text: &str, styles: &TextStyles, notes: &mut Notes) -> Option<String> {
    let mut root = Element::parse(text)?;
    name_usually(&mut root);
    settle(&mut root, styles, false);
    notes.place(&mut root);
    fill_tables(&mut root);
    Some(root.to_document())
}

/// Gives the elements of the format itself the prefix that the library looks for.
fn name_usually(root: &mut Element<'_>) {
    const USUAL: &str = "w:";
    const NAMES: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    let prefix = root.prefix().to_owned();
    let declaration = match prefix.trim_end_matches(':') {
        "" => "xmlns",
        name => name,
    };
    if prefix == USUAL || root.attribute(declaration).as_deref() != Some(NAMES) {
        return;
    }
    root.each_mut(&mut |element| {
        if element.prefix() == prefix {
            element.set_prefix(USUAL);
        }
    });
    root.add_attribute("xmlns:w", NAMES);
}

/// Accepts the changes in an element. `veiled` says that the paragraph's style hides what says nothing else.
fn settle<'a>(element: &mut Element<'a>, styles: &TextStyles, veiled: bool) {
    let mut kept: Vec<Node<'a>> = Vec::with_capacity(element.children.len());
    // What is left of paragraphs whose end was deleted, which goes on in the next paragraph.
    let mut carried: Vec<Node<'a>> = Vec::new();
    for node in std::mem::take(&mut element.children) {
        let Node::Element(mut child) = node else {
            kept.push(node);
            continue;
        };
        if is_gone(&child, styles, veiled) {
            continue;
        }
        let joins_next = child.local() == "p" && ends_deleted(&child);
        let veils = match child.local() {
            "p" => style_of(&child, "pPr", "pStyle")
                .is_some_and(|style| styles.hidden.contains(&style)),
            "tbl" | "txbxContent" => false,
            _ => veiled,
        };
        settle(&mut child, styles, veils);
        match child.local() {
            "ins" | "moveTo" => kept.append(&mut child.children),
            "tbl" if child.child("tr").is_none() && child.child("sdt").is_none() => {}
            "p" if !joins_next => {
                name_heading(&mut child, styles);
                prepend(&mut child, std::mem::take(&mut carried));
                kept.push(Node::Element(child));
            }
            "p" => carried.extend(content_of(child)),
            _ => kept.push(Node::Element(child)),
        }
    }
    if !carried.is_empty() {
        let name = format!("{}p", element.prefix());
        kept.push(Node::Element(Element::new(&name, carried)));
    }
    element.children = kept;
}

/// Whether an element is deleted, hidden, or says how things were before.
fn is_gone(element: &Element<'_>, styles: &TextStyles, veiled: bool) -> bool {
    let local = element.local();
    match local {
        "del" | "moveFrom" | "delText" | "delInstrText" => true,
        "tr" => says(element, "trPr", &["del", "moveFrom"]),
        "tc" => says(element, "tcPr", &["cellDel"]),
        "r" => {
            let own = element.child("rPr").and_then(vanishes);
            let style = style_of(element, "rPr", "rStyle");
            own.unwrap_or_else(|| {
                veiled || style.is_some_and(|style| styles.hidden.contains(&style))
            })
        }
        _ => local.ends_with("PrChange") || local == "tblGridChange",
    }
}

/// Gives a paragraph that has the level of a heading by itself, or a style that only has the name of one, the style
/// that the library looks at.
fn name_heading(paragraph: &mut Element<'_>, styles: &TextStyles) {
    let prefix = paragraph.prefix().to_owned();
    let properties = paragraph.children.iter_mut().find_map(|node| match node {
        Node::Element(child) if child.local() == "pPr" => Some(child),
        _ => None,
    });
    let Some(properties) = properties else {
        return;
    };
    let level = properties
        .child("outlineLvl")
        .and_then(|level| level.number("val"));
    let style = properties
        .child("pStyle")
        .and_then(|style| style.attribute("val"));
    let named = style.and_then(|style| styles.headings.get(&style).copied());
    let level = match level {
        Some(level) => Some(level + 1).filter(|level| *level <= 6),
        None => named,
    };
    let Some(level) = level else {
        return;
    };
    let is_other = |node: &Node<'_>| node.element().is_none_or(|child| child.local() != "pStyle");
    properties.children.retain(is_other);
    let tag = format!("{prefix}pStyle {prefix}val=\"Heading{level}\"");
    properties
        .children
        .insert(0, Node::Element(Element::with_tag(tag, prefix.len() + 6)));
}

fn says(element: &Element<'_>, properties: &str, names: &[&str]) -> bool {
    element
        .child(properties)
        .is_some_and(|all| all.elements().any(|child| names.contains(&child.local())))
}

/// Whether the end of a paragraph is deleted or moved away.
fn ends_deleted(paragraph: &Element<'_>) -> bool {
    paragraph
        .child("pPr")
        .is_some_and(|properties| says(properties, "rPr", &["del", "moveFrom"]))
}

fn style_of(element: &Element<'_>, properties: &str, name: &str) -> Option<String> {
    element.child(properties)?.child(name)?.attribute("val")
}

/// What stands in a paragraph, without its properties.
fn content_of(paragraph: Element<'_>) -> Vec<Node<'_>> {
    let mut content = paragraph.children;
    content.retain(|node| node.element().is_none_or(|child| child.local() != "pPr"));
    content
}

fn prepend<'a>(paragraph: &mut Element<'a>, content: Vec<Node<'a>>) {
    let is_properties =
        |node: &Node<'_>| node.element().is_some_and(|child| child.local() == "pPr");
    let after = paragraph.children.iter().position(is_properties);
    let at = after.map_or(0, |at| at + 1);
    paragraph.children.splice(at..at, content);
}
