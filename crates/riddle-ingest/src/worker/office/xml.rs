//! XML as a tree that keeps what it does not understand: written out again, it is the same.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

/// Elements in each other.
const MAX_DEPTH: usize = 1000;

/// An element or what stands between elements.
#[derive(Clone)]
pub(super) enum Node<'a> {
    Element(Element<'a>),
    /// Text, and all else between elements, as it is written.
    Raw(Cow<'a, str>),
}

/// An element as it is written.
#[derive(Clone)]
pub(super) struct Element<'a> {
    /// The name and the attributes.
    tag: Cow<'a, str>,
    name_bytes: usize,
    pub(super) children: Vec<Node<'a>>,
}

impl<'a> Element<'a> {
    /// The root of a document; `None` where it is not well-formed or too deep. Entities of its own stay unresolved.
    pub(super) fn parse(source: &'a str) -> Option<Self> {
        let mut reader = Reader::from_str(source);
        let mut open: Vec<Element<'a>> = Vec::new();
        loop {
            let from = usize::try_from(reader.buffer_position()).ok()?;
            let event = reader.read_event().ok()?;
            let to = usize::try_from(reader.buffer_position()).ok()?;
            let raw = source.get(from..to)?;
            let ended = match &event {
                Event::Start(start) => {
                    if open.len() >= MAX_DEPTH {
                        return None;
                    }
                    open.push(Self::opened(raw, ">", start)?);
                    None
                }
                Event::Empty(start) => Some(Self::opened(raw, "/>", start)?),
                Event::End(_) => Some(open.pop()?),
                Event::Eof => return None,
                Event::Comment(_) | Event::PI(_) => None,
                _ => {
                    if let Some(parent) = open.last_mut() {
                        parent.children.push(Node::Raw(Cow::Borrowed(raw)));
                    }
                    None
                }
            };
            let Some(ended) = ended else { continue };
            match open.last_mut() {
                Some(parent) => parent.children.push(Node::Element(ended)),
                None => return Some(ended),
            }
        }
    }

    fn opened(raw: &'a str, end: &str, start: &BytesStart<'_>) -> Option<Self> {
        let tag = raw.strip_prefix('<')?.strip_suffix(end)?;
        Some(Self {
            tag: Cow::Borrowed(tag),
            name_bytes: start.name().as_ref().len(),
            children: Vec::new(),
        })
    }

    /// An element without attributes.
    pub(super) fn new(name: &str, children: Vec<Node<'a>>) -> Self {
        Self {
            tag: Cow::Owned(name.to_owned()),
            name_bytes: name.len(),
            children,
        }
    }

    /// An element without content, whose name and attributes are as XML has them.
    pub(super) fn with_tag(tag: String, name_bytes: usize) -> Self {
        Self {
            tag: Cow::Owned(tag),
            name_bytes,
            children: Vec::new(),
        }
    }

    /// The name with its prefix.
    pub(super) fn name(&self) -> &str {
        &self.tag[..self.name_bytes]
    }

    /// The name without its prefix.
    pub(super) fn local(&self) -> &str {
        let name = self.name();
        name.split_once(':').map_or(name, |(_prefix, local)| local)
    }

    /// The prefix with its colon.
    pub(super) fn prefix(&self) -> &str {
        &self.name()[..self.name().len() - self.local().len()]
    }

    /// Gives the element another prefix, and to its attributes that had the one of the element too.
    pub(super) fn set_prefix(&mut self, prefix: &str) {
        let former = self.prefix().to_owned();
        let mut tag = format!("{prefix}{}", self.local());
        let name_bytes = tag.len();
        let start = BytesStart::from_content(&*self.tag, self.name_bytes);
        let mut attributes = start.attributes();
        for attribute in attributes.with_checks(false).flatten() {
            let key: &str = attribute.key.as_ref();
            let local = match former.is_empty() {
                true => Some(key).filter(|key| !key.contains(':') && *key != "xmlns"),
                false => key.strip_prefix(&former),
            };
            let key = local.map_or_else(|| key.to_owned(), |local| format!("{prefix}{local}"));
            let quote = if attribute.value.contains('"') {
                '\''
            } else {
                '"'
            };
            tag.push_str(&format!(" {key}={quote}{}{quote}", attribute.value));
        }
        self.tag = Cow::Owned(tag);
        self.name_bytes = name_bytes;
    }

    /// Adds an attribute, whose value needs no escapes.
    pub(super) fn add_attribute(&mut self, name: &str, value: &str) {
        self.tag.to_mut().push_str(&format!(" {name}=\"{value}\""));
    }

    /// The value of an attribute, whatever its prefix.
    pub(super) fn attribute(&self, local: &str) -> Option<String> {
        let start = BytesStart::from_content(&*self.tag, self.name_bytes);
        let found = start
            .attributes()
            .with_checks(false)
            .flatten()
            .find(|attribute| attribute.key.local_name().as_ref() == local)?;
        Some(unescaped(&found.value).into_owned())
    }

