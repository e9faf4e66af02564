use serde::{Deserialize, Serialize};

use crate::domain::id::{ChunkId, ContentHash, DocumentId, KnowledgeBaseId};
use crate::domain::metadata::Metadata;

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
    /// The headings above its first words, outermost first. The text itself may begin with the last of them. The first
    /// is the title that the document gives itself apart from its text, where no heading has a word of it.
    pub heading_path: Vec<String>,
    /// Page it starts on, from 1, where the format has pages.
    pub page: Option<u32>,
    /// Its place in the extracted text.
    pub span: Span,
    /// Length of the text in tokens of the embedder.
    pub token_count: u32,
    /// Characters at the start of the text that are repeated from further above in the document, such as the names of
    /// a table's columns. The span does not count them.
    #[serde(default)]
    pub carried: u32,
    /// Where other headings or another page begin within the chunk, in ascending order. Empty for chunks that were made
    /// by versions that did not keep it.
    #[serde(default)]
    pub places: Vec<ChunkPlace>,
}

/// From where on other headings or another page hold than for the text before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChunkPlace {
    /// First character, counted in the document as spans are.
    pub start: u32,
    /// The headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// Its page, from 1, where the format has pages.
    pub page: Option<u32>,
}

impl NewChunk {
    /// Moves a span of the text into the document. The whole chunk's where the text is not the document's own any more,
    /// and for a part that is repeated from elsewhere.
    pub fn document_span(&self, part: Span) -> Span {
        if !self.is_verbatim() || part.start < self.carried {
            return self.span;
        }
        Span {
            start: self.span.start + part.start - self.carried,
            end: self.span.start + part.end - self.carried,
        }
    }

    /// The part of the text that a span of the document covers; the whole text for the span of the whole chunk.
    pub fn quote(&self, source: Span) -> String {
        if source == self.span {
            return self.text.clone();
        }
        let start = source.start.max(self.span.start);
        let skipped = start - self.span.start + self.carried;
        let length = source.end.saturating_sub(start);
        self.text
            .chars()
            .skip(skipped as usize)
            .take(length as usize)
            .collect()
    }

    /// The text without what is repeated from elsewhere; all of it where it is not the document's own any more.
    pub fn own_text(&self) -> &str {
        if !self.is_verbatim() {
            return &self.text;
        }
        let carried = self.text.char_indices().nth(self.carried as usize);
        carried.map_or("", |(start, _)| &self.text[start..])
    }

    /// Headings and page of a character of the document that lies in the chunk.
    pub fn place_at(&self, character: u32) -> (&[String], Option<u32>) {
        let after = self
            .places
            .partition_point(|place| place.start <= character);
        match after.checked_sub(1).and_then(|last| self.places.get(last)) {
            Some(place) => (&place.heading_path, place.page),
            None => (&self.heading_path, self.page),
        }
    }

    /// Whether the text is what the document says, as far as its length tells.
    fn is_verbatim(&self) -> bool {
        let length = self.span.end.saturating_sub(self.span.start);
        u32::try_from(self.text.chars().count()) == Ok(length.saturating_add(self.carried))
    }

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

    fn chunk(text: &str, carried: u32) -> NewChunk {
        let length = u32::try_from(text.chars().count()).expect("short");
        NewChunk {
            ordinal: 0,
            text: text.to_owned(),
            heading_path: vec!["A".to_owned()],
            page: Some(1),
            span: Span {
                start: 10,
                end: 10 + length - carried,
            },
            token_count: 1,
            carried,
            places: vec![ChunkPlace {
                start: 13,
                heading_path: vec!["B".to_owned()],
                page: Some(2),
            }],
        }
    }

    #[test]
    fn quotes_count_characters_from_the_start_of_the_document() {
        let quote = |text: &str, start, end| chunk(text, 0).quote(Span { start, end });
        assert_eq!(quote("数据库很大的", 13, 15), "很大");
        assert_eq!(quote("abcdef", 0, 12), "ab");
        assert_eq!(quote("abcdef", 15, 99), "f");
        assert_eq!(quote("abcdef", 10, 16), "abcdef");
    }

    #[test]
    fn what_is_repeated_in_front_does_not_move_spans() {
        let chunk = chunk("Name\nAda", 5);
        let row = chunk.document_span(Span { start: 5, end: 8 });
        assert_eq!(row, Span { start: 10, end: 13 });
        assert_eq!(chunk.quote(Span { start: 11, end: 13 }), "da");
        let head = chunk.document_span(Span { start: 0, end: 4 });
        assert_eq!(head, chunk.span, "it stands elsewhere in the document");
    }

    #[test]
    fn an_edited_text_is_cited_as_a_whole() {
        let mut chunk = chunk("abcdef", 0);
        chunk.text = "another text".to_owned();
        let span = chunk.document_span(Span { start: 1, end: 3 });
        assert_eq!((span, chunk.quote(span)), (chunk.span, chunk.text.clone()));
    }

    #[test]
    fn a_place_holds_from_its_first_character_on() {
        let chunk = chunk("abcdef", 0);
        assert_eq!(chunk.place_at(12), (&["A".to_owned()][..], Some(1)));
        assert_eq!(chunk.place_at(13), (&["B".to_owned()][..], Some(2)));
    }

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
