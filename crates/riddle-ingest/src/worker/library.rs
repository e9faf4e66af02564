//! The extraction library, its settings, and what its errors mean.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use riddle_core::{ExtractedText, Failure, MissingPictures, PageRanges, TextFormat};
use xberg::{
    ConcurrencyConfig, ExtractInput, ExtractedDocument, ExtractionConfig, OutputFormat, PageConfig,
    SecurityLimits, XbergError,
};

use super::boxes::order_corners;
use super::continued::with_names_again;
use super::html;
use super::html_tables::{self, MARKDOWN};
use super::line_breaks::without_line_breaks;
use super::mail;
use super::markdown::{clean, without_breaks_in_cells};
use super::office::{self, Prepared, Slide};
use super::pages::{MARKER, mark, split_pages};
use super::pictures::scanned_pages;
use super::rtf::{self, RTF};
use super::running::without_running_lines;
use super::tables::long_tables_to_records;
use super::xml_text;
use crate::failure;
use crate::plain;
use crate::protocol::Request;
use crate::words::has_words;

/// Most cells in all tables of a document. A large sheet has millions.
const MAX_TABLE_CELLS: usize = 5_000_000;

/// A page of the web.
const PAGE: &str = "text/html";

/// Whether a document is a page of the web.
fn is_page(media_type: &str) -> bool {
    matches!(media_type, PAGE | "application/xhtml+xml")
}

/// The library and the runtime that its interface asks for.
pub(super) struct Parser {
    runtime: tokio::runtime::Runtime,
    config: ExtractionConfig,
}

