//! Pages that are pictures, read one after the other in a child process of their own kind.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_core::{
    ExtractError, ExtractionWatch, Failure, FailureCode, MissingPictures, PagesRead,
};

use super::ExtractorOptions;
use super::child::{Child, End, Order, Program, Said};
use super::error::classified;
use super::place::{Place, Placed};
use super::verdict::failure_of;
use crate::failure;
use crate::protocol::{PageFacts, Request};

/// Pages of one document that may end the reader. After that the others are left unread.
const MOST_ENDED: u32 = 3;
/// A reader is replaced after this many pages, because it may leak memory.
const PAGES_PER_READER: u32 = 500;

/// How pictures are read.
#[derive(Clone, Debug)]
pub struct PictureOptions {
    /// What is started for it.
    pub program: Arc<dyn PictureProgram>,
    /// Bounds on every document.
    pub limits: PictureLimits,
}

/// The program that reads pictures.
pub trait PictureProgram: std::fmt::Debug + Send + Sync {
    /// Arguments of the extractor's program that lead it to [`crate::run_picture_reader`]. Asked for every document.
    ///
    /// # Errors
    /// There is no model. The text says what to do, as in "fetch it with `…`".
    fn arguments(&self) -> Result<Vec<String>, String>;
}

/// Bounds on reading the pictures of one document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PictureLimits {
    /// Most pages that are read; the others are counted as unread.
    pub pages: u32,
    /// Most pixels of a picture.
    pub pixels: u64,
    /// Address space of the reader in bytes.
    pub memory_bytes: u64,
    /// Wall time of a page.
    pub page_time: Duration,
    /// Wall time of all pages, after which no other is begun.
    pub document_time: Duration,
    /// Threads that the reader computes with.
    pub threads: u32,
}

/// Reads pictures where there is a program for it.
pub(super) struct Pictures {
    program: PathBuf,
    output_bytes: u64,
    options: Option<PictureOptions>,
    place: Place,
}

/// What has been read.
#[derive(Default)]
pub(super) struct ReadPages {
    /// Pages with text, ascending.
    pub(super) texts: Vec<(u32, String)>,
    /// Pages that were not read.
    pub(super) unread: u32,
    /// Why the first of them was not.
    pub(super) failure: Option<Failure>,
    /// What is missing of those that were.
    pub(super) missing: MissingPictures,
}

impl ReadPages {
    fn add(&mut self, page: u32, text: String, facts: PageFacts) {
        if facts.cut {
            self.missing.cut_pages.push(page);
        }
        let frames = &mut self.missing.unread_frames;
        *frames = frames.saturating_add(facts.unread_frames);
        if !text.trim().is_empty() {
            self.texts.push((page, text));
        }
    }
}

/// The text of a page.
type Page = (String, PageFacts);

impl Pictures {
    pub(super) fn new(options: &ExtractorOptions) -> Self {
        Self {
            program: options.program.clone(),
            output_bytes: options.limits.output_bytes,
            options: options.pictures.clone(),
            place: Place::default(),
        }
    }

    /// Whether pictures can be read now; if not, what to do.
    pub(super) fn readable(&self) -> Result<(), String> {
        let Some(options) = &self.options else {
            return Err(failure::RECOGNISE_ELSEWHERE.to_owned());
        };
        options.program.arguments().map(drop)
    }

    /// Reads these pages of a document; all of them if none are named.
    ///
    /// # Errors
    /// There is no program for it, there is no time for it now, nobody wants the text any more, or there is more of it
    /// than a document may have. What fails of a page is told in the result.
    pub(super) fn read(
        &self,
        file: &Path,
        media_type: &str,
        pages: Option<&[u32]>,
        watch: &dyn ExtractionWatch,
    ) -> Result<ReadPages, ExtractError> {
        let missing = |how: &str| match media_type {
            super::PDF => failure::no_text(how),
            _ => failure::image(how),
        };
        let Some(options) = &self.options else {
            return Err(missing(failure::RECOGNISE_ELSEWHERE).into());
        };
        let arguments = options.program.arguments();
        let arguments = arguments.map_err(|how| missing(&how))?;
        if !watch.pictures_begin() {
            return Err(ExtractError::Later);
        }
        let mut reading = Reading {
            pictures: self,
            limits: options.limits,
            arguments,
            file,
            media_type,
            watch,
            placed: self.place.take(watch)?,
            started: Instant::now(),
            ended: 0,
            sent: false,
        };
        reading.pages(pages)
    }
}

/// A document whose pages are being read.
struct Reading<'a> {
    pictures: &'a Pictures,
    limits: PictureLimits,
    arguments: Vec<String>,
    file: &'a Path,
    media_type: &'a str,
    watch: &'a dyn ExtractionWatch,
    placed: Placed<'a>,
    started: Instant,
    /// Pages that have ended the reader.
    ended: u32,
    /// Whether the reader has the document.
    sent: bool,
}

