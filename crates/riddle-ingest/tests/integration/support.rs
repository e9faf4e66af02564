//! Shared by the integration tests.

use std::time::Duration;

use riddle_core::{ExtractError, Failure};
use riddle_ingest::{ExtractionLimits, ExtractorOptions, WorkerExtractor};

/// Generous limits, as the product has them.
pub(crate) const LIMITS: ExtractionLimits = ExtractionLimits {
    memory_bytes: 2 * 1024 * 1024 * 1024,
    cpu_seconds: 30,
    wall_time: Duration::from_secs(60),
    output_bytes: 64 * 1024 * 1024,
    documents_per_worker: 200,
};

/// An extractor over the real worker.
pub(crate) fn extractor() -> WorkerExtractor {
    extractor_with(LIMITS)
}

/// An extractor over the real worker with other limits.
pub(crate) fn extractor_with(limits: ExtractionLimits) -> WorkerExtractor {
    WorkerExtractor::new(options(limits))
}

/// The real worker.
pub(crate) fn options(limits: ExtractionLimits) -> ExtractorOptions {
    ExtractorOptions {
        program: env!("CARGO_BIN_EXE_riddle-extract-worker").into(),
        arguments: Vec::new(),
        limits,
        pictures: None,
    }
}

/// What the document is refused for.
pub(crate) fn failure_of(error: ExtractError) -> Failure {
    match error {
        ExtractError::Document(failure) => failure,
        error => panic!("{error}"),
    }
}

/// A file with these bytes.
pub(crate) fn temporary(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("written");
    file
}
