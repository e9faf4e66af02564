//! What a run of an evaluation is worth: measures of rankings and answers, statistics, the report of a run, and the
//! files that sets of questions come from and go to. Nothing here does I/O.

#![warn(missing_docs)]

pub mod formats;
mod halves;
mod measures;
mod report;
mod statistics;

pub use measures::{hit_at, ndcg_at, recall_at, reciprocal_rank};
