//! The wire: routes, DTOs, error table, SSE, OpenAPI.

mod aliases;
mod answers;
mod app;
mod aside;
mod body_budget;
mod bounds;
mod connections;
mod dto;
mod error;
mod extract;
mod gate;
mod guard;
mod large_json;
mod memory_budget;
mod metrics;
mod openapi;
mod options;
mod routes;
mod server;
mod server_timing;
mod sse;
mod state;
mod web_app;

pub use bounds::{MAX_JSON_BYTES, MAX_UPLOAD_PARTS};
pub use connections::{BodyRateBounds, ConnectionBounds};
pub use openapi::openapi;
pub use options::{ContinueTrace, HttpOptions, JsonBodyTime};
pub use server::run;
pub use state::ServerState;
