//! How deep elements lie in each other, before a parser pays for it.

use std::borrow::Cow;

/// Elements in each other, at most. The time that a page takes to parse grows with its size times its depth.
const MAX_DEPTH: usize = 400;
/// Elements that end by themselves where the next one begins, or that hold nothing.
const WITHOUT_END: [&str; 24] = [
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "br", "hr",
    "img", "input", "meta", "link", "base", "col", "area", "source", "wbr", "track", "param",
];

/// The page without the tags of elements that lie deeper than any page needs; their text stays.
pub(super) fn flattened(html: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut depth = 0_usize;
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        let start = at + found;
        at = start + 1;
        let tag = &html[at..];
        let too_deep = depth >= MAX_DEPTH;
        let is_cut = match tag.strip_prefix('/') {
            Some(name) if counts(name) => {
                depth = depth.saturating_sub(1);
                depth >= MAX_DEPTH
            }
            None if counts(tag) => {
                depth += 1;
                too_deep
            }
            _ => false,
        };
        if is_cut {
            kept.push_str(&html[copied..start]);
            kept.push(' ');
            copied = tag.find('>').map_or(html.len(), |end| at + end + 1);
            at = copied;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    kept.push_str(&html[copied..]);
    Cow::Owned(kept)
}

fn counts(tag: &str) -> bool {
    let end = tag.find(|character: char| !character.is_ascii_alphanumeric());
    let name = &tag[..end.unwrap_or(tag.len())];
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
    begins
        && !WITHOUT_END
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
}
