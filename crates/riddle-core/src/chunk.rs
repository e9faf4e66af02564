use crate::id::{ChunkId, ContentHash, DocumentId, KnowledgeBaseId};
use crate::metadata::Metadata;

/// A half-open range of Unicode scalar values in the extracted text of a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// First character.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
}

/// A chunk before it is stored.
#[derive(Clone, PartialEq, Debug)]
pub struct NewChunk {
    /// Position among the document's chunks, from 0.
    pub ordinal: u32,
    /// The passage as it stands in the document.
    pub text: String,
    /// Headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// Page it starts on, from 1, where the format has pages.
    pub page: Option<u32>,
    /// Where it stands in the extracted text.
    pub span: Span,
    /// Tokens of the embedder.
    pub token_count: u32,
}

impl NewChunk {
    /// What is embedded and indexed: the headings give the passage its context.
    pub fn indexed_text(&self) -> String {
        indexed_text(&self.heading_path, &self.text)
    }

    /// Key of the embedding cache.
    pub fn text_hash(&self) -> ContentHash {
        ContentHash::of(self.indexed_text().as_bytes())
    }
}

/// A stored chunk of a live generation, with what a hit shows of its document.
#[derive(Clone, PartialEq, Debug)]
pub struct ChunkRecord {
    /// Identity.
    pub id: ChunkId,
    /// The knowledge base it belongs to.
    pub knowledge_base: KnowledgeBaseId,
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

fn indexed_text(heading_path: &[String], text: &str) -> String {
    if heading_path.is_empty() {
        return text.to_owned();
    }
    let mut indexed = heading_path.join(" › ");
    indexed.push('\n');
    indexed.push_str(text);
    indexed
}
