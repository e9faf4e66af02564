mod collect;
mod lengths;
mod named;
mod query;
mod schema;
mod statistics;
mod store;

pub(crate) use store::LexicalStore;
