//! One text for both databases: a statement with its values, and the rows that it gives.

mod column;
mod dialect;
mod source;
mod statement;
mod value;

pub(crate) use column::{Column, Row};
#[cfg(test)]
pub(crate) use dialect::for_postgres;
pub(crate) use dialect::without_nul;
pub(crate) use source::{Pool, Source, Transaction, of_pool};
pub(crate) use statement::{Statement, insert, query};
pub(crate) use value::Value;
