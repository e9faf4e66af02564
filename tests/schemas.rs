//! Data folders of earlier versions are brought up to date with nothing lost.

mod folder;
mod older;
