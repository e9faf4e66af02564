use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::document::{Failure, Findings, MissingPictures, PagesRead};
use crate::domain::metadata::OwnMetadata;
use crate::domain::page_ranges::PageRanges;
use crate::text::front_matter::FrontMatter;

/// The media type of Markdown that somebody has written.
const MARKDOWN: &str = "text/markdown";

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
    /// Title that the document gives itself apart from its text, as a page of HTML does.
    pub title: Option<String>,
    /// Pages whose text was read from pictures.
    pub recognised_pages: PageRanges,
    /// Pages without text of their own that were not read from pictures either, though such pages were.
    pub unread_pages: u32,
    /// What is missing of the pictures that were read.
    pub missing: MissingPictures,
    /// Files attached to a message whose text could not be read.
    pub unread_attachments: u32,
}

impl ExtractedText {
    /// What reading the document has found besides its text.
    pub fn findings(&self) -> Findings {
        let broken = self.text.matches(char::REPLACEMENT_CHARACTER).count();
        Findings {
            title: self.title.clone(),
            unreadable_characters: u32::try_from(broken).unwrap_or(u32::MAX),
            recognised_pages: self.recognised_pages.clone(),
            unread_pages: self.unread_pages,
            missing: self.missing.clone(),
            unread_attachments: self.unread_attachments,
            own_metadata: self.own_metadata(),
        }
    }

    /// What looks like front matter in the text of other formats is text.
    fn own_metadata(&self) -> OwnMetadata {
        let front = (self.media_type == MARKDOWN).then(|| FrontMatter::of(&self.text));
        front
            .flatten()
            .map(|front| front.metadata())
            .unwrap_or_default()
    }
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

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// Trying again cannot help.
    #[error("{}", .0.message)]
    Document(Failure),
    /// The machine has run out of files, memory or processes; the document is not at fault, and later it may go.
    #[error("the machine has no files, memory or processes left for extraction")]
    Exhausted(#[source] io::Error),
    /// Nobody wants the text any more.
    #[error("the text is not wanted any more")]
    Unwanted,
    /// Pictures have to be read, and whoever waits has no time for that now.
    #[error("the pictures of the document have still to be read")]
    Later,
}

impl From<Failure> for ExtractError {
    fn from(failure: Failure) -> Self {
        Self::Document(failure)
    }
}

/// Whoever waits for the text of a document.
pub trait ExtractionWatch: Send + Sync {
    /// Whether the text is still wanted. Asked several times a second, so it must be quick.
    fn is_wanted(&self) -> bool;

    /// The document is parsed, and pictures in it are to be read. That takes long, and the extractor itself bounds how
    /// many documents do it at once. Whether they are read now; if not, the answer is [`ExtractError::Later`].
    fn pictures_begin(&self) -> bool;

    /// So many of the pages that are pictures are read now. Told before the first page and after each.
    fn pages_read(&self, pages: PagesRead);
}

/// Waits to the end.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl ExtractionWatch for Unwatched {
    fn is_wanted(&self) -> bool {
        true
    }

    fn pictures_begin(&self) -> bool {
        true
    }

    fn pages_read(&self, _pages: PagesRead) {}
}

/// Gets text out of documents. Shared by threads.
pub trait Extractor: Send + Sync {
    /// The text of `file`. `name` and `media_type` are what the user says that it is, and its content decides. Blocks
    /// for little longer than [`Self::wall_time`], and for longer where pictures are read.
    ///
    /// # Errors
    /// Why there is no text: a failure with a message that says what to do and holds neither paths nor document text,
    /// that the machine has run out of something, that nobody wants it any more, or that it takes longer than `watch`
    /// has time for.
    fn extract(
        &self,
        file: &Path,
        name: &str,
        media_type: Option<&str>,
        watch: &dyn ExtractionWatch,
    ) -> Result<ExtractedText, ExtractError>;

    /// How long one document may take to be read, and after that to be cut, while no other work holds it up.
    fn wall_time(&self) -> Duration;

    /// Whether the text in pictures can be read now.
    ///
    /// # Errors
    /// It cannot. The text says what to do, as in "fetch a model with `…`".
    fn reads_pictures(&self) -> Result<(), String>;
}
