//! The tree of a page, as the parser builds it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, QualName};

/// A node and what is below it.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) data: Data,
    parent: RefCell<Weak<Node>>,
    pub(super) children: RefCell<Vec<Rc<Node>>>,
}

#[derive(Debug)]
pub(super) enum Data {
    Document,
    Text(RefCell<StrTendril>),
    Element {
        name: QualName,
        attributes: RefCell<Vec<Attribute>>,
        annotation_point: Cell<bool>,
    },
    /// Comments and the like.
    Other,
}

impl Node {
    pub(super) fn new(data: Data) -> Rc<Self> {
        Rc::new(Self {
            data,
            parent: RefCell::default(),
            children: RefCell::default(),
        })
    }

    pub(super) fn text_node(text: &str) -> Rc<Self> {
        Self::new(Data::Text(RefCell::new(StrTendril::from(text))))
    }

    /// An element without attributes.
    pub(super) fn element(name: &str) -> Rc<Self> {
        let name = QualName::new(None, html5ever::ns!(html), name.into());
        Self::new(Data::Element {
            name,
            attributes: RefCell::default(),
            annotation_point: Cell::new(false),
        })
    }

    /// Name of an element in small letters; empty for other nodes.
    pub(super) fn name(&self) -> &str {
        match &self.data {
            Data::Element { name, .. } => &name.local,
            _ => "",
        }
    }

    pub(super) fn attribute(&self, wanted: &str) -> Option<String> {
        let Data::Element { attributes, .. } = &self.data else {
            return None;
        };
        let attributes = attributes.borrow();
        let found = attributes
            .iter()
            .find(|attribute| &*attribute.name.local == wanted);
        found.map(|attribute| attribute.value.to_string())
    }

    pub(super) fn parent(&self) -> Option<Rc<Node>> {
        self.parent.borrow().upgrade()
    }

    pub(super) fn push(self: &Rc<Self>, child: Rc<Node>) {
        *child.parent.borrow_mut() = Rc::downgrade(self);
        self.children.borrow_mut().push(child);
    }

    pub(super) fn insert(self: &Rc<Self>, at: usize, child: Rc<Node>) {
        *child.parent.borrow_mut() = Rc::downgrade(self);
        let mut children = self.children.borrow_mut();
        let at = at.min(children.len());
        children.insert(at, child);
    }

    /// The first element of HTML of this name, in the order of the page. Drawings in it have elements of their own.
    pub(super) fn find(self: &Rc<Self>, wanted: &str) -> Option<Rc<Node>> {
        self.descendants().find(|node| match &node.data {
            Data::Element { name, .. } => name.ns == html5ever::ns!(html) && &*name.local == wanted,
            _ => false,
        })
    }

    /// This node and all below it, in the order of the page.
    pub(super) fn descendants(self: &Rc<Self>) -> impl Iterator<Item = Rc<Node>> + use<> {
        let mut waiting = vec![Rc::clone(self)];
        std::iter::from_fn(move || {
            let node = waiting.pop()?;
            waiting.extend(node.children.borrow().iter().rev().cloned());
            Some(node)
        })
    }

    /// All text below this node.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if let Data::Text(own) = &self.data {
            text.push_str(&own.borrow());
        }
        let mut waiting: Vec<Rc<Node>> = self.children.borrow().iter().rev().cloned().collect();
        while let Some(node) = waiting.pop() {
            if let Data::Text(own) = &node.data {
                text.push_str(&own.borrow());
            }
            waiting.extend(node.children.borrow().iter().rev().cloned());
        }
        text
    }

    fn place_in_parent(self: &Rc<Self>) -> Option<(Rc<Node>, usize)> {
        let parent = self.parent()?;
        let place = parent
            .children
            .borrow()
            .iter()
            .position(|child| Rc::ptr_eq(child, self))?;
        Some((parent, place))
    }

    pub(super) fn detach(self: &Rc<Self>) {
        if let Some((parent, place)) = self.place_in_parent() {
            parent.children.borrow_mut().remove(place);
        }
        *self.parent.borrow_mut() = Weak::new();
    }

    fn append_text(self: &Rc<Self>, text: &StrTendril) {
        let last = self.children.borrow().last().cloned();
        match last.as_ref().map(|last| &last.data) {
            Some(Data::Text(before)) => before.borrow_mut().push_tendril(text),
            _ => self.push(Node::new(Data::Text(RefCell::new(text.clone())))),
        }
    }
}

