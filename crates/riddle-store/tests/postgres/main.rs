//! The store on a PostgreSQL server: all tests of the store on files but those of the file itself, and what only a
//! server does.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing test should panic"
)]

#[path = "../store/chunks.rs"]
mod chunks;
#[path = "../store/comparisons.rs"]
mod comparisons;
#[path = "../store/conversations.rs"]
mod conversations;
mod copying;
mod database;
#[path = "../store/documents.rs"]
mod documents;
#[path = "../store/embeddings.rs"]
mod embeddings;
#[path = "../store/evaluations.rs"]
mod evaluations;
#[path = "../store/fixture.rs"]
mod fixture;
#[path = "../store/jobs.rs"]
mod jobs;
#[path = "../store/knowledge_bases.rs"]
mod knowledge_bases;
#[path = "../store/live.rs"]
mod live;
#[path = "../store/machine.rs"]
mod machine;
#[path = "../store/opening.rs"]
mod opening;
#[path = "../store/outbox.rs"]
mod outbox;
#[path = "../store/purge.rs"]
mod purge;
#[path = "../store/races.rs"]
mod races;
mod schema;
mod server;
