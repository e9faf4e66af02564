//! From a file to text. Plain text is decoded here, everything else in a child process that may crash.

mod child;
mod error;
mod self_test;
mod verdict;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use riddle_core::{ExtractError, ExtractedText, Extractor, Failure, FailureCode};

use crate::failure;
use crate::plain;
use crate::protocol::Request;
use crate::sniff::{Content, sniff};
use child::{Child, Order};
use error::classified;
pub use self_test::{SELF_TEST, SelfTest, self_test};

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
}

/// Bounds on the extraction of one document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExtractionLimits {
    /// Address space of a worker in bytes, its program included.
    pub memory_bytes: u64,
    /// CPU time in seconds.
    pub cpu_seconds: u64,
    /// Wall time.
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
}

impl Extractor for WorkerExtractor {
    fn extract(
        &self,
        file: &Path,
        name: &str,
        media_type: Option<&str>,
    ) -> Result<ExtractedText, ExtractError> {
        let mut opened =
            File::open(file).map_err(|error| classified(error, failure::unreadable()))?;
        let limit = self.options.limits.output_bytes;
        match sniff(&mut opened, name, media_type)? {
            Content::Text(kind) => Ok(plain::read_text(&mut opened, kind, limit)?),
            Content::Document(media_type) => self.parse(file, media_type),
            Content::Markup(media_type) => match self.parse(file, media_type) {
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
}

impl WorkerExtractor {
    /// Starts nothing yet: workers come with the first document that needs one.
    pub fn new(options: ExtractorOptions) -> Self {
        Self {
            options,
            idle: Mutex::new(Vec::new()),
        }
    }

    fn parse(&self, file: &Path, media_type: &str) -> Result<ExtractedText, ExtractError> {
        let limits = self.options.limits;
        // Opened anew, so that nobody moves its place while it is sent.
        let unreadable = |error| classified(error, failure::unreadable());
        let document = File::open(file).map_err(unreadable)?;
        let length = document.metadata().map_err(unreadable)?;
        let request = Request {
            document_bytes: length.len(),
            media_type: media_type.to_owned(),
            memory_bytes: limits.memory_bytes,
            cpu_seconds: limits.cpu_seconds,
            output_bytes: limits.output_bytes,
        };
        let mut child = self.take_child()?;
        let outcome = child.ask(Order { request, document }, limits.wall_time);
        match outcome {
            Ok(answer) => {
                self.keep_child(child, &answer);
                let text = answer?;
                Ok(ExtractedText {
                    media_type: media_type.to_owned(),
                    ..text
                })
            }
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
        Child::start(&self.options).map_err(|error| {
            tracing::error!(%error, "extraction worker cannot be started");
            classified(error, failure::no_worker())
        })
    }

    fn keep_child(&self, child: Child, answer: &Result<ExtractedText, Failure>) {
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
