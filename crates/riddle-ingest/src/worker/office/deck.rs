//! Presentations of the format PPTX, cut into documents of one slide each, in the order in which they are shown.

use std::collections::{HashMap, HashSet};

use riddle_core::Failure;

use super::package::{Package, Relation, Writer, relations_part};
use super::xml::{Element, Node};

/// Most slides that are read.
const MAX_SLIDES: usize = 10_000;
/// Most cells of a slide that get a value from another one.
const MAX_FILLED: usize = 10_000;

/// One slide as a presentation of its own.
pub(in crate::worker) struct Slide {
    /// Its place in the order in which slides are shown, from 1.
    pub(in crate::worker) number: u32,
    pub(in crate::worker) document: Vec<u8>,
    /// What the speaker wants to say, a paragraph a line.
    pub(in crate::worker) notes: String,
    /// Whether it is left out when slides are shown.
    pub(in crate::worker) hidden: bool,
}

/// The slides of a presentation; `None` where it does not say which it has.
///
/// # Errors
/// It unpacks to more than is allowed.
pub(in crate::worker) fn slides(document: &[u8]) -> Result<Option<Vec<Slide>>, Failure> {
    let Some(mut package) = Package::open(document) else {
        return Ok(None);
    };
    let main = package.main_part()?;
    let name = main.unwrap_or_else(|| "ppt/presentation.xml".to_owned());
    let text = package.text(&name)?;
    let Some(presentation) = text.as_deref().and_then(Element::parse) else {
        return Ok(None);
    };
    let Some(list) = presentation.child("sldIdLst") else {
        return Ok(None);
    };
    let relations = package.relations(&name)?;
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut footers = HashSet::new();
    for (entry, number) in list.children_named("sldId").take(MAX_SLIDES).zip(1..) {
        // The id of the relationship has a prefix, which sets it apart from the id of the slide.
        let Some(relation) = relation_of(entry, &relations).filter(|it| it.kind == "slide") else {
            continue;
        };
        if seen.insert(relation.target.clone()) {
            found.extend(slide(&mut package, &relation.target, number, &mut footers)?);
        }
    }
    Ok((!seen.is_empty()).then_some(found))
}

fn relation_of<'a>(
    entry: &Element<'_>,
    relations: &'a HashMap<String, Relation>,
) -> Option<&'a Relation> {
    entry
        .attributes("id")
        .iter()
        .find_map(|id| relations.get(id))
}

/// The slide of a part. `footers` are those of the slides before it, which are not said again.
fn slide(
    package: &mut Package<'_>,
    part: &str,
    number: u32,
    footers: &mut HashSet<String>,
) -> Result<Option<Slide>, Failure> {
    let Some(text) = package.text(part)? else {
        return Ok(None);
    };
    let Some(mut root) = Element::parse(&text) else {
        return Ok(None);
    };
    let hidden = root
        .attribute("show")
        .is_some_and(|show| show == "0" || show == "false");
    settle(&mut root, footers);
    let relations = package.relations(part)?;
    let mut parts = own_parts(package, part, &root)?;
    let notes = read_related(package, &relations, &mut parts)?;
    let mut writer = Writer::new();
    for (name, bytes) in &parts {
        // Fails where a part has the name of another one; then that one is read.
        let _ = writer.add(name, bytes);
    }
    Ok(writer.finish().map(|document| Slide {
        number,
        document,
        notes,
        hidden,
    }))
}

/// Gives cells their values, and leaves out shapes that show the number of the slide, the date or a footer of before.
fn settle(root: &mut Element<'_>, footers: &mut HashSet<String>) {
    let mut filled = 0;
    root.each_mut(&mut |element| match element.local() {
        "tbl" => fill(element, &mut filled),
        "spTree" | "grpSp" => element
            .children
            .retain(|node| node.element().is_none_or(|shape| is_said(shape, footers))),
        _ => {}
    });
}

/// The parts of a presentation that has this slide alone, without what the slide shows of others.
fn own_parts(
    package: &mut Package<'_>,
    part: &str,
    root: &Element<'_>,
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    const RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
        <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
        <Relationship Id=\"rId1\" Target=\"slides/slide1.xml\" \
        Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/slide\"/></Relationships>";
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let own_relations = package.bytes(&relations_part(folder, file))?;
    let types = package.bytes("[Content_Types].xml")?.unwrap_or_default();
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), types),
        (
            "ppt/_rels/presentation.xml.rels".to_owned(),
            RELATIONS.into(),
        ),
        (
            "ppt/slides/slide1.xml".to_owned(),
            root.to_document().into(),
        ),
    ];
    let named = "ppt/slides/_rels/slide1.xml.rels".to_owned();
    parts.extend(own_relations.map(|bytes| (named, bytes)));
    Ok(parts)
}

