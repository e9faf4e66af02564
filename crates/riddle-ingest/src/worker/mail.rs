//! Messages with files and other messages in them.

mod parts;

use std::collections::HashSet;

use xberg::{ArchiveEntry, ExtractedDocument, FormatMetadata};

use crate::words::has_words;

pub(super) use parts::in_utf8;

/// A message in a message in a message is read, and the files attached to it; what is deeper is not.
pub(super) const DEPTH: usize = 3;

/// What the library's warnings about attached files and messages come from. It gives one for each that it leaves out.
const LEFT_OUT: [&str; 4] = [
    "email_attachment_extraction",
    TOO_LONG,
    "nested_message_extraction",
    "msg_embedded_message_extraction",
];

/// What those come from that are about files with more text than is allowed.
const TOO_LONG: &str = "email_attachment_inlining";

const PICTURES: [&str; 8] = ["png", "jpg", "jpeg", "gif", "bmp", "emf", "wmf", "svg"];

pub(super) const MESSAGE: &str = "message/rfc822";

pub(super) fn is_message(media_type: &str) -> bool {
    matches!(media_type, MESSAGE | "application/vnd.ms-outlook")
}

/// The text of a message with that of the files attached to it and of the messages in it, each below its name or
/// subject. The library puts attached files into the text of their message as one paragraph each, without their lines
/// and tables, and the words of messages without saying whose they are; those go.
pub(super) fn with_messages_inside(document: &ExtractedDocument) -> String {
    let children = document.children.iter().flatten();
    let inside: Vec<(&str, String)> = children
        .filter(|entry| is_message(&entry.mime_type))
        .map(|entry| (title_of(entry), with_messages_inside(&entry.result)))
        .collect();
    let words: HashSet<&str> = inside
        .iter()
        .flat_map(|(_, text)| paragraphs(text))
        .collect();
    let all: Vec<&str> = paragraphs(&document.content).collect();
    let begin = begin_of_attachments(&all);
    let own = all[..begin.unwrap_or(all.len())].iter();
    let own = own.filter(|paragraph| !words.contains(**paragraph));
    let mut content = own.copied().collect::<Vec<_>>().join("\n\n");
    if begin.is_some() {
        push_attachments(&mut content, document);
    }
    for (title, text) in &inside {
        content.push_str(&format!("\n\n## {title}\n\n{text}"));
    }
    content
}

/// Where the text of attached files begins among the paragraphs of a message: behind the list of their names.
fn begin_of_attachments(paragraphs: &[&str]) -> Option<usize> {
    let is_list = |paragraph: &&&str| paragraph.trim_end().ends_with("B)");
    let lists = (0..paragraphs.len()).filter(|at| paragraphs[*at].trim() == "Attachments:");
    let mut ends = lists.filter_map(|at| {
        let names = paragraphs[at + 1..].iter().take_while(is_list).count();
        (names > 0).then_some(at + 1 + names)
    });
    ends.find(|end| {
        let follows = paragraphs.get(*end);
        follows.is_some_and(|paragraph| paragraph.starts_with("## "))
    })
}

fn push_attachments(content: &mut String, document: &ExtractedDocument) {
    let warnings = document.processing_warnings.iter();
    let too_long: Vec<&str> = warnings
        .filter(|warning| warning.source == TOO_LONG)
        .map(|warning| name_in(&warning.message))
        .collect();
    let children = document.children.iter().flatten();
    for entry in children.filter(|entry| !is_message(&entry.mime_type)) {
        let text = entry.result.content.trim();
        if text.is_empty() || too_long.contains(&entry.path.as_str()) {
            continue;
        }
        let text = below_name(text);
        content.push_str(&format!("\n\n## {}\n\n{}", entry.path, text.trim_end()));
    }
}

/// The text of a file with its headings below the one that names it.
fn below_name(text: &str) -> String {
    const DEEPEST: usize = 6;
    const LEVEL: usize = 2;
    let mut lines = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        let is_heading =
            !is_code && (1..=DEEPEST).contains(&level) && line[level..].starts_with(' ');
        lines.push(match is_heading {
            true => format!(
                "{}{}",
                "#".repeat((level + LEVEL).min(DEEPEST)),
                &line[level..]
            ),
            false => line.to_owned(),
        });
    }
    lines.join("\n")
}

/// Files attached to a message, and to the messages in it, whose text is not in [`with_messages_inside`].
pub(super) fn unread_attachments(document: &ExtractedDocument) -> u32 {
    let unread = unread_within(document, DEPTH);
    u32::try_from(unread).unwrap_or(u32::MAX)
}

fn unread_within(document: &ExtractedDocument, depth: usize) -> usize {
    if depth == 0 {
        return attached(document);
    }
    let warnings = document.processing_warnings.iter();
    let left_out = warnings.filter(|warning| {
        LEFT_OUT.contains(&&*warning.source) && !belongs_to_text(name_in(&warning.message))
    });
    let children = document.children.iter().flatten();
    let inside = children.map(|entry| {
        if is_message(&entry.mime_type) {
            return unread_within(&entry.result, depth - 1);
        }
        let is_picture = entry.mime_type.starts_with("image/");
        let is_read = !is_picture && has_words(&entry.result.content);
        usize::from(!is_read && !belongs_to_text(&entry.path))
    });
    left_out.count() + inside.sum::<usize>()
}

/// Whether a file is part of how a message looks or of its proof: a signature, or a picture without a name of its own,
/// as mail programs put logos there (`image001.png`).
fn belongs_to_text(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    let extension = extension.to_ascii_lowercase();
    let number = stem.strip_prefix("image").unwrap_or(stem);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    extension == "p7s" || is_number && PICTURES.contains(&&*extension)
}

/// The name of the file that a warning of the library is about, which it puts in quotes before a colon.
fn name_in(message: &str) -> &str {
    let name = message
        .split_once('\'')
        .and_then(|(_, rest)| rest.rsplit_once("':"));
    name.map_or("", |(name, _)| name)
}

/// Attached files of a message, as far as they have names.
fn attached(document: &ExtractedDocument) -> usize {
    match &document.metadata.format {
        Some(FormatMetadata::Email(message)) => message.attachments.len(),
        _ => 0,
    }
}

fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let paragraphs = text.split("\n\n").map(|part| part.trim_matches('\n'));
    paragraphs.filter(|paragraph| !paragraph.trim().is_empty())
}

fn title_of(entry: &ArchiveEntry) -> &str {
    let subject = entry.result.metadata.subject.as_deref().map(str::trim);
    subject
        .filter(|subject| !subject.is_empty())
        .unwrap_or(&entry.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_begin_behind_their_list() {
        let message = [
            "Attachments:",
            "see below",
            "Attachments:",
            " a.txt (3B)",
            " b.txt (4B)",
            "## a.txt",
            "abc",
        ];
        assert_eq!(begin_of_attachments(&message), Some(5));
        assert_eq!(begin_of_attachments(&message[..5]), None);
        assert_eq!(begin_of_attachments(&["## Attachments:", "none"]), None);
    }

    #[test]
    fn headings_of_files_are_below_their_names() {
        let text = "# One\n\n##### Two\n#three\n```\n# code\n```\n## Four";
        let below = "### One\n\n###### Two\n#three\n```\n# code\n```\n#### Four";
        assert_eq!(below_name(text), below);
    }
}
