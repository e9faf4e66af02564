mod payload;
mod payload_index;
mod position;
mod shard;
mod space;
mod store;
mod wal;

pub(crate) use store::VectorStore;
