//! What a field says: the part of YAML and TOML that metadata can hold. Anchors, aliases and tags are not followed, so
//! that no text becomes more than it is.

use super::entries::Entry;
use super::scalar::{Scalar, is_pair, quoted, skip_blanks};
use crate::domain::metadata::MetadataValue;

/// What a field may say.
pub(super) enum Value {
    Nothing,
    One(Scalar),
    List(Vec<Scalar>),
}

impl Value {
    /// As metadata, where it says anything. Lists hold texts, as all metadata.
    pub(super) fn into_metadata(self) -> Option<MetadataValue> {
        match self {
            Self::Nothing => None,
            Self::One(scalar) => scalar.into_metadata(),
            Self::List(items) => {
                let said = items.into_iter().filter(|item| !item.is_null());
                Some(MetadataValue::Texts(said.map(|item| item.text).collect()))
            }
        }
    }
}

/// Reads a field; `None` where it is nested, damaged, or would have to be looked up.
pub(super) fn read(entry: &Entry<'_>) -> Option<Value> {
    if let Some(text) = block(entry) {
        return Some(Value::One(text));
    }
    let lines = [entry.value].into_iter().chain(entry.rest.iter().copied());
    let lines: Vec<&str> = lines
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    if entry.value.is_empty() && lines.first().is_some_and(|line| is_item(line)) {
        let items = lines.into_iter().map(item);
        return items.collect::<Option<Vec<_>>>().map(Value::List);
    }
    let Some(first) = lines.first() else {
        return Some(Value::Nothing);
    };
    match first.chars().next()? {
        '[' => flow(&lines.join("\n")).map(Value::List),
        '"' | '\'' => whole(&lines.join("\n")).map(Value::One),
        _ if below(entry).any(is_pair) => None,
        _ => Scalar::plain(&lines).map(Value::One),
    }
}

/// The lines below the first, without blanks around them.
fn below<'a>(entry: &Entry<'a>) -> impl Iterator<Item = &'a str> {
    entry.rest.iter().map(|line| line.trim())
}

/// A text of several lines, whose ends are kept (`|`) or not (`>`).
fn block(entry: &Entry<'_>) -> Option<Scalar> {
    let header = entry.value.split(" #").next()?.trim_end();
    let header = header.trim_end_matches(|sign: char| sign.is_ascii_digit() || "+-".contains(sign));
    let text = match header {
        "|" => below(entry).collect::<Vec<_>>().join("\n"),
        ">" => {
            let lines = below(entry).filter(|line| !line.is_empty());
            lines.collect::<Vec<_>>().join(" ")
        }
        _ => return None,
    };
    Some(Scalar::quoted(text.trim().to_owned()))
}

fn is_item(line: &str) -> bool {
    line == "-" || line.starts_with("- ")
}

/// An item of a list on a line of its own.
fn item(line: &str) -> Option<Scalar> {
    let text = line.strip_prefix('-').filter(|_| is_item(line))?.trim();
    match text.chars().next() {
        Some('"' | '\'') => whole(text),
        _ if is_item(text) || is_pair(text) => None,
        _ => Scalar::plain(&[text]),
    }
}

/// A quoted text with nothing but a comment behind it.
fn whole(text: &str) -> Option<Scalar> {
    let (said, rest) = quoted(text)?;
    skip_blanks(rest).is_empty().then_some(said)
}

/// A list between brackets, with nothing but a comment behind it.
fn flow(text: &str) -> Option<Vec<Scalar>> {
    let mut rest = skip_blanks(text.strip_prefix('[')?);
    let mut items = Vec::new();
    while !rest.starts_with(']') {
        let (item, behind) = flow_item(rest)?;
        items.push(item);
        rest = skip_blanks(behind);
        match rest.strip_prefix(',') {
            Some(next) => rest = skip_blanks(next),
            None if rest.starts_with(']') => {}
            None => return None,
        }
    }
    skip_blanks(&rest[1..]).is_empty().then_some(items)
}

fn flow_item(text: &str) -> Option<(Scalar, &str)> {
    if text.starts_with(['"', '\'']) {
        return quoted(text);
    }
    let end = text.find([',', '[', ']', '{', '}', '\n'])?;
    let (said, rest) = text.split_at(end);
    if said.trim().is_empty() || is_pair(said.trim()) {
        return None;
    }
    Some((Scalar::plain(&[said.trim()])?, rest))
}
