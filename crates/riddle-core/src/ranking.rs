//! How lists of candidates become one.

pub(crate) mod best_windows;
pub(crate) mod blend;
pub(crate) mod fusion;
pub(crate) mod lead;
pub(crate) mod maxsim;
pub(crate) mod scale;
pub(crate) mod similarity;
pub(crate) mod windows;
