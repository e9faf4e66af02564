mod payload;
mod payload_index;
mod position;
mod shard;
mod store;
mod wal;

pub(crate) use store::VectorStore;
