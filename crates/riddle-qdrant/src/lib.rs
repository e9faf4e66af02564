//! Vectors on a Qdrant server or cluster, by gRPC: the one crate that names Qdrant's client.
//!
//! It knows collections, points and conditions, and nothing of knowledge bases. Calls block the thread, so they must
//! not be made from an asynchronous task. Each is bounded in time, tried again where that may help, and refused at once
//! while the server is left alone.

mod collection;
mod failure;
mod options;
mod points;
mod retry;
mod server;
mod version;
mod wire;

pub use collection::{Distance, Field, NewCollection, Purpose};
pub use failure::Failure;
pub use options::{Quantization, ServerOptions, Times};
pub use server::{Server, ServerState};
pub use wire::{Condition, Hit, Point};
