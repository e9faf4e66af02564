//! What frames the text of a page: menus, banners, footers.

use std::rc::Rc;

use super::dom::Node;

/// Words of an id or class that say what an element is.
const COOKIE_WORDS: [&str; 9] = [
    "cookie",
    "cookies",
    "consent",
    "gdpr",
    "cookiebar",
    "cookiebanner",
    "onetrust",
    "didomi",
    "usercentrics",
];
/// Whole ids and classes of the footer of a page.
const FOOTER_NAMES: [&str; 12] = [
    "footer",
    "site-footer",
    "page-footer",
    "main-footer",
    "global-footer",
    "site_footer",
    "page_footer",
    "sitefooter",
    "pagefooter",
    "colophon",
    "copyright",
    "site-info",
];
const MENU_WORDS: [&str; 25] = [
    "nav",
    "navbar",
    "navigation",
    "menu",
    "submenu",
    "breadcrumb",
    "breadcrumbs",
    "pagination",
    "pager",
    "sidebar",
    "toc",
    "share",
    "sharing",
    "social",
    "related",
    "tags",
    "skip",
    "toolbar",
    "sitemap",
    "topbar",
    "topnav",
    "subnav",
    "mainnav",
    "quicklinks",
    "languages",
];
/// What the buttons of a notice on cookies say.
const CONSENT_BUTTONS: [&str; 18] = [
    "accept",
    "agree",
    "allow",
    "got it",
    "reject",
    "decline",
    "okay",
    "akzept",
    "zustimm",
    "einverstanden",
    "ablehnen",
    "accepter",
    "refuser",
    "aceptar",
    "accetta",
    "同意",
    "接受",
    "許可",
];
/// Longest text of the links in a menu, in characters on average; longer ones are sentences.
const MAX_MENU_LINK: usize = 25;
/// Longest paragraph of a footer, in characters.
const MAX_FOOTER_LINE: usize = 80;
/// Longest notice on cookies, in characters.
const MAX_NOTICE: usize = 1500;

/// What an element and all in it holds, after what is hidden has gone.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Content {
    /// Characters that are no white space.
    pub(super) text: usize,
    /// Those in headings.
    pub(super) in_headings: usize,
    /// Those in links.
    pub(super) in_links: usize,
    pub(super) links: usize,
}

impl Content {
    pub(super) fn add(&mut self, other: Self) {
        self.text += other.text;
        self.in_headings += other.in_headings;
        self.in_links += other.in_links;
        self.links += other.links;
    }

    /// Whether there is little but links below headings.
    fn is_list_of_links(&self) -> bool {
        self.links > 1 && self.in_links * 100 >= (self.text - self.in_headings) * 80
    }

    /// Whether most of the text is links.
    fn is_links(&self, percent: usize) -> bool {
        self.links > 0 && self.in_links * 100 >= self.text * percent
    }
}

/// Where an element stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// In `<main>` or `<article>`.
    pub(super) in_main: bool,
    /// In `<blockquote>` or a cell, whose footer is part of it.
    pub(super) in_quote: bool,
    /// In a box of other text too, but not of most of the page, such as a card, whose footer is part of it.
    pub(super) in_part: bool,
    /// After a heading or a paragraph.
    pub(super) is_introduced: bool,
    /// Characters of the whole page.
    pub(super) page: usize,
}

/// Whether an element frames the text by what it is, whatever it holds.
pub(super) fn is_furniture_by_name(node: &Node, place: Place) -> bool {
    let role = node.attribute("role").unwrap_or_default().to_lowercase();
    match (node.name(), role.as_str()) {
        ("html" | "body" | "main" | "article", _) | (_, "main") => false,
        ("nav" | "search", _) => true,
        (_, "navigation" | "search" | "menu" | "menubar" | "alertdialog") => true,
        (_, "contentinfo") => !place.in_main && !place.in_quote,
        ("footer", _) => !place.in_main && !place.in_quote && !place.in_part,
        _ => false,
    }
}