impl Drop for Node {
    /// Node by node, because pages may be nested so deep that a call for each level would exhaust the stack.
    fn drop(&mut self) {
        let mut waiting = std::mem::take(self.children.get_mut());
        while let Some(node) = waiting.pop() {
            if Rc::strong_count(&node) == 1 {
                waiting.append(&mut node.children.borrow_mut());
            }
        }
    }
}

/// Builds the tree of one page.
pub(super) struct Dom {
    document: Rc<Node>,
}

impl Default for Dom {
    fn default() -> Self {
        Self {
            document: Node::new(Data::Document),
        }
    }
}

impl TreeSink for Dom {
    type Handle = Rc<Node>;
    type Output = Rc<Node>;
    type ElemName<'a> = &'a QualName;

    fn finish(self) -> Rc<Node> {
        self.document
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Rc<Node> {
        Rc::clone(&self.document)
    }

    fn elem_name<'a>(&'a self, target: &'a Rc<Node>) -> &'a QualName {
        const NOT_AN_ELEMENT: &QualName = &QualName {
            prefix: None,
            ns: html5ever::ns!(),
            local: html5ever::local_name!(""),
        };
        match &target.data {
            Data::Element { name, .. } => name,
            _ => NOT_AN_ELEMENT,
        }
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        flags: ElementFlags,
    ) -> Rc<Node> {
        Node::new(Data::Element {
            name,
            attributes: RefCell::new(attributes),
            annotation_point: Cell::new(flags.mathml_annotation_xml_integration_point),
        })
    }

    fn create_comment(&self, _text: StrTendril) -> Rc<Node> {
        Node::new(Data::Other)
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> Rc<Node> {
        Node::new(Data::Other)
    }

    fn append(&self, parent: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        match child {
            NodeOrText::AppendNode(node) => parent.push(node),
            NodeOrText::AppendText(text) => parent.append_text(&text),
        }
    }

    fn append_based_on_parent_node(
        &self,
        element: &Rc<Node>,
        before: &Rc<Node>,
        child: NodeOrText<Rc<Node>>,
    ) {
        if element.parent().is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(before, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Rc<Node>) -> Rc<Node> {
        Rc::clone(target)
    }

    fn same_node(&self, one: &Rc<Node>, other: &Rc<Node>) -> bool {
        Rc::ptr_eq(one, other)
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        let Some((parent, place)) = sibling.place_in_parent() else {
            return;
        };
        match child {
            NodeOrText::AppendNode(node) => {
                node.detach();
                let place = sibling.place_in_parent().map_or(place, |(_, place)| place);
                parent.insert(place, node);
            }
            NodeOrText::AppendText(text) => {
                let before = place.checked_sub(1);
                let before = before.and_then(|at| parent.children.borrow().get(at).cloned());
                match before.as_ref().map(|before| &before.data) {
                    Some(Data::Text(own)) => own.borrow_mut().push_tendril(&text),
                    _ => parent.insert(place, Node::new(Data::Text(RefCell::new(text)))),
                }
            }
        }
    }

    fn add_attrs_if_missing(&self, target: &Rc<Node>, more: Vec<Attribute>) {
        if let Data::Element { attributes, .. } = &target.data {
            let mut attributes = attributes.borrow_mut();
            for attribute in more {
                if attributes.iter().all(|known| known.name != attribute.name) {
                    attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Rc<Node>) {
        target.detach();
    }

    fn reparent_children(&self, node: &Rc<Node>, parent: &Rc<Node>) {
        let children = std::mem::take(&mut *node.children.borrow_mut());
        for child in children {
            parent.push(child);
        }
    }

    fn is_mathml_annotation_xml_integration_point(&self, node: &Rc<Node>) -> bool {
        match &node.data {
            Data::Element {
                annotation_point, ..
            } => annotation_point.get(),
            _ => false,
        }
    }
}
