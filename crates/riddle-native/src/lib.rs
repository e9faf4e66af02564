//! Our own engine for encoders like BERT, on CPUs: with AVX2 or better by its own instructions, on all others by what
//! the compiler makes of plain loops.
//!
//! Texts are packed one after the other, so nothing is padded and what a text gives never depends on its neighbours.
//! Weights are packed once, for all threads. A score needs the last layer for the first token alone.
//!
//! This is the only crate of Riddle with `unsafe` code, all of it in `simd.rs` and the folder `simd/`.

mod attention;
mod batches;
mod embeddings;
mod encoder;
mod first_tokens;
mod forward;
mod instructions;
mod linear;
mod load;
mod math;
mod rows;
mod share;
mod simd;
#[cfg(test)]
mod tests;

pub use encoder::{NativeEncoder, Options, fits, usable};
pub use instructions::Instructions;
pub use share::share;

/// A tokenized text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TokenIds<'a> {
    /// Rows of the table of word vectors.
    pub ids: &'a [i64],
    /// To which text of a pair each token belongs, from 0; as many as there are ids.
    pub types: &'a [i64],
    /// How many tokens from the first on all tokens attend to: all, unless those behind them only attend.
    pub attended: usize,
}
