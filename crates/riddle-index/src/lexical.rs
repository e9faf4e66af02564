mod collect;
mod lengths;
mod query;
mod schema;
mod statistics;
mod store;

pub(crate) use store::LexicalStore;
