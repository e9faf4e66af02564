//! How sure a figure is.

mod interval;
mod verdict;

pub use interval::{Estimate, Interval};
pub use verdict::Verdict;
