use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use riddle_core::{
    ExtractError, ExtractedText, ExtractionWatch, Extractor, Failure, FailureCode, MissingPictures,
    PagesRead, TextFormat,
};

use crate::gate::Gate;

/// What becomes of one call for a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extraction {
    /// There is no text, for this reason.
    Fails(FailureCode),
    /// The machine has run out of something.
    Exhausted,
    /// The extractor panics.
    Panics,
    /// The text comes when [`FakeExtractor::gate`] lets it.
    Waits,
    /// It has two pictures. They are read when there is time for that and the gate lets them; the second is cut.
    Pictures,
    /// It has pictures, which can no longer be read when there is time for that.
    PutOff,
}

/// Every file is its own text, in Markdown where its name says so; calls fail where a test has planned it.
#[derive(Debug)]
pub struct FakeExtractor {
    /// Where calls wait that are planned to; closed at first.
    pub gate: Gate,
    without_ocr: AtomicBool,
    wall_time: Mutex<Duration>,
    documents: Mutex<HashMap<String, Planned>>,
}

/// What is planned for a document, and how often it was extracted.
#[derive(Debug, Default)]
struct Planned {
    next: VecDeque<Extraction>,
    calls: usize,
}

impl Default for FakeExtractor {
    fn default() -> Self {
        Self {
            gate: Gate::closed(),
            without_ocr: AtomicBool::new(false),
            wall_time: Mutex::new(Duration::from_secs(20)),
            documents: Mutex::default(),
        }
    }
}

impl FakeExtractor {
    /// What becomes of the next calls for the document of this name, one after the other; any further one succeeds.
    pub fn plan(&self, name: &str, calls: impl IntoIterator<Item = Extraction>) {
        let mut documents = self.documents();
        let planned = documents.entry(name.to_owned()).or_default();
        planned.next.extend(calls);
    }

    /// How often the document of this name was extracted, or tried to.
    pub fn calls(&self, name: &str) -> usize {
        self.documents()
            .get(name)
            .map_or(0, |planned| planned.calls)
    }

    /// From now on no pictures can be read.
    pub fn lose_ocr(&self) {
        self.without_ocr.store(true, Ordering::SeqCst);
    }

    /// From now on a document may take so long to be read, and to be cut.
    pub fn allow(&self, wall_time: Duration) {
        *self.time() = wall_time;
    }

    /// Reads the two pictures of the document of this name.
    fn pictures(&self, name: &str, watch: &dyn ExtractionWatch) -> Result<(), ExtractError> {
        if !watch.pictures_begin() {
            let mut documents = self.documents();
            let planned = documents.entry(name.to_owned()).or_default();
            planned.next.push_front(Extraction::Pictures);
            return Err(ExtractError::Later);
        }
        watch.pages_read(PagesRead { read: 1, total: 2 });
        self.gate.pass();
        Ok(())
    }

    fn next(&self, name: &str) -> Option<Extraction> {
        let mut documents = self.documents();
        let planned = documents.entry(name.to_owned()).or_default();
        planned.calls += 1;
        planned.next.pop_front()
    }

    fn time(&self) -> MutexGuard<'_, Duration> {
        self.wall_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn documents(&self) -> MutexGuard<'_, HashMap<String, Planned>> {
        self.documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Extractor for FakeExtractor {
    fn extract(
        &self,
        file: &Path,
        name: &str,
        _media_type: Option<&str>,
        watch: &dyn ExtractionWatch,
    ) -> Result<ExtractedText, ExtractError> {
        let planned = self.next(name);
        assert_ne!(planned, Some(Extraction::Panics), "as it was told");
        match planned {
            Some(Extraction::Fails(code)) => return Err(refused(code)),
            Some(Extraction::Exhausted) => {
                return Err(ExtractError::Exhausted(io::ErrorKind::OutOfMemory.into()));
            }
            Some(Extraction::Waits) => self.gate.pass(),
            Some(Extraction::Pictures) => self.pictures(name, watch)?,
            Some(Extraction::PutOff) if !watch.pictures_begin() => {
                return Err(ExtractError::Later);
            }
            Some(Extraction::PutOff | Extraction::Panics) | None => {}
        }
        let pictures = planned == Some(Extraction::Pictures);
        let text = std::fs::read_to_string(file).map_err(|_any| refused(FailureCode::Malformed))?;
        if text.trim().is_empty() {
            return Err(refused(FailureCode::NoText));
        }
        let (format, media_type) = match name.ends_with(".md") {
            true => (TextFormat::Markdown, "text/markdown"),
            false => (TextFormat::Plain, "text/plain"),
        };
        Ok(ExtractedText {
            text,
            format,
            pages: Vec::new(),
            media_type: media_type.to_owned(),
            title: None,
            recognised_pages: pictures.then_some([1, 2]).into_iter().flatten().collect(),
            unread_pages: 0,
            missing: MissingPictures {
                cut_pages: pictures.then_some(2).into_iter().collect(),
                unread_frames: 0,
            },
            unread_attachments: 0,
        })
    }

    fn wall_time(&self) -> Duration {
        *self.time()
    }

    fn reads_pictures(&self) -> Result<(), String> {
        match self.without_ocr.load(Ordering::SeqCst) {
            true => Err("fetch a model".to_owned()),
            false => Ok(()),
        }
    }
}

fn refused(code: FailureCode) -> ExtractError {
    ExtractError::Document(Failure {
        code,
        message: "as it was told".to_owned(),
    })
}
