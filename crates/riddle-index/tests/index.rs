//! The indexes on real stores in temporary folders.

#![expect(
    clippy::expect_used,
    reason = "a helper of a test fails as the test itself does"
)]

#[path = "index/broken.rs"]
mod broken;
#[path = "index/durability.rs"]
mod durability;
#[path = "index/filters.rs"]
mod filters;
#[path = "index/odd_vectors.rs"]
mod odd_vectors;
#[path = "index/place.rs"]
mod place;
#[path = "index/quality.rs"]
mod quality;
#[path = "index/recall.rs"]
mod recall;
#[path = "index/search.rs"]
mod search;
#[path = "index/support.rs"]
mod support;
