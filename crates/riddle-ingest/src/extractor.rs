//! From a file to text. Plain text is decoded here, everything else in a child process that may crash.

mod child;
mod error;
mod kept_waiting;
mod merge;
mod pictures;
mod place;
mod self_test;
mod verdict;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use riddle_core::{ExtractError, ExtractedText, ExtractionWatch, Extractor, FailureCode};

use crate::failure;
use crate::plain;
use crate::protocol::Request;
use crate::sniff::{Content, TextKind, sniff};
use child::{Answer, Child, End, Order, Program, Said};
use error::classified;
use merge::with_read_pages;
pub use pictures::{PictureLimits, PictureOptions, PictureProgram};
use pictures::{Pictures, ReadPages};
pub use self_test::{SELF_TEST, SelfTest, self_test};

const PDF: &str = "application/pdf";
const MARKDOWN: &str = "text/markdown";

/// Idle workers that are kept. When more documents come at once, more are started, and these end with their document.
const MAX_IDLE: usize = 4;

/// How to extract.
#[derive(Clone, Debug)]
pub struct ExtractorOptions {
    /// The program to start as a worker; its arguments must lead it to [`crate::run_worker`].
    pub program: PathBuf,
    /// Arguments of the program.
    pub arguments: Vec<String>,
    /// Bounds on every document.
    pub limits: ExtractionLimits,
    /// How pictures are read; `None` where they are not.
    pub pictures: Option<PictureOptions>,
}

impl ExtractorOptions {
    fn program(&self) -> Program<'_> {
        Program {
            program: &self.program,
            arguments: &self.arguments,
            output_bytes: self.limits.output_bytes,
        }
    }
}

/// Bounds on the extraction of one document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExtractionLimits {
    /// Address space of a worker in bytes, its program included.
    pub memory_bytes: u64,
    /// CPU time in seconds.
    pub cpu_seconds: u64,
    /// Of one document, waiting for the CPU included.
    pub wall_time: Duration,
    /// Longest text in bytes; plain text files larger than this are refused as well.
    pub output_bytes: u64,
    /// A worker is replaced after this many documents, because parsers leak memory.
    pub documents_per_worker: u32,
}

/// Decodes plain text itself and has everything else read by a child process; each call keeps one busy.
pub struct WorkerExtractor {
    options: ExtractorOptions,
    idle: Mutex<Vec<Child>>,
    pictures: Pictures,
}

impl Extractor for WorkerExtractor {
    fn extract(
        &self,
        file: &Path,
        name: &str,
        media_type: Option<&str>,
        watch: &dyn ExtractionWatch,
    ) -> Result<ExtractedText, ExtractError> {
        let mut opened =
            File::open(file).map_err(|error| classified(error, failure::unreadable))?;
        let limit = self.options.limits.output_bytes;
        match sniff(&mut opened, name, media_type)? {
            Content::Text(kind) => {
                let text = plain::read_text(&mut opened, kind, limit)?;
                match kind {
                    TextKind::Markdown => self.with_tables(text, file, watch),
                    _ => Ok(text),
                }
            }
            Content::Document(media_type) => self.document(file, media_type, watch),
            Content::Picture(media_type) => {
                let read = self.pictures.read(file, media_type, None, watch)?;
                self.merged(None, read, media_type)
            }
            Content::Markup(media_type) => match self.document(file, media_type, watch) {
                // If the markup is broken, the text around it is still what the author wrote.
                Err(ExtractError::Document(failed)) if failed.code == FailureCode::Malformed => {
                    Ok(plain::read_as_it_stands(&mut opened, media_type, limit)?)
                }
                outcome => outcome,
            },
        }
    }

    fn wall_time(&self) -> Duration {
        self.options.limits.wall_time
    }

    fn reads_pictures(&self) -> Result<(), String> {
        self.pictures.readable()
    }
}

