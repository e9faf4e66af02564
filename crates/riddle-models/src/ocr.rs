//! Text in pictures (OCR) by two networks of the PP-OCR family: one finds the lines, the other reads them.

mod crop;
mod detect;
mod layout;
mod network;
mod orientation;
mod recognise;
mod rectangle;
mod region;
mod resize;
mod strips;

use std::path::{Path, PathBuf};

use riddle_core::{Failure, FailureCode, Picture, PictureReader};

use crate::OnnxRuntime;
use detect::Detector;
use layout::{PlacedLine, page_text, slant};
use network::Network;
use orientation::Turn;
use recognise::Recogniser;
use rectangle::Rectangle;

/// Lines that are less certain than this are noise, such as specks and pictures.
const LEAST_CONFIDENCE: f32 = 0.5;

/// The files of a model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OcrFiles {
    /// ONNX Runtime.
    pub library: PathBuf,
    /// The network that finds lines.
    pub detector: PathBuf,
    /// The network that reads them, with its characters inside.
    pub recogniser: PathBuf,
}

/// A model whose files are read, but which has no thread yet, so that its process can be confined.
pub struct PreparedOcr {
    runtime: OnnxRuntime,
    detector: Vec<u8>,
    recogniser: Vec<u8>,
}

/// Reads pages.
pub struct Ocr {
    detector: Detector,
    recogniser: Recogniser,
}

impl PreparedOcr {
    /// Loads ONNX Runtime and reads the files.
    ///
    /// # Errors
    /// One of them cannot be used; the text says which.
    pub fn read(files: &OcrFiles) -> Result<Self, String> {
        let read = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            std::fs::read(path).map_err(|error| format!("{name} cannot be read: {error}"))
        };
        Ok(Self {
            runtime: OnnxRuntime::load(&files.library).map_err(|error| error.to_string())?,
            detector: read(&files.detector)?,
            recogniser: read(&files.recogniser)?,
        })
    }

    /// Opens the networks, each of which computes with this many threads.
    ///
    /// # Errors
    /// One of them is not what it should be; the text says which.
    pub fn open(self, threads: usize) -> Result<Ocr, String> {
        let detector = Network::open(&self.runtime, &self.detector, threads)
            .map_err(|error| format!("the network that finds lines cannot be loaded: {error}"))?;
        let recogniser = Network::open(&self.runtime, &self.recogniser, threads)
            .map_err(|error| format!("the network that reads lines cannot be loaded: {error}"))?;
        Ok(Ocr {
            detector: Detector::new(detector),
            recogniser: Recogniser::new(recogniser)?,
        })
    }
}

/// A line and how certain the network is of it, 0 to 1.
pub(super) struct ReadLine {
    pub(super) text: String,
    pub(super) confidence: f32,
}

impl PictureReader for Ocr {
    fn read(&mut self, page: &Picture) -> Result<String, Failure> {
        self.page(page).map_err(|message| Failure {
            code: FailureCode::Internal,
            message: format!("the model for text recognition failed: {message}"),
        })
    }
}

impl Ocr {
    fn page(&mut self, page: &Picture) -> Result<String, String> {
        let regions = self.detector.find(page)?;
        let turned = match self.turn(page, &regions)? {
            Turn::None => return self.text(page, &regions),
            turn => turn.of(page),
        };
        let regions = self.detector.find(&turned)?;
        self.text(&turned, &regions)
    }

    fn text(&mut self, page: &Picture, regions: &[Rectangle]) -> Result<String, String> {
        let mut lines = Vec::with_capacity(regions.len());
        let slant = slant(regions);
        for region in regions {
            let line = self.recogniser.read(page, region)?;
            if line.confidence >= LEAST_CONFIDENCE && !line.text.trim().is_empty() {
                lines.push(PlacedLine::new(region, slant, line.text));
            }
        }
        Ok(page_text(lines))
    }
}
