//! The store on real files.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing test should panic"
)]

mod chunks;
mod comparisons;
mod conversations;
#[path = "sqlite.rs"]
mod database;
mod documents;
mod embeddings;
mod evaluations;
mod file;
mod fixture;
mod jobs;
mod knowledge_bases;
mod live;
mod machine;
mod opening;
mod outbox;
mod purge;
mod races;
