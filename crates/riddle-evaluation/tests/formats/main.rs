//! Sets of questions from files of every format, and back.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of a test fail the test like the test itself"
)]

mod beir;
mod bounds;
mod csv;
mod detection;
mod documentation;
mod jsonl;
mod real_data;
mod robustness;
mod round_trip;
mod run_export;
mod squad;
mod support;
mod training;
mod trec;
