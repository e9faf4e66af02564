//! The same with the vectors on a Qdrant server: one of this process, or that of `RIDDLE_TEST_QDRANT`.

#![expect(
    clippy::expect_used,
    reason = "a helper of a test fails as the test itself does"
)]

#[path = "index/durability.rs"]
mod durability;
#[path = "index_on_server/faults.rs"]
mod faults;
#[path = "index/filters.rs"]
mod filters;
#[path = "index_on_server/layout.rs"]
mod layout;
#[path = "index/odd_vectors.rs"]
mod odd_vectors;
#[path = "index_on_server/place.rs"]
mod place;
#[path = "index/search.rs"]
mod search;
#[path = "index/support.rs"]
mod support;