impl Parser {
    pub(super) fn new() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .max_blocking_threads(1)
            .thread_stack_size(super::STACK_BYTES)
            .build()?;
        Ok(Self {
            runtime,
            config: config(),
        })
    }

    /// Parses one document, and says which of its pages are pictures to be read.
    ///
    /// # Errors
    /// Why there is no text.
    pub(super) fn parse(
        &self,
        request: &Request,
        document: Vec<u8>,
    ) -> Result<(ExtractedText, Vec<u32>), Failure> {
        let (mut document, title) = match request.media_type.as_str() {
            media_type if is_page(media_type) => {
                let page = html::read(&document).ok_or_else(failure::malformed)?;
                (page.html.into_bytes(), page.title)
            }
            media_type if xml_text::is_xml(media_type) => (xml_text::in_utf8(document), None),
            _ => (document, None),
        };
        let is_pdf = request.media_type == "application/pdf";
        if is_pdf {
            order_corners(&mut document);
        }
        let original = if is_pdf { document.clone() } else { Vec::new() };
        let output_bytes = usize::try_from(request.output_bytes).unwrap_or(usize::MAX);
        let (mut content, unread_attachments) = self.content(request, document, output_bytes)?;
        if is_pdf {
            content = without_line_breaks(&content);
        }
        let (mut text, mut pages) = split_pages(&content, is_paged(&request.media_type));
        let mut scanned = Vec::new();
        if is_pdf {
            (text, pages) = without_running_lines(text, pages);
            (text, pages) = with_names_again(&text, &pages);
            scanned = scanned_pages(&original, &text, &pages);
        }
        if !has_words(&text) {
            return Err(failure::blank(&request.media_type));
        }
        if text.len() > output_bytes {
            return Err(failure::too_much_text());
        }
        let extracted = ExtractedText {
            text,
            format: TextFormat::Markdown,
            pages,
            media_type: request.media_type.clone(),
            title,
            recognised_pages: PageRanges::default(),
            unread_pages: 0,
            missing: MissingPictures::default(),
            unread_attachments,
        };
        Ok((extracted, scanned))
    }

    /// The text of a document with marks of pages, and how many files attached to it are not in it.
    fn content(
        &self,
        request: &Request,
        mut document: Vec<u8>,
        output_bytes: usize,
    ) -> Result<(String, u32), Failure> {
        let media_type = request.media_type.as_str();
        if media_type == MARKDOWN {
            return Ok((self.markdown(request, &document, output_bytes)?, 0));
        }
        match media_type {
            RTF => document = rtf::with_marked_rows(&document),
            mail::MESSAGE => document = mail::in_utf8(&document),
            _ => {}
        }
        let prepare = || office::prepare(media_type, document, output_bytes);
        let prepared = match catch_unwind(AssertUnwindSafe(prepare)) {
            Ok(prepared) => prepared?,
            Err(_panic) => return Err(failure::crashed()),
        };
        let mut unread_attachments = 0;
        let content = match prepared {
            Prepared::Document(message) if mail::is_message(media_type) => {
                let messages = self.documents(request, message, output_bytes)?;
                let unread = messages.iter().map(mail::unread_attachments);
                unread_attachments = unread.fold(0, u32::saturating_add);
                let texts = messages.iter().map(mail::with_messages_inside);
                texts.collect::<Vec<_>>().join("\n\n")
            }
            Prepared::Document(document) => self.read(request, document, output_bytes)?,
            Prepared::Slides(slides) => self.read_slides(request, slides, output_bytes)?,
            Prepared::Text(text) => text,
        };
        let mut content = clean(&content);
        // In the cells of a page such a mark is what its author wrote.
        if !is_page(media_type) {
            content = without_breaks_in_cells(&content);
        }
        let content = match media_type {
            RTF => rtf::with_tables(&content),
            _ if is_spreadsheet(media_type) => long_tables_to_records(&content),
            _ => content,
        };
        Ok((content, unread_attachments))
    }

    /// The text that the library makes of a document, with marks of pages.
    fn read(
        &self,
        request: &Request,
        document: Vec<u8>,
        output_bytes: usize,
    ) -> Result<String, Failure> {
        let slides = is_presentation(&request.media_type);
        let documents = self.documents(request, document, output_bytes)?;
        let content = documents
            .iter()
            .map(|document| marked_content(document, slides));
        Ok(content.collect::<Vec<_>>().join("\n\n"))
    }

    /// A text of Markdown with its tables of HTML as tables of Markdown.
    fn markdown(
        &self,
        request: &Request,
        document: &[u8],
        output_bytes: usize,
    ) -> Result<String, Failure> {
        let text = plain::markdown(document).ok_or_else(failure::malformed)?;
        let tables = html_tables::tables(&text);
        let Some(page) = html_tables::page(&text, &tables, output_bytes) else {
            return Ok(text);
        };
        let request = Request {
            media_type: PAGE.to_owned(),
            ..request.clone()
        };
        let read = clean(&self.read(&request, page.into_bytes(), output_bytes)?);
        let (read, _) = split_pages(&read, false);
        Ok(html_tables::replaced(&text, &tables, &read).unwrap_or(text))
    }

    /// What the library makes of a document.
    fn documents(
        &self,
        request: &Request,
        document: Vec<u8>,
        output_bytes: usize,
    ) -> Result<Vec<ExtractedDocument>, Failure> {
        let input = ExtractInput::from_bytes(document, request.media_type.as_str(), None);
        let mut config = self.config.clone();
        if mail::is_message(&request.media_type) {
            config.max_archive_depth = mail::DEPTH;
            // Marks of pages would be text of the files that are attached.
            config.pages = None;
        }
        if let Some(pages) = &mut config.pages {
            pages.extract_pages = is_presentation(&request.media_type);
        }
        if let Some(limits) = &mut config.security_limits {
            limits.max_content_size = limits.max_content_size.max(output_bytes);
        }
        let parsed = catch_unwind(AssertUnwindSafe(|| {
            self.runtime.block_on(xberg::extract(input, &config))
        }));
        match parsed {
            Ok(Ok(read)) => Ok(read.results),
            Ok(Err(error)) => Err(failure_of(&error)),
            Err(_panic) => Err(failure::crashed()),
        }
    }

    /// The slides one after the other, each with its mark and the speaker's notes. One that cannot be read is left out,
    /// unless none can.
    fn read_slides(
        &self,
        request: &Request,
        slides: Vec<Slide>,
        output_bytes: usize,
    ) -> Result<String, Failure> {
        let mut content = String::new();
        let mut failed = None;
        for slide in slides {
            let text = match self.read(request, slide.document, output_bytes) {
                Ok(text) => split_pages(&text, false).0,
                Err(failure) => {
                    failed.get_or_insert(failure);
                    continue;
                }
            };
            // Of a slide without text the library makes a line of dashes.
            let text = text.trim().trim_start_matches("-----").trim_start();
            let notes = slide.notes.trim();
            if text.is_empty() && notes.is_empty() {
                continue;
            }
            content.push_str(&mark(slide.number));
            push_slide(&mut content, text, slide.hidden);
            if !notes.is_empty() {
                content.push_str("\n\n### Speaker notes\n\n");
                content.push_str(notes);
            }
            if content.len() > output_bytes {
                return Err(failure::too_much_text());
            }
        }
        match failed {
            Some(failure) if content.is_empty() => Err(failure),
            _ => Ok(content),
        }
    }
}

