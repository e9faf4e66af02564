//! The store on real files.

mod documents;
mod embeddings;
mod file;
mod fixture;
mod jobs;
mod knowledge_bases;
mod machine;
mod outbox;
mod purge;
mod races;
