//! The encoding of a page or of XML: its byte order mark, else what it declares, else what its bytes look like.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use crate::plain;

/// Bytes in which a declaration is looked for. Browsers look at 1,024, and real pages have longer heads.
const PRESCAN_BYTES: usize = 16 * 1024;

/// One character in so many that are not ASCII may be broken.
const MAX_BROKEN_SHARE: usize = 10;

/// Characters beyond ASCII from which on bytes are not UTF-8 by chance, whatever they declare.
const SURE_CHARACTERS: usize = 8;

/// The text of a page; `None` where the bytes are not text.
pub(in crate::worker) fn decode(bytes: &[u8]) -> Option<String> {
    if Encoding::for_bom(bytes).is_some() {
        return plain::decode(bytes);
    }
    match declared(bytes) {
        Some(declared) => decode_declared(bytes, declared),
        None => plain::decode(bytes),
    }
}

/// The text of bytes that are said to be in the encoding of this name; `None` where it is not known here.
pub(in crate::worker) fn decode_labelled(bytes: &[u8], label: &str) -> Option<String> {
    if Encoding::for_bom(bytes).is_some() {
        return plain::decode(bytes);
    }
    let declared = Encoding::for_label(label.trim().as_bytes())?;
    decode_declared(bytes, declared)
}

/// The text of bytes that are said to be in this encoding; `None` where they are not text.
fn decode_declared(bytes: &[u8], mut declared: &'static Encoding) -> Option<String> {
    // Pages that were converted to UTF-8 often still declare what they were before.
    let is_utf8 = declared.is_single_byte() && plain::is_mostly_utf8(bytes);
    if is_utf8 || is_surely_utf8(bytes) {
        declared = UTF_8;
    }
    if declared == UTF_8 && std::str::from_utf8(bytes).is_ok() {
        return plain::decode(bytes);
    }
    let (text, _) = declared.decode_without_bom_handling(bytes);
    let broken = broken_characters(&text);
    let foreign = text
        .chars()
        .filter(|character| !character.is_ascii())
        .count();
    // A few bytes that are damaged do not make the declaration wrong.
    if broken * MAX_BROKEN_SHARE <= foreign {
        return Some(text.into_owned());
    }
    match plain::decode(bytes) {
        Some(other) if broken_characters(&other) < broken => Some(other),
        _ => Some(text.into_owned()),
    }
}

fn is_surely_utf8(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let foreign = text.chars().filter(|character| !character.is_ascii());
    foreign.take(SURE_CHARACTERS).count() == SURE_CHARACTERS
}

fn broken_characters(text: &str) -> usize {
    text.matches(char::REPLACEMENT_CHARACTER).count()
}

/// The encoding that an XML declaration or a `<meta>` names.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(PRESCAN_BYTES)];
    // Bytes of other encodings than UTF-16 that stand for ASCII are ASCII; others do not matter here.
    let head: String = head.iter().copied().map(char::from).collect();
    let head = head.to_ascii_lowercase();
    let label = xml_encoding(&head).or_else(|| meta_charset(&head))?;
    let encoding = Encoding::for_label(label.trim().as_bytes())?;
    Some(match encoding {
        // What has been read as ASCII is not in UTF-16.
        other if other == UTF_16LE || other == UTF_16BE => UTF_8,
        other if other == X_USER_DEFINED => WINDOWS_1252,
        other => other,
    })
}

fn xml_encoding(head: &str) -> Option<&str> {
    let declaration = head.trim_start().strip_prefix("<?xml")?;
    let (declaration, _) = declaration.split_once("?>")?;
    value_after(declaration, "encoding")
}

fn meta_charset(head: &str) -> Option<&str> {
    let mut rest = head;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->")?.1;
            continue;
        }
        if rest.starts_with("<meta") {
            let tag = rest.split_once('>').map_or(rest, |(tag, _)| tag);
            let is_declaration = tag.contains("http-equiv") || !tag.contains("content=");
            if let Some(label) = value_after(tag, "charset").filter(|_| is_declaration) {
                return Some(label);
            }
        }
        rest = &rest[1..];
    }
    None
}

/// The value behind `name=`, quoted or not.
fn value_after<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let at = tag.find(name)?;
    let value = tag[at + name.len()..].trim_start().strip_prefix('=')?;
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let end = value.find(['"', '\'', ' ', ';', '/', '>', '\n', '\t']);
    Some(&value[..end.unwrap_or(value.len())])
}
