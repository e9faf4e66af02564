//! How deep elements lie in each other, before a parser pays for it.

/// The time that a page takes to parse grows with its size times this depth.
const MAX_DEPTH: usize = 2_000;
/// Elements that end by themselves where the next one begins, or that hold nothing.
const WITHOUT_END: [&str; 24] = [
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "br", "hr",
    "img", "input", "meta", "link", "base", "col", "area", "source", "wbr", "track", "param",
];

/// Whether more elements are open at once than any page needs.
pub(super) fn is_too_deep(html: &str) -> bool {
    let mut depth = 0_usize;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(name) = rest.strip_prefix('/') {
            depth = depth.saturating_sub(usize::from(counts(name)));
        } else if counts(rest) {
            depth += 1;
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
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
