//! Shared by the integration tests.

use std::path::PathBuf;
use std::time::Duration;

use riddle_ingest::{ExtractionLimits, Extractor, ExtractorOptions};

/// Generous limits, as the product has them.
pub(crate) const LIMITS: ExtractionLimits = ExtractionLimits {
    memory_bytes: 2 * 1024 * 1024 * 1024,
    cpu_seconds: 30,
    wall_time: Duration::from_secs(60),
    output_bytes: 64 * 1024 * 1024,
    documents_per_worker: 200,
};

/// An extractor over the real worker.
pub(crate) fn extractor() -> Extractor {
    extractor_with(LIMITS)
}

/// An extractor over the real worker with other limits.
pub(crate) fn extractor_with(limits: ExtractionLimits) -> Extractor {
    Extractor::new(ExtractorOptions {
        program: env!("CARGO_BIN_EXE_riddle-extract-worker").into(),
        arguments: Vec::new(),
        limits,
    })
}

/// A folder of the shared test data; says so and gives nothing where it is absent.
#[expect(
    clippy::disallowed_methods,
    reason = "tests find their data through the environment"
)]
pub(crate) fn shared_data(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RIDDLE_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no test data at {}", path.display());
    None
}
