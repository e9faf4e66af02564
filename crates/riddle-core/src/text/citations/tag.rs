//! Elements of HTML that models write a citation in, such as `<sup>2</sup>`.

/// Names of these elements.
const NAMES: [&str; 6] = ["sup", "cite", "ref", "citation", "source", "a"];
/// Attributes in which an element that shows nothing names a source.
const ATTRIBUTES: [&str; 6] = ["id", "number", "n", "index", "source", "ref"];

/// Whether `text`, which begins with `<`, may become such an element.
pub(super) fn may_begin(text: &str) -> bool {
    let inner = text.strip_prefix('<').unwrap_or(text);
    let name_end = inner.find(|c: char| !c.is_ascii_alphabetic());
    let (name, is_whole) = match name_end {
        Some(end) => (&inner[..end], true),
        None => (inner, false),
    };
    NAMES.iter().any(|known| match is_whole {
        true => name.eq_ignore_ascii_case(known),
        false => known
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name)),
    })
}

/// Whether the element that `text` begins with is closed.
pub(super) fn is_closed(text: &str) -> bool {
    let Some(before) = text.strip_suffix('>') else {
        return false;
    };
    let name = name(text);
    let is_empty = before.ends_with('/') && before.matches('<').count() == 1;
    if is_empty && !before.contains('>') {
        return true;
    }
    before
        .rsplit_once("</")
        .is_some_and(|(_, closing)| closing.trim_end().eq_ignore_ascii_case(name))
}

/// Whether it is raised: then its number may be a power.
pub(super) fn is_raised(text: &str) -> bool {
    name(text).eq_ignore_ascii_case("sup")
}

/// What it shows, without tags and without one pair of brackets; where that is nothing, the source that it names.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    let mut depth = 0_u32;
    for character in text.chars() {
        match character {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => shown.push(character),
            _ => {}
        }
    }
    let shown = shown.trim();
    if shown.is_empty() {
        return attribute(text).unwrap_or_default().to_owned();
    }
    let bare = |open: char, close: char| shown.strip_prefix(open)?.strip_suffix(close);
    bare('[', ']')
        .or_else(|| bare('【', '】'))
        .or_else(|| bare('(', ')'))
        .unwrap_or(shown)
        .to_owned()
}

/// What an element that names a source has between its tags, and the source.
pub(super) fn wrapped(text: &str) -> Option<(String, &str)> {
    let (_, behind) = text.split_once('>')?;
    let (words, _) = behind.rsplit_once("</")?;
    let is_plain = !words.contains('<') && words.contains(char::is_alphanumeric);
    is_plain
        .then(|| attribute(text))
        .flatten()
        .map(|source| (words.to_owned(), source))
}

/// The value of the first attribute that names a source.
fn attribute(text: &str) -> Option<&str> {
    let (tag, _) = text.split_once('>')?;
    // Links have an id to be found by.
    if ["a", "sup"]
        .iter()
        .any(|known| name(text).eq_ignore_ascii_case(known))
    {
        return None;
    }
    tag.split_whitespace().skip(1).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        let is_known = ATTRIBUTES
            .iter()
            .any(|known| key.eq_ignore_ascii_case(known));
        is_known.then(|| value.trim_matches(['"', '\'', '/']))
    })
}

fn name(text: &str) -> &str {
    let inner = text.strip_prefix('<').unwrap_or(text);
    let end = inner.find(|c: char| !c.is_ascii_alphabetic());
    &inner[..end.unwrap_or(inner.len())]
}
