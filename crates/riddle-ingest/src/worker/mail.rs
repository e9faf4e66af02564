//! Messages with files and other messages in them.

use xberg::{ArchiveEntry, ExtractedDocument};

/// A message in a message in a message is read, and the files attached to it; what is deeper is not.
pub(super) const DEPTH: usize = 3;

pub(super) fn is_message(media_type: &str) -> bool {
    matches!(media_type, "message/rfc822" | "application/vnd.ms-outlook")
}

/// The text of a message with that of the messages in it, each below its subject. The library puts attached files into
/// the text of their message, and messages beside it.
pub(super) fn with_messages_inside(document: &ExtractedDocument) -> String {
    let mut content = document.content.clone();
    let children = document.children.iter().flatten();
    for entry in children.filter(|entry| is_message(&entry.mime_type)) {
        content.push_str(&format!("\n\n## {}\n\n", title_of(entry)));
        content.push_str(&with_messages_inside(&entry.result));
    }
    content
}

fn title_of(entry: &ArchiveEntry) -> &str {
    let subject = entry.result.metadata.subject.as_deref().map(str::trim);
    subject
        .filter(|subject| !subject.is_empty())
        .unwrap_or(&entry.path)
}
