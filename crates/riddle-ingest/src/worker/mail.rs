//! Messages with files and other messages in them.

use std::collections::HashSet;

use xberg::{ArchiveEntry, ExtractedDocument, FormatMetadata};

use crate::words::has_words;

/// A message in a message in a message is read, and the files attached to it; what is deeper is not.
pub(super) const DEPTH: usize = 3;

/// What the library's warnings about attached files and messages come from. It gives one for each that it leaves out.
const LEFT_OUT: [&str; 4] = [
    "email_attachment_extraction",
    "email_attachment_inlining",
    "nested_message_extraction",
    "msg_embedded_message_extraction",
];

const PICTURES: [&str; 8] = ["png", "jpg", "jpeg", "gif", "bmp", "emf", "wmf", "svg"];

pub(super) fn is_message(media_type: &str) -> bool {
    matches!(media_type, "message/rfc822" | "application/vnd.ms-outlook")
}

/// The text of a message with that of the messages in it, each below its subject. The library puts attached files into
/// the text of their message. Of messages it puts the words there too, without saying whose they are; those go.
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
    let own = paragraphs(&document.content).filter(|paragraph| !words.contains(paragraph));
    let mut content = own.collect::<Vec<_>>().join("\n\n");
    for (title, text) in &inside {
        content.push_str(&format!("\n\n## {title}\n\n{text}"));
    }
    content
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
