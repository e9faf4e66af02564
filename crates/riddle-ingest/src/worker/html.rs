//! What a reader of an HTML page reads: decoded as the page declares, without menus, banners and what is hidden, with
//! the value of a merged cell in each row that it covers. The library makes Markdown of the result.

mod charset;
mod dom;
mod fragment;
mod furniture;
mod grid;
mod hidden;
mod nesting;
mod prune;
mod write;

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};

pub(super) use charset::{decode, decode_labelled};
use dom::{Dom, Node};
use fragment::holds_raw_text;
pub(super) use fragment::outermost_tables;

/// A page that is left with what people read.
pub(super) struct Page {
    /// HTML in UTF-8.
    pub(super) html: String,
    pub(super) title: Option<String>,
}

/// Reads a page; `None` where the bytes are no text.
pub(super) fn read(bytes: &[u8]) -> Option<Page> {
    let decoded = charset::decode(bytes)?;
    let text = nesting::flattened(&decoded);
    let root = parse(&text);
    let title = root.find("title").map(|title| words_of(&title));
    let title = title.filter(|title| !title.is_empty());
    if !prune::to_main_text(&root) {
        // A page that is all menu, such as a site map, is read with its menus.
        let root = parse(&text);
        prune::to_visible_text(&root);
        return Some(finish(&root, title));
    }
    Some(finish(&root, title))
}

/// The text of XML with its tables as [`spread`] gives them, but for those that HTML would read otherwise; `None` where
/// there is none, or it would be longer than `most_bytes`.
pub(super) fn with_spread_tables(text: &str, most_bytes: usize) -> Option<String> {
    let mut tables = outermost_tables(text, |_| true);
    tables.retain(|table| !holds_raw_text(&text[table.clone()]));
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for table in &tables {
        kept.push_str(&text[at..table.start]);
        kept.push_str(&spread(&text[table.clone()]));
        at = table.end;
        if kept.len() > most_bytes {
            return None;
        }
    }
    kept.push_str(&text[at..]);
    (!tables.is_empty()).then_some(kept)
}

/// A table of HTML with the value of a merged cell in each row and column that it covers.
pub(super) fn spread(table: &str) -> String {
    let root = parse(&nesting::flattened(table));
    grid::expand_tables(&root);
    write::content(&root)
}

fn finish(root: &Node, title: Option<String>) -> Page {
    grid::expand_tables(root);
    Page {
        html: write::body(root),
        title,
    }
}

fn parse(text: &str) -> std::rc::Rc<Node> {
    let mut options = ParseOpts::default();
    options.tree_builder.scripting_enabled = false;
    parse_document(Dom::default(), options).one(text)
}

fn words_of(node: &Node) -> String {
    let text = node.text();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_with_raw_text_stay_as_they_are() {
        let merged = "<table><tr><th>Team</th><th>Shift</th></tr><tr><td rowspan=\"2\">Dock</td><td>early</td></tr>\
                      <tr><td>late</td></tr></table>";
        for element in [
            "<iframe src=\"a\"/>",
            "<Script/>",
            "<style />",
            "<textarea\n/>",
            "<svg><title/></svg>",
        ] {
            let raw = merged.replace("early", element);
            assert_eq!(with_spread_tables(&raw, 10_000), None, "{element}");
            let kept = with_spread_tables(&format!("{raw}<p>{merged}"), 10_000).unwrap();
            let spread = kept.strip_prefix(&format!("{raw}<p>")).unwrap();
            assert_eq!(spread.matches("Dock").count(), 2, "{spread}");
        }
        let other = merged.replace("early", "<titles/>");
        assert!(with_spread_tables(&other, 10_000).is_some());
    }
}
