//! Where tests find data that is not part of the repository.

use std::path::PathBuf;

/// A path below the shared data, if it is there; a test without its data says so and returns.
#[expect(
    clippy::disallowed_methods,
    reason = "tests find their data by the environment"
)]
pub(crate) fn shared_data(path: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("RIDDLE_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let found = shared.join(path);
    if !found.exists() {
        eprintln!("skipped: {path} is not among the shared test data");
        return None;
    }
    Some(found)
}