impl Reading<'_> {
    fn pages(&mut self, named: Option<&[u32]>) -> Result<ReadPages, ExtractError> {
        let mut read = ReadPages::default();
        let mut total = named.map_or(1, |pages| u32::try_from(pages.len()).unwrap_or(u32::MAX));
        let mut room = self.pictures.output_bytes;
        let mut index = 0;
        while index < total {
            let asked = named.and_then(|pages| pages.get(index as usize).copied());
            let page = asked.unwrap_or(index.saturating_add(1));
            self.tell(index, total);
            if index >= self.limits.pages
                || self.ended >= MOST_ENDED
                || (index > 0 && self.started.elapsed() >= self.limits.document_time)
            {
                read.unread = read.unread.saturating_add(total - index);
                break;
            }
            match self.page_at_most_twice(page)? {
                Ok((text, facts)) => {
                    if named.is_none() {
                        total = facts.pages;
                    }
                    let left = room.checked_sub(text.len() as u64);
                    room = left.ok_or_else(failure::too_much_text)?;
                    read.add(page, text, facts);
                }
                Err(failed) => {
                    read.unread = read.unread.saturating_add(1);
                    let hopeless = failed.code == FailureCode::Internal;
                    read.failure.get_or_insert(failed);
                    if hopeless {
                        read.unread = read.unread.saturating_add(total - index - 1);
                        break;
                    }
                }
            }
            index += 1;
        }
        self.tell(total, total);
        Ok(read)
    }

    /// Tells how many of the pages are read; those beyond the limit are not to be read.
    fn tell(&self, read: u32, total: u32) {
        let total = total.min(self.limits.pages);
        let read = read.min(total);
        self.watch.pages_read(PagesRead { read, total });
    }

    /// As [`Self::page`]. A page that has ended the reader is tried once more by another one: the machine may have been
    /// short of memory, and a first page that fails tells nothing about how many there are.
    fn page_at_most_twice(&mut self, page: u32) -> Result<Result<Page, Failure>, ExtractError> {
        let before = self.ended;
        let read = self.page(page)?;
        if read.is_err() && self.ended > before && self.ended < MOST_ENDED {
            return self.page(page);
        }
        Ok(read)
    }

    /// The text of a page, or why there is none.
    fn page(&mut self, page: u32) -> Result<Result<Page, Failure>, ExtractError> {
        let worn = |reader: &Child| reader.documents() >= PAGES_PER_READER;
        let reader = self.placed.reader.take().filter(|reader| !worn(reader));
        let running = reader.and_then(|mut reader| reader.is_running().then_some(reader));
        let mut reader = match running {
            Some(reader) => reader,
            None => {
                self.sent = false;
                self.start()?
            }
        };
        let order = self.order(page)?;
        let outcome = reader.ask(order, self.limits.page_time, self.watch);
        match outcome {
            Ok(Ok(Said::Page { text, facts })) => {
                self.sent = true;
                self.placed.reader = Some(reader);
                Ok(Ok((text, facts)))
            }
            Ok(Ok(Said::Document { .. })) => Ok(Err(failure::no_worker())),
            Ok(Err(failed)) => {
                // What has panicked may be broken.
                if failed.code != FailureCode::ParserCrashed {
                    self.sent = true;
                    self.placed.reader = Some(reader);
                }
                Ok(Err(failed))
            }
            Err(End::Unwanted) => Err(ExtractError::Unwanted),
            Err(end) => {
                self.ended += 1;
                Ok(Err(failure::of_picture(failure_of(end, reader))))
            }
        }
    }

    fn start(&self) -> Result<Child, ExtractError> {
        let program = Program {
            program: &self.pictures.program,
            arguments: &self.arguments,
            output_bytes: self.pictures.output_bytes,
        };
        Child::start(program).map_err(|error| {
            tracing::error!(%error, "the reader of pictures cannot be started");
            classified(error, |_logged| failure::no_worker())
        })
    }

    fn order(&self, page: u32) -> Result<Order, ExtractError> {
        let unreadable = |error| classified(error, failure::unreadable);
        let document = File::open(self.file).map_err(unreadable)?;
        let length = document.metadata().map_err(unreadable)?.len();
        let threads = u64::from(self.limits.threads.max(1));
        let request = Request {
            document_bytes: if self.sent { 0 } else { length },
            media_type: self.media_type.to_owned(),
            memory_bytes: self.limits.memory_bytes,
            cpu_seconds: self.limits.page_time.as_secs().saturating_mul(threads),
            output_bytes: self.pictures.output_bytes,
            page: Some(page),
            pixels: self.limits.pixels,
        };
        Ok(Order { request, document })
    }
}
