//! What a browser does not show.

use std::rc::Rc;

use super::dom::Node;

/// Elements without text for readers, and controls.
const WITHOUT_TEXT: [&str; 24] = [
    "script", "style", "template", "noscript", "head", "title", "meta", "link", "base", "iframe",
    "object", "embed", "applet", "canvas", "audio", "video", "map", "select", "datalist", "input",
    "progress", "meter", "slot", "noembed",
];
/// Classes that style sheets of many makers hide an element by.
const HIDING_CLASSES: [&str; 12] = [
    "hidden",
    "hide",
    "is-hidden",
    "d-none",
    "invisible",
    "visually-hidden",
    "visuallyhidden",
    "sr-only",
    "screen-reader-text",
    "screenreader-only",
    "noprint-hidden",
    "display-none",
];

/// Whether an element and all in it is not shown.
pub(super) fn is_hidden(node: &Rc<Node>) -> bool {
    match node.name() {
        "" | "html" | "body" | "main" => false,
        name if WITHOUT_TEXT.contains(&name) => true,
        "dialog" => node.attribute("open").is_none(),
        "button" => !opens_something(node),
        "a" => is_anchor_mark(node),
        _ => is_hidden_by_attributes(node),
    }
}

fn is_hidden_by_attributes(node: &Rc<Node>) -> bool {
    let hidden = node.attribute("hidden");
    if hidden.is_some_and(|value| !value.eq_ignore_ascii_case("until-found")) {
        return true;
    }
    let style = node.attribute("style").unwrap_or_default();
    let style: String = style.split_whitespace().collect::<String>().to_lowercase();
    if style.contains("display:none") || style.contains("visibility:hidden") {
        return true;
    }
    let class = node.attribute("class").unwrap_or_default();
    if class
        .split_whitespace()
        .any(|class| HIDING_CLASSES.contains(&class))
        && !shown_if_wide(&class)
    {
        return true;
    }
    // Icons and repetitions for the eye alone; what has blocks of text is read by all the same.
    let decorative = node
        .attribute("aria-hidden")
        .is_some_and(|value| value == "true");
    decorative
        && !node
            .descendants()
            .any(|inner| is_block_of_text(inner.name()))
}

/// Classes such as `hidden md:block`: hidden on a narrow screen alone.
fn shown_if_wide(classes: &str) -> bool {
    const SHOWN: [&str; 5] = ["block", "flex", "grid", "inline", "table"];
    classes.split_whitespace().any(|class| {
        let mut parts = class.split([':', '-']);
        let conditional = class.contains(':') || class.starts_with("d-");
        conditional && parts.any(|part| SHOWN.contains(&part))
    })
}

fn is_block_of_text(name: &str) -> bool {
    matches!(
        name,
        "p" | "li"
            | "table"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "pre"
            | "blockquote"
            | "dd"
    )
}

/// A button that is the title of what it unfolds.
fn opens_something(node: &Node) -> bool {
    let titles = |name: &str| {
        matches!(
            name,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dt" | "summary"
        )
    };
    let unfolds =
        node.attribute("aria-expanded").is_some() || node.attribute("aria-controls").is_some();
    node.parent().is_some_and(|parent| titles(parent.name()))
        || (unfolds && node.text().split_whitespace().count() > 1)
}

/// The sign beside a heading that links to it.
fn is_anchor_mark(node: &Rc<Node>) -> bool {
    let text = node.text();
    matches!(text.trim(), "#" | "¶" | "§" | "🔗") || is_hidden_by_attributes(node)
}
