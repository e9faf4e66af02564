use serde::{Deserialize, Serialize};

use crate::id::{ChunkId, ContentHash, DocumentId, KnowledgeBaseId};
use crate::metadata::Metadata;

/// A half-open range of Unicode scalar values in the extracted text of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Span {
    /// First character.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
}

/// A chunk before it is stored.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NewChunk {
    /// Position among the document's chunks, from 0.
    pub ordinal: u32,
    /// Its text, as it is in the document. A chunk from the middle of a table begins with the caption and the names of
    /// the columns, which `span` does not count.
    pub text: String,
    /// The headings above its first words, outermost first. The text itself may begin with the last of them.
    pub heading_path: Vec<String>,
    /// Page it starts on, from 1, where the format has pages.
    pub page: Option<u32>,
    /// Its place in the extracted text.
    pub span: Span,
    /// Length of the text in tokens of the embedder.
    pub token_count: u32,
}

impl NewChunk {
    /// What is embedded and indexed: the headings and the text, since a text alone may not say what it is about.
    pub fn indexed_text(&self) -> String {
        indexed_text(&self.heading_path, &self.text)
    }

    /// Key of the embedding cache.
    pub fn text_hash(&self) -> ContentHash {
        ContentHash::of(self.indexed_text().as_bytes())
    }
}

/// A stored chunk of a live generation, with what a hit shows of its document.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ChunkRecord {
    /// Identity.
    pub id: ChunkId,
    /// The knowledge base it belongs to.
    pub knowledge_base: KnowledgeBaseId,
    /// Name of that knowledge base.
    pub knowledge_base_name: String,
    /// The document it belongs to.
    pub document: DocumentId,
    /// The document's name.
    pub document_name: String,
    /// The document's metadata.
    pub metadata: Metadata,
    /// The document's generation.
    pub generation: u32,
    /// The chunk itself.
    pub chunk: NewChunk,
}

/// The text with those headings in front that it does not begin with itself, so that none is indexed twice.
fn indexed_text(heading_path: &[String], text: &str) -> String {
    let own = leading_headings(text);
    let above: Vec<&str> = heading_path
        .iter()
        .filter(|title| !own.contains(&bare(title)))
        .map(String::as_str)
        .collect();
    if above.is_empty() {
        return text.to_owned();
    }
    format!("{}\n{text}", above.join(" › "))
}

/// Titles of the Markdown headings that a text begins with, with `#` or underlined.
fn leading_headings(text: &str) -> Vec<String> {
    let mut titles = Vec::new();
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .peekable();
    while let Some(line) = lines.next() {
        let underlined = lines.peek().is_some_and(|next| is_underline(next));
        if !line.starts_with('#') && !underlined {
            break;
        }
        titles.push(bare(line));
        if underlined {
            lines.next();
        }
    }
    titles
}

fn is_underline(line: &str) -> bool {
    line.chars().all(|character| character == '=') || line.chars().all(|character| character == '-')
}

/// A title without the marks of headings, emphasis and code.
fn bare(title: &str) -> String {
    let kept: String = title
        .chars()
        .filter(|character| !matches!(character, '#' | '*' | '_' | '`'))
        .collect();
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_indexed_once() {
        let path = ["Travel".to_owned(), "Hotels".to_owned()];
        assert_eq!(
            indexed_text(&path, "120 euros"),
            "Travel › Hotels\n120 euros"
        );
        assert_eq!(
            indexed_text(&path, "## Hotels\n\n120 euros"),
            "Travel\n## Hotels\n\n120 euros"
        );
        assert_eq!(
            indexed_text(&path, "# Travel\n\n## Hotels\n120"),
            "# Travel\n\n## Hotels\n120"
        );
        assert_eq!(
            indexed_text(&path, "Hotels\n------\n120"),
            "Travel\nHotels\n------\n120"
        );
        assert_eq!(
            indexed_text(&path, "## **Hotels**\n120"),
            "Travel\n## **Hotels**\n120"
        );
        assert_eq!(indexed_text(&[], "120 euros"), "120 euros");
    }
}
