//! The crate from outside, with the real worker.

mod corpus;
mod support;
