//! The files of models: where they lie, how they get there, and whether they are what they claim to be.

mod check;
mod error;
mod folder;
mod hub;
mod install;
mod manifest;
mod package;
mod pull;
mod store;
mod transfer;
mod verify;

pub use check::FileProblem;
pub use error::ModelFileError;
pub use manifest::{Manifest, ManifestFile, Trust};
pub use pull::{ProgressSink, PullOptions, PullProgress, Pulled};
pub use store::{ListedModel, LocatedModel, Location, ModelStore};
pub use verify::{VerifiedFile, VerifyReport};
