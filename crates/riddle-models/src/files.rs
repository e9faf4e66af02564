//! The files of models: where they lie, how they get there, and whether they are what they claim to be.

mod blocking;
mod check;
mod endpoint;
mod error;
mod file_kind;
mod folder;
mod hub;
mod install;
mod licence_texts;
mod listing;
mod manifest;
mod opening;
mod package;
mod pull;
mod redirects;
mod set_aside;
mod store;
mod transfer;
mod verify;
mod wheels;

pub use check::FileProblem;
pub use endpoint::HubKind;
pub use error::ModelFileError;
pub use file_kind::FileKind;
pub use listing::{Listed, Repository};
pub use manifest::{Manifest, ManifestFile, Trust};
pub use opening::{NOTHING_READ, OpeningProgram};
pub use pull::{ProgressSink, PullOptions, PullProgress, Pulled};
pub use set_aside::SetAside;
pub use store::{ListedModel, LocatedModel, Location, ModelStore};
pub use verify::{VerifiedFile, VerifyReport};
