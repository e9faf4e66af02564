//! The indexes on real stores in temporary folders.

#[path = "index/quality.rs"]
mod quality;
#[path = "index/support.rs"]
mod support;
