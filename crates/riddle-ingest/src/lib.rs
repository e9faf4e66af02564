//! From bytes to text with structure to chunks. Pure and synchronous.

/// Placeholder that the real extractor replaces.
pub struct Extractor {}