/// Adds the charts and diagrams of a slide to its parts, and returns its notes.
fn read_related(
    package: &mut Package<'_>,
    relations: &HashMap<String, Relation>,
    parts: &mut Vec<(String, Vec<u8>)>,
) -> Result<String, Failure> {
    let mut notes = String::new();
    let mut targets: Vec<&Relation> = relations.values().collect();
    targets.sort_by_key(|relation| &relation.target);
    targets.dedup_by_key(|relation| &relation.target);
    for relation in targets {
        match relation.kind.as_str() {
            "chart" | "diagramData" => {
                let bytes = package.bytes(&relation.target)?;
                parts.extend(bytes.map(|bytes| (relation.target.clone(), bytes)));
            }
            "notesSlide" => notes.push_str(&notes_of(package, &relation.target)?),
            _ => {}
        }
    }
    Ok(notes)
}

/// Whether a shape says something of its slide: neither its number nor the date, nor a footer that is known already.
fn is_said(shape: &Element<'_>, footers: &mut HashSet<String>) -> bool {
    let holder = shape
        .elements()
        .find(|child| child.local() == "nvSpPr")
        .and_then(|properties| properties.descendant("ph"));
    let kind = holder.and_then(|holder| holder.attribute("type"));
    match kind.as_deref() {
        Some("sldNum" | "dt") => false,
        Some("ftr") => footers.insert(shape.text()),
        _ => true,
    }
}

/// The text of notes, without the slide's own number, date and header that stand around it.
fn notes_of(package: &mut Package<'_>, part: &str) -> Result<String, Failure> {
    let text = package.text(part)?;
    let mut notes = String::new();
    if let Some(root) = text.as_deref().and_then(Element::parse) {
        push_notes(&root, &mut notes);
    }
    Ok(notes)
}

fn push_notes(element: &Element<'_>, notes: &mut String) {
    for child in element.elements() {
        if child.local() != "sp" {
            // The second of two forms of the same content is for old programs.
            if child.local() != "Fallback" {
                push_notes(child, notes);
            }
            continue;
        }
        let holder = child.descendant("ph");
        let kind = holder.and_then(|holder| holder.attribute("type"));
        let around = ["sldNum", "dt", "hdr", "ftr", "sldImg"];
        if kind.is_some_and(|kind| around.contains(&kind.as_str())) {
            continue;
        }
        let body = child.child("txBody");
        for paragraph in body.iter().flat_map(|body| body.children_named("p")) {
            let line = line_of(paragraph);
            if !line.trim().is_empty() {
                notes.push_str(line.trim());
                notes.push('\n');
            }
        }
    }
}

/// The text of a paragraph, whose line breaks become spaces.
fn line_of(paragraph: &Element<'_>) -> String {
    let mut line = String::new();
    for piece in paragraph.elements() {
        match piece.local() {
            "br" => line.push(' '),
            "r" | "fld" => {
                let text = piece.child("t").map(Element::text);
                line.push_str(&text.unwrap_or_default());
            }
            _ => {}
        }
    }
    line
}

/// Writes the text of merged cells into those that they cover.
fn fill<'a>(table: &mut Element<'a>, filled: &mut usize) {
    let mut above: Vec<Option<Element<'a>>> = Vec::new();
    for row in &mut table.children {
        let Node::Element(row) = row else { continue };
        if row.local() != "tr" {
            continue;
        }
        let cells = row.children.iter_mut().filter_map(|node| match node {
            Node::Element(cell) if cell.local() == "tc" => Some(cell),
            _ => None,
        });
        let mut left: Option<Element<'a>> = None;
        for (column, cell) in cells.enumerate() {
            let covered = |name: &str| {
                cell.attribute(name)
                    .is_some_and(|value| value == "1" || value == "true")
            };
            let text = if covered("hMerge") {
                left.clone()
            } else if covered("vMerge") {
                above.get(column).cloned().flatten()
            } else {
                cell.child("txBody").cloned()
            };
            if (covered("hMerge") || covered("vMerge")) && *filled < MAX_FILLED {
                *filled += 1;
                let name = cell.name().to_owned();
                let body = text.clone().map(Node::Element);
                *cell = Element::new(&name, body.into_iter().collect());
            }
            left.clone_from(&text);
            match above.get_mut(column) {
                Some(above) => *above = text,
                None => above.push(text),
            }
        }
    }
}
