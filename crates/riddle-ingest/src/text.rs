use serde::{Deserialize, Serialize};

/// The text of a document, ready to be cut into chunks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExtractedText {
    /// The text: UTF-8, line feeds only, no NUL, never blank.
    pub text: String,
    /// What the text is written in.
    pub format: TextFormat,
    /// Where pages start, ascending by offset; empty where the format has no pages.
    pub pages: Vec<PageStart>,
    /// Media type of the document as its content shows it.
    pub media_type: String,
}

/// What a text is written in; decides where it may be cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Markdown, as written by the author or made from a structured document.
    Markdown,
    /// Prose and records without markup.
    Plain,
    /// Source code and other text whose lines must stay whole.
    Code,
}

/// The start of a page or slide.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PageStart {
    /// Offset in bytes of the first character of the page.
    pub byte_offset: usize,
    /// Number of the page, from 1.
    pub number: u32,
}
