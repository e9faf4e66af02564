//! Messages with files and other messages in them.

use std::collections::HashSet;

use xberg::{ArchiveEntry, ExtractedDocument};

/// A message in a message in a message is read, and the files attached to it; what is deeper is not.
pub(super) const DEPTH: usize = 3;

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
