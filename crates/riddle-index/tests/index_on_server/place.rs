//! The vectors are on a server.

use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use riddle_core::{ContentHash, IndexError};
use riddle_index::{ChunkIndexes, ServerVectors};
use riddle_qdrant::ServerOptions;
use riddle_test_qdrant::TestQdrant;
use riddle_test_support::variable;

use crate::support::OPTIONS;

/// The server of all tests that plan no faults.
static SHARED: LazyLock<TestQdrant> = LazyLock::new(TestQdrant::start);
/// How long a test waits for what will happen.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

pub(crate) fn try_open(folder: &Path) -> Result<ChunkIndexes, IndexError> {
    let url = variable("RIDDLE_TEST_QDRANT").unwrap_or_else(|| SHARED.url());
    ChunkIndexes::open_with_server(folder, OPTIONS, vectors(url, folder))
}

pub(crate) fn open(folder: &Path) -> ChunkIndexes {
    try_open(folder).expect("opens")
}

/// The vectors of a folder on a server.
pub(crate) fn vectors(url: String, folder: &Path) -> ServerVectors {
    let name = folder.to_string_lossy();
    let mut installation = ContentHash::of(name.as_bytes()).to_string();
    installation.truncate(16);
    ServerVectors {
        server: ServerOptions::at(url),
        installation,
    }
}

/// Indexes on a server that a test has for itself.
pub(crate) fn open_on(server: &TestQdrant, folder: &Path) -> ChunkIndexes {
    let vectors = vectors(server.url(), folder);
    ChunkIndexes::open_with_server(folder, OPTIONS, vectors).expect("opens")
}

/// Tries until it succeeds: a server that failed is left alone for a while.
pub(crate) fn eventually<T>(mut what: impl FnMut() -> Result<T, IndexError>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        match what() {
            Ok(done) => return done,
            Err(error) => assert!(Instant::now() < until, "{error}"),
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
