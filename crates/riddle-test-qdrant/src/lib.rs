//! A Qdrant server for tests, over qdrant-edge, which is the same engine: what Riddle asks of a server goes through
//! Qdrant's own service definitions, and faults can be planned.

#![expect(
    clippy::expect_used,
    reason = "a helper of a test fails as the test itself does"
)]

mod calls;
mod collection;
mod server;
mod state;
mod wire;

pub use server::{Fault, TestQdrant};
pub use tonic::Code;
