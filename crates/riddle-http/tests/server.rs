//! A bound server over real stores, without models: search by words, quoted answers.

#![expect(
    clippy::expect_used,
    reason = "helpers of a test fail the test like the test itself"
)]

#[path = "server/bounds.rs"]
mod bounds;
#[path = "server/chat_models.rs"]
mod chat_models;
#[path = "server/chat_turns.rs"]
mod chat_turns;
#[path = "server/chats.rs"]
mod chats;
#[path = "server/comparisons.rs"]
mod comparisons;
#[path = "server/connections.rs"]
mod connections;
#[path = "server/deadlines.rs"]
mod deadlines;
#[path = "server/document_names.rs"]
mod document_names;
#[path = "server/documents.rs"]
mod documents;
#[path = "server/evaluation_snapshots.rs"]
mod evaluation_snapshots;
#[path = "server/examples.rs"]
mod examples;
#[path = "server/fallback.rs"]
mod fallback;
#[path = "server/fusion.rs"]
mod fusion;
#[path = "server/fuzz_bodies.rs"]
mod fuzz_bodies;
#[path = "server/injections.rs"]
mod injections;
#[path = "server/internal_errors.rs"]
mod internal_errors;
#[path = "server/log.rs"]
mod log;
#[path = "server/model_judging.rs"]
mod model_judging;
#[path = "server/obeying_models.rs"]
mod obeying_models;
#[path = "server/one_beyond.rs"]
mod one_beyond;
#[path = "server/openai.rs"]
mod openai;
#[path = "server/questions.rs"]
mod questions;
#[path = "server/replays.rs"]
mod replays;
#[path = "server/request_ids.rs"]
mod request_ids;
#[path = "server/reranking.rs"]
mod reranking;
#[path = "server/several.rs"]
mod several;
#[path = "server/slow_queries.rs"]
mod slow_queries;
#[path = "server/snapshots.rs"]
mod snapshots;
#[path = "server/support.rs"]
mod support;
#[path = "server/tools.rs"]
mod tools;
#[path = "server/typed.rs"]
mod typed;
#[path = "server/uploads.rs"]
mod uploads;
#[path = "server/vectors_on_a_server.rs"]
mod vectors_on_a_server;
