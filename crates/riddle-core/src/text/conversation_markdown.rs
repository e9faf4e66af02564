use std::collections::BTreeSet;
use std::fmt::Write;

use crate::domain::answer::{Answer, ContextRecord};
use crate::domain::conversation::{
    Conversation, ConversationMessage, MessageContent, MessageStatus,
};

/// A chat as Markdown: questions, answers with `[n]`, and the cited sources with document, page and headings.
pub fn conversation_markdown(chat: &Conversation) -> String {
    let summary = &chat.summary;
    let title = match summary.title.as_str() {
        "" => "Chat",
        title => title,
    };
    let names: Vec<String> = summary
        .knowledge_bases
        .iter()
        .map(|base| plain(&base.name))
        .collect();
    let mut text = format!(
        "# {}\n\nKnowledge bases: {}\n",
        plain(title),
        names.join(", ")
    );
    for message in &chat.messages {
        match &message.content {
            MessageContent::Question { rewritten } => {
                add_question(&mut text, message, rewritten.as_deref());
            }
            MessageContent::Reply { answer, .. } => {
                add_reply(&mut text, message, answer.as_deref());
            }
        }
    }
    text
}

fn add_question(text: &mut String, message: &ConversationMessage, rewritten: Option<&str>) {
    text.push_str("\n## Question\n\n");
    text.push_str(message.text.trim());
    text.push('\n');
    if let Some(rewritten) = rewritten {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n*Searched as: {}*\n", plain(rewritten));
    }
}

fn add_reply(text: &mut String, message: &ConversationMessage, answer: Option<&Answer>) {
    text.push_str("\n## Answer\n");
    if !message.text.trim().is_empty() {
        text.push('\n');
        text.push_str(message.text.trim());
        text.push('\n');
    }
    match message.status {
        MessageStatus::Complete => {}
        MessageStatus::Writing => text.push_str("\n*Still being written.*\n"),
        MessageStatus::Stopped => text.push_str("\n*Stopped before its end.*\n"),
        MessageStatus::Failed => text.push_str("\n*Failed.*\n"),
    }
    let Some(answer) = answer else { return };
    let cited: BTreeSet<u32> = answer.citations.iter().map(|c| c.number).collect();
    let mut sources = answer
        .contexts
        .iter()
        .filter(|context| cited.contains(&context.number))
        .peekable();
    if sources.peek().is_some() {
        text.push_str("\nSources:\n\n");
    }
    for source in sources {
        text.push_str(&line_of(source));
    }
}

fn line_of(source: &ContextRecord) -> String {
    let record = &source.hit.chunk;
    let mut line = format!("- [{}] {}", source.number, plain(&record.document_name));
    if let Some(page) = record.chunk.page {
        let _ = write!(line, ", page {page}");
    }
    if !record.chunk.heading_path.is_empty() {
        let path = record.chunk.heading_path.join(" › ");
        let _ = write!(line, ", {}", plain(&path));
    }
    let _ = writeln!(line, " ({})", plain(&record.knowledge_base_name));
    line
}

/// Text on one line whose own signs are no Markdown.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(
            character,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|'
        ) {
            plain.push('\\');
        }
        plain.push(if character.is_control() {
            ' '
        } else {
            character
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markdown() {
        assert_eq!(plain("a_b [x](y)\n#1"), r"a\_b \[x\](y) \#1");
    }
}
