//! The model store against a real HTTP server, real folders and a real pip.

#[cfg(test)]
#[path = "model_files/folders.rs"]
mod folders;
#[cfg(test)]
#[path = "model_files/hub.rs"]
mod hub;
#[cfg(test)]
#[path = "model_files/opening.rs"]
mod opening;
#[cfg(test)]
#[path = "model_files/package.rs"]
mod package;
#[cfg(test)]
#[path = "model_files/setup.rs"]
mod setup;