/// Adds the text of a slide, and to its title that it is hidden.
fn push_slide(content: &mut String, text: &str, hidden: bool) {
    const HIDDEN: &str = "(hidden slide)";
    if !hidden {
        content.push_str(text);
        return;
    }
    let (first, rest) = text.split_at(text.find('\n').unwrap_or(text.len()));
    if first.starts_with('#') {
        content.push_str(&format!("{first} {HIDDEN}{rest}"));
    } else {
        content.push_str(&format!("{HIDDEN}\n\n{text}"));
    }
}

/// The content with page marks. In a PDF the library puts them into the content. Of slides it marks only the first and
/// returns the others separately, so each is looked up by its first line.
fn marked_content(document: &ExtractedDocument, slides: bool) -> String {
    let content = document.content.as_str();
    if !slides {
        return content.to_owned();
    }
    let mut marked = String::with_capacity(content.len());
    let mut rest = content;
    for slide in document.pages.iter().flatten().skip(1) {
        let body = slide.content.trim();
        let first_line = body.lines().next().unwrap_or_default();
        let Some(at) = rest.find(first_line).filter(|_| !first_line.is_empty()) else {
            continue;
        };
        marked.push_str(&rest[..at]);
        marked.push_str(&mark(slide.page_number));
        rest = &rest[at..];
        let known = if rest.starts_with(body) {
            body
        } else {
            first_line
        };
        marked.push_str(known);
        rest = &rest[known.len()..];
    }
    marked.push_str(rest);
    marked
}

fn is_paged(media_type: &str) -> bool {
    media_type == "application/pdf" || is_presentation(media_type)
}

fn is_presentation(media_type: &str) -> bool {
    media_type.contains("presentation") || media_type.contains("powerpoint")
}

fn is_spreadsheet(media_type: &str) -> bool {
    media_type.contains("spreadsheet") || media_type.contains("ms-excel")
}

fn config() -> ExtractionConfig {
    ExtractionConfig {
        use_cache: false,
        disable_ocr: true,
        output_format: OutputFormat::Markdown,
        // Escaped Markdown has backslashes before punctuation, which would be searched and shown.
        escape_markdown: false,
        // A file inside a file would be another document. What is attached to a message belongs to it (`mail.rs`).
        max_archive_depth: 0,
        // The parent watches the time and ends the worker.
        extraction_timeout_secs: None,
        pages: Some(PageConfig {
            extract_pages: false,
            insert_page_markers: true,
            marker_format: MARKER.to_owned(),
            keep_native_content: false,
        }),
        security_limits: Some(SecurityLimits {
            max_table_cells: MAX_TABLE_CELLS,
            ..SecurityLimits::default()
        }),
        concurrency: Some(ConcurrencyConfig {
            max_threads: Some(1),
            ..ConcurrencyConfig::default()
        }),
        ..ExtractionConfig::default()
    }
}

fn failure_of(error: &XbergError) -> Failure {
    let said = error.to_string().to_lowercase();
    let mentions = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match error {
        _ if mentions(&["encrypted", "password"]) => failure::encrypted(),
        XbergError::UnsupportedFormat(_) => failure::unknown_format(),
        XbergError::Security { .. } => failure::bomb(),
        XbergError::Timeout { .. } => failure::timeout(),
        _ if mentions(&["compression ratio", "zip bomb", "exceeds maximum"]) => failure::bomb(),
        _ => failure::malformed(),
    }
}
