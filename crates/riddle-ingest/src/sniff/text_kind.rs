//! Files without a binary signature: which kind of text, if text at all.

use riddle_core::Failure;

use super::Content;
use super::expectation::{Expectation, expectation};
use crate::failure;
use crate::plain::{are_json_lines, decode};

/// A kind of text that is decoded without a parser.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TextKind {
    Plain,
    /// Markdown as its author wrote it.
    Markdown,
    /// Source code, configuration, logs.
    Code,
    /// Rows of values between commas, tabs, semicolons or bars.
    Delimited,
    /// One JSON value.
    Json,
    /// One JSON value on each line.
    JsonLines,
}

/// Decides what text `head`, the start of a file, belongs to.
pub(super) fn sniff_text(
    head: &[u8],
    name: &str,
    media_type: Option<&str>,
) -> Result<Content, Failure> {
    let expected = expectation(name, media_type);
    let Some(start) = decode(head) else {
        return Err(match expected {
            Expectation::None => failure::unknown_format(),
            _ => failure::malformed(),
        });
    };
    let start = start.trim_start();
    if let Some(media_type) = markup_by_content(start, expected) {
        return Ok(Content::Markup(media_type));
    }
    Ok(Content::Text(match expected {
        Expectation::Binary => return Err(failure::malformed()),
        Expectation::Markup(media_type) => return Ok(Content::Markup(media_type)),
        Expectation::Text(TextKind::Code) | Expectation::Prose | Expectation::None
            if are_json_lines(start) =>
        {
            TextKind::JsonLines
        }
        Expectation::Text(kind) => kind,
        Expectation::Prose | Expectation::None if looks_like_markdown(start) => TextKind::Markdown,
        Expectation::None if start.starts_with(['{', '[']) => TextKind::Json,
        Expectation::Prose if begins_as_json(start) => TextKind::Json,
        Expectation::Prose | Expectation::None => TextKind::Plain,
    }))
}

/// Whether a text begins with an object or a list of objects, which sentences do not.
fn begins_as_json(start: &str) -> bool {
    let object = start.strip_prefix('[').map_or(start, str::trim_start);
    let inner = object.strip_prefix('{').map(str::trim_start);
    inner.is_some_and(|inner| inner.starts_with('"'))
}

/// Markup that is visible at the start of the text. If the name says code or Markdown, that is believed, because both
/// may quote a page or a message.
fn markup_by_content(start: &str, expected: Expectation) -> Option<&'static str> {
    if matches!(expected, Expectation::Text(_)) {
        return None;
    }
    let page = behind_comments(start);
    let lower: String = page.chars().take(2048).collect::<String>().to_lowercase();
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return Some("text/html");
    }
    if lower.starts_with("<?xml") || lower.starts_with("<!doctype") {
        return Some(xml_media_type(&lower));
    }
    (is_message(start)).then_some("message/rfc822")
}

/// The text behind comments at its beginning: browsers write one into a page that they save.
fn behind_comments(mut text: &str) -> &str {
    while let Some(comment) = text.strip_prefix("<!--")
        && let Some((_, rest)) = comment.split_once("-->")
    {
        text = rest.trim_start();
    }
    text
}

fn xml_media_type(lower: &str) -> &'static str {
    if lower.contains("<html") {
        "text/html"
    } else if lower.contains("jats") || lower.contains("//nlm//dtd") {
        "application/x-jats+xml"
    } else if lower.contains("docbook") {
        "application/docbook+xml"
    } else if lower.contains("<fictionbook") {
        "application/x-fictionbook+xml"
    } else if lower.contains("<opml") {
        "application/xml+opml"
    } else {
        "application/xml"
    }
}

/// Whether the text begins with the header of an e-mail: lines of `Name: value`, three of them a mail's own.
fn is_message(start: &str) -> bool {
    const FIELDS: [&str; 10] = [
        "from",
        "to",
        "subject",
        "date",
        "mime-version",
        "message-id",
        "received",
        "return-path",
        "content-type",
        "delivered-to",
    ];
    let mut known = 0;
    for line in start.lines().take(60) {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((field, _value)) = line.split_once(':') else {
            return false;
        };
        if !field
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return false;
        }
        known += usize::from(FIELDS.contains(&field.to_lowercase().as_str()));
    }
    known >= 3
}

/// Whether a text of unknown kind has Markdown headings. They are between blank lines, unlike comments with the same
/// mark.
fn looks_like_markdown(start: &str) -> bool {
    let lines: Vec<&str> = start.lines().collect();
    let blank = |index: Option<usize>| {
        index
            .and_then(|index| lines.get(index))
            .is_none_or(|line| line.trim().is_empty())
    };
    lines.iter().enumerate().any(|(index, line)| {
        let text = line.trim_start_matches('#');
        let level = line.len() - text.len();
        (1..=6).contains(&level)
            && text.starts_with(' ')
            && !text.trim().is_empty()
            && blank(index.checked_sub(1))
            && blank(Some(index + 1))
            && lines.len() > index + 1
    })
}
