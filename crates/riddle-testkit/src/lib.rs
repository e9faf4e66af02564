//! Fakes behind the ports of `riddle-core`, for tests alone. What a fake does is plain to see in the test: a text that
//! holds [`PANICS`] or [`FAILS`] makes the models do so.

mod clock;
mod index;
mod library;
mod models;
mod words;

pub use clock::{FakeClock, RunningClock};
pub use index::MemoryIndex;
pub use library::NoLibrary;
pub use models::{EMBEDDER, FAILS, FakeModels, PANICS, RERANKER, hashed_words};
pub use words::{vector, words};
