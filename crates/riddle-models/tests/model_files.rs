//! The model store against a real HTTP server, real folders and a real pip.

#[path = "model_files/folders.rs"]
mod folders;
#[path = "model_files/hub.rs"]
mod hub;
#[path = "model_files/package.rs"]
mod package;
#[path = "model_files/server.rs"]
mod server;
#[path = "model_files/setup.rs"]
mod setup;