impl WorkerExtractor {
    /// Starts nothing yet: workers come with the first document that needs one.
    pub fn new(options: ExtractorOptions) -> Self {
        Self {
            pictures: Pictures::new(&options),
            options,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Markdown with its tables of HTML as tables of Markdown. Where they cannot be read, the text is still what its
    /// author wrote.
    fn with_tables(
        &self,
        own: ExtractedText,
        file: &Path,
        watch: &dyn ExtractionWatch,
    ) -> Result<ExtractedText, ExtractError> {
        if !own.text.to_ascii_lowercase().contains("</table") {
            return Ok(own);
        }
        match self.document(file, MARKDOWN, watch) {
            Ok(ExtractedText { text, .. }) => Ok(ExtractedText { text, ..own }),
            Err(ExtractError::Document(failed)) if failed.code != FailureCode::Internal => Ok(own),
            Err(error) => Err(error),
        }
    }

    /// The text of a document. Pages of a PDF that have none are read as pictures where that is possible.
    fn document(
        &self,
        file: &Path,
        media_type: &str,
        watch: &dyn ExtractionWatch,
    ) -> Result<ExtractedText, ExtractError> {
        let parsed = self.parse(file, media_type, watch);
        if media_type != PDF {
            return parsed.map(|(text, _blank)| text);
        }
        match parsed {
            Ok((text, blank)) if blank.is_empty() => Ok(text),
            Ok((text, blank)) => match self.pictures.read(file, PDF, Some(&blank), watch) {
                Ok(read) => self.merged(Some(text), read, PDF),
                Err(ExtractError::Document(failed)) if failed.code == FailureCode::TooLarge => {
                    Err(failed.into())
                }
                // Its own text is worth having without that of its pictures.
                Err(ExtractError::Document(_)) => Ok(ExtractedText {
                    unread_pages: u32::try_from(blank.len()).unwrap_or(u32::MAX),
                    ..text
                }),
                Err(error) => Err(error),
            },
            Err(ExtractError::Document(failed)) if failed.code == FailureCode::NoText => {
                let read = self.pictures.read(file, PDF, None, watch)?;
                self.merged(None, read, PDF)
            }
            Err(error) => Err(error),
        }
    }

    /// The text of a document with that of its pictures, which together may be no longer than any other.
    fn merged(
        &self,
        own: Option<ExtractedText>,
        read: ReadPages,
        media_type: &str,
    ) -> Result<ExtractedText, ExtractError> {
        let merged = with_read_pages(own, read, media_type)?;
        if merged.text.len() as u64 > self.options.limits.output_bytes {
            return Err(failure::too_much_text().into());
        }
        Ok(merged)
    }

    /// The text of a document and its pages without text.
    fn parse(
        &self,
        file: &Path,
        media_type: &str,
        watch: &dyn ExtractionWatch,
    ) -> Result<(ExtractedText, Vec<u32>), ExtractError> {
        let limits = self.options.limits;
        // Opened anew, so that nobody moves its place while it is sent.
        let unreadable = |error| classified(error, failure::unreadable);
        let document = File::open(file).map_err(unreadable)?;
        let length = document.metadata().map_err(unreadable)?;
        let request = Request {
            document_bytes: length.len(),
            media_type: media_type.to_owned(),
            memory_bytes: limits.memory_bytes,
            cpu_seconds: limits.cpu_seconds,
            output_bytes: limits.output_bytes,
            page: None,
            pixels: 0,
        };
        let mut child = self.take_child()?;
        let outcome = child.ask(Order { request, document }, limits.wall_time, watch);
        match outcome {
            Ok(answer) => {
                self.keep_child(child, &answer);
                let Said::Document { text, blank_pages } = answer? else {
                    return Err(failure::no_worker().into());
                };
                let media_type = media_type.to_owned();
                Ok((ExtractedText { media_type, ..text }, blank_pages))
            }
            Err(End::Unwanted) => Err(ExtractError::Unwanted),
            Err(end) => {
                let failed = verdict::failure_of(end, child);
                tracing::debug!(
                    media_type,
                    code = failed.code.as_str(),
                    "extraction worker ended"
                );
                Err(failed.into())
            }
        }
    }

    fn take_child(&self) -> Result<Child, ExtractError> {
        while let Some(mut child) = self.pop_idle() {
            if child.is_running() {
                return Ok(child);
            }
        }
        Child::start(self.options.program()).map_err(|error| {
            tracing::error!(%error, "extraction worker cannot be started");
            classified(error, |_logged| failure::no_worker())
        })
    }

    fn keep_child(&self, child: Child, answer: &Answer) {
        // A worker whose parser has panicked is not used again: its state may be broken.
        let healthy = answer
            .as_ref()
            .err()
            .is_none_or(|failed| failed.code != FailureCode::ParserCrashed);
        let worn = child.documents() >= self.options.limits.documents_per_worker;
        let mut idle = self.lock_idle();
        if healthy && !worn && idle.len() < MAX_IDLE {
            idle.push(child);
        }
    }

    fn pop_idle(&self) -> Option<Child> {
        self.lock_idle().pop()
    }

    fn lock_idle(&self) -> std::sync::MutexGuard<'_, Vec<Child>> {
        // Nothing is left half-done under this lock, so a panic of another holder does no harm.
        self.idle
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
