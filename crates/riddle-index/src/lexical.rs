mod collect;
mod query;
mod schema;
mod store;

pub(crate) use store::LexicalStore;