    /// The values of all attributes of a name, which may have different prefixes.
    pub(super) fn attributes(&self, local: &str) -> Vec<String> {
        let start = BytesStart::from_content(&*self.tag, self.name_bytes);
        let mut attributes = start.attributes();
        let all = attributes.with_checks(false).flatten();
        all.filter(|attribute| attribute.key.local_name().as_ref() == local)
            .map(|attribute| unescaped(&attribute.value).into_owned())
            .collect()
    }

    /// A number in an attribute.
    pub(super) fn number(&self, local: &str) -> Option<usize> {
        self.attribute(local)?.trim().parse().ok()
    }

    /// The elements in it.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter_map(Node::element)
    }

    /// The elements of a name in it.
    pub(super) fn children_named(&self, local: &str) -> impl Iterator<Item = &Element<'a>> {
        self.elements().filter(move |child| child.local() == local)
    }

    /// The first element of a name in it.
    pub(super) fn child(&self, local: &str) -> Option<&Element<'a>> {
        self.children_named(local).next()
    }

    /// The first element of a name at any depth.
    pub(super) fn descendant(&self, local: &str) -> Option<&Element<'a>> {
        self.elements().find_map(|child| {
            if child.local() == local {
                Some(child)
            } else {
                child.descendant(local)
            }
        })
    }

    /// Calls `visit` for every element at any depth, the outer before the inner ones.
    pub(super) fn each_mut(&mut self, visit: &mut dyn FnMut(&mut Element<'a>)) {
        visit(self);
        for child in &mut self.children {
            if let Node::Element(child) = child {
                child.each_mut(visit);
            }
        }
    }

    /// The text that stands in it directly.
    pub(super) fn own_text(&self) -> String {
        let mut text = String::new();
        for child in &self.children {
            if let Node::Raw(raw) = child {
                push_text(&mut text, raw);
            }
        }
        text
    }

    /// All text in it.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.push_all_text(&mut text);
        text
    }

    fn push_all_text(&self, text: &mut String) {
        for child in &self.children {
            match child {
                Node::Element(element) => element.push_all_text(text),
                Node::Raw(raw) => push_text(text, raw),
            }
        }
    }

    /// The element as a document.
    pub(super) fn to_document(&self) -> String {
        let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n".to_owned();
        self.write(&mut xml);
        xml
    }

    fn write(&self, xml: &mut String) {
        xml.push('<');
        xml.push_str(&self.tag);
        if self.children.is_empty() {
            xml.push_str("/>");
            return;
        }
        xml.push('>');
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(xml),
                Node::Raw(raw) => xml.push_str(raw),
            }
        }
        xml.push_str("</");
        xml.push_str(self.name());
        xml.push('>');
    }
}

impl<'a> Node<'a> {
    pub(super) fn element(&self) -> Option<&Element<'a>> {
        match self {
            Node::Element(element) => Some(element),
            Node::Raw(_) => None,
        }
    }

    /// Text as a node.
    pub(super) fn text(text: &str) -> Node<'static> {
        Node::Raw(Cow::Owned(quick_xml::escape::escape(text).into_owned()))
    }
}

fn push_text(text: &mut String, raw: &str) {
    match raw.strip_prefix("<![CDATA[") {
        Some(data) => text.push_str(data.strip_suffix("]]>").unwrap_or(data)),
        None if raw.starts_with('<') => {}
        None => text.push_str(&unescaped(raw)),
    }
}

/// Without escapes; as it is where they are wrong.
pub(super) fn unescaped(raw: &str) -> Cow<'_, str> {
    unescape(raw).unwrap_or(Cow::Borrowed(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_written_as_it_was_read() {
        let source =
            "<w:a x='1' y=\"&amp;\"><b/>te&lt;xt<![CDATA[<raw>]]> &#228;<c:d>é</c:d></w:a>";
        let root = Element::parse(source).unwrap();
        assert!(root.to_document().ends_with(source));
        assert_eq!(root.attribute("y").unwrap(), "&");
        assert_eq!(root.text(), "te<xt<raw> äé");
        assert_eq!((root.local(), root.prefix()), ("a", "w:"));
    }

    #[test]
    fn a_prefix_is_that_of_the_attributes_too() {
        for (source, renamed) in [
            (
                "<p xmlns=\"u\" a='1\"' x:b=\"&amp;\"/>",
                "<w:p xmlns=\"u\" w:a='1\"' x:b=\"&amp;\"/>",
            ),
            (
                "<n:p xmlns:n=\"u\" a=\"1\" n:b=\"2\"/>",
                "<w:p xmlns:n=\"u\" a=\"1\" w:b=\"2\"/>",
            ),
        ] {
            let mut root = Element::parse(source).unwrap();
            root.set_prefix("w:");
            assert!(
                root.to_document().ends_with(renamed),
                "{}",
                root.to_document()
            );
        }
    }

    #[test]
    fn broken_and_deep_trees_are_none() {
        assert!(Element::parse("<a><b></a>").is_none());
        assert!(Element::parse("").is_none());
        assert!(Element::parse("<a>").is_none());
        assert!(Element::parse(&"<a>".repeat(100_000)).is_none());
    }
}
