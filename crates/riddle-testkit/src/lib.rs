//! Fakes behind the ports of `riddle-core`, for tests alone. What a fake does is plain to see in the test: it has
//! planned it, or a text that holds [`PANICS`], [`ENDS`] or [`FAILS`] makes the models do so. [`hub`] is a server that
//! models are fetched from.

mod chat;
mod clock;
mod extractor;
mod gate;
pub mod hub;
mod index;
mod library;
mod loaded_chat;
mod models;
mod reranker;
mod words;

pub use chat::{ChatScript, ScriptedChat, TAKES_BACK};
pub use clock::{FakeClock, RunningClock};
pub use extractor::{Extraction, FakeExtractor};
pub use gate::Gate;
pub use index::MemoryIndex;
pub use library::FakeLibrary;
pub use models::{EMBEDDER, ENDS, FAILS, FakeModels, PANICS, hashed_words};
pub use reranker::{MAX_WORDS, RERANKER, WordReranker};
pub use words::{vector, words};