/// Whether an element frames the text by what it holds.
pub(super) fn is_furniture(node: &Rc<Node>, content: Content, place: Place) -> bool {
    if !is_box(node) || matches!(node.name(), "main" | "article" | "body" | "html") {
        return false;
    }
    let named = |wanted: &[&str]| words(node).any(|word| wanted.contains(&word.as_str()));
    let short = content.in_links <= content.links * MAX_MENU_LINK && !place.is_introduced;
    if named(&MENU_WORDS)
        && short
        && content.is_links(50)
        && (content.links > 1 || content.is_links(90))
    {
        return true;
    }
    if place.in_main {
        return false;
    }
    if is_named_footer(node) && !place.in_quote && content.text * 4 <= place.page {
        return !holds_prose(node);
    }
    let is_notice = content.text <= MAX_NOTICE && content.text * 2 <= place.page;
    let is_named_notice = named(&COOKIE_WORDS) || labelled(node, &COOKIE_WORDS);
    if is_notice && is_named_notice && (has_control(node) || content.text <= MAX_NOTICE / 5) {
        return true;
    }
    if is_notice && speaks_of_cookies(node) && has_consent_button(node) {
        return true;
    }
    if node.name() == "aside" && content.is_list_of_links() {
        return true;
    }
    if node.name() == "header" {
        let has_words = node
            .descendants()
            .any(|inner| matches!(inner.name(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "p"));
        return !has_words && content.text * 4 <= place.page;
    }
    let short = content.links >= 4 && content.in_links <= content.links * 30;
    short
        && content.is_links(80)
        && content.text * 3 <= place.page
        && !place.is_introduced
        && content.in_headings == 0
}

/// Whether the whole of its id or of a class is the name of a footer.
fn is_named_footer(node: &Node) -> bool {
    let names = [node.attribute("id"), node.attribute("class")];
    names.into_iter().flatten().any(|names| {
        let names = names.to_lowercase();
        names
            .split_whitespace()
            .any(|name| FOOTER_NAMES.contains(&name))
    })
}

/// Whether an element holds a heading or a paragraph of sentences.
fn holds_prose(node: &Rc<Node>) -> bool {
    node.descendants().any(|inner| match inner.name() {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => true,
        "p" => inner.text().trim().chars().count() > MAX_FOOTER_LINE,
        _ => false,
    })
}

/// Whether a box may frame the text. Words and cells in a sentence do not.
fn is_box(node: &Node) -> bool {
    matches!(
        node.name(),
        "div"
            | "ul"
            | "ol"
            | "section"
            | "aside"
            | "header"
            | "footer"
            | "form"
            | "dialog"
            | "p"
            | "table"
    )
}

/// Whether what follows an element is introduced by it: a list of links under a heading is content.
pub(super) fn introduces(node: &Node) -> bool {
    matches!(
        node.name(),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "p" | "dt"
    )
}

/// Whether what an element is called for those who do not see it has one of these words.
fn labelled(node: &Node, wanted: &[&str]) -> bool {
    let label = node.attribute("aria-label").unwrap_or_default();
    let label = label.to_lowercase();
    let mut words = label.split(|c: char| !c.is_alphanumeric());
    words.any(|word| wanted.contains(&word))
}

fn speaks_of_cookies(node: &Node) -> bool {
    const SUBJECTS: [&str; 5] = [
        "cookie",
        "クッキー",
        "your privacy",
        "ihre privatsphäre",
        "您的隐私",
    ];
    let text = node.text().to_lowercase();
    SUBJECTS.iter().any(|subject| text.contains(subject))
}

fn has_control(node: &Rc<Node>) -> bool {
    node.descendants()
        .any(|inner| matches!(inner.name(), "button" | "a" | "input"))
}

fn has_consent_button(node: &Rc<Node>) -> bool {
    node.descendants().any(|inner| {
        if !matches!(inner.name(), "button" | "a" | "input") {
            return false;
        }
        let label = inner.text() + &inner.attribute("value").unwrap_or_default();
        let label = label.trim().to_lowercase();
        label == "ok" || CONSENT_BUTTONS.iter().any(|word| label.contains(word))
    })
}

/// The words of an element's id and classes, in small letters.
fn words(node: &Node) -> impl Iterator<Item = String> + use<> {
    let names = [node.attribute("id"), node.attribute("class")];
    let words: Vec<String> = names
        .into_iter()
        .flatten()
        .flat_map(|name| {
            let name = name.to_lowercase();
            let parts = name.split(|c: char| !c.is_alphanumeric());
            parts.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    words.into_iter()
}
