mod payload;
mod position;
mod shard;
mod store;
mod wal;

pub(crate) use store::VectorStore;
