use futures_util::stream::BoxStream;
use riddle_core::StoreError;
use sqlx::AssertSqlSafe;

use crate::rows::get;
use crate::sql::{self, Row, Transaction, Value, without_nul};
use crate::sql_error::SqlError;

/// A table of the schema.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Its place in the key of the table, from 1, or 0.
    pub(super) key: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Integer,
    Real,
    NarrowReal,
    Text,
    Bytes,
}

impl Table {
    /// All rows in the order of the key.
    pub(super) fn rows<'c>(
        &self,
        from: &'c mut Transaction,
    ) -> BoxStream<'c, Result<Row, SqlError>> {
        sql::query(AssertSqlSafe(self.select())).stream_in(from)
    }

    pub(super) fn select(&self) -> String {
        let mut key: Vec<&Column> = self.columns.iter().filter(|one| one.key > 0).collect();
        key.sort_by_key(|column| column.key);
        let key = names(key.into_iter());
        format!(
            "SELECT {} FROM {} ORDER BY {key}",
            names(self.columns.iter()),
            self.name
        )
    }

    /// How a statement begins that adds rows.
    pub(super) fn insert(&self) -> String {
        format!(
            "INSERT INTO {} ({}) ",
            self.name,
            names(self.columns.iter())
        )
    }

    /// What a row has in its columns, as both databases keep it.
    pub(super) fn values(&self, row: &Row) -> Result<Vec<Value>, StoreError> {
        let columns = self.columns.iter();
        columns.map(|column| column.value(row)).collect()
    }
}

impl Column {
    fn value(&self, row: &Row) -> Result<Value, StoreError> {
        let name = self.name.as_str();
        Ok(match self.kind {
            Kind::Integer => get::<Option<i64>>(row, name)?.into(),
            Kind::Real => get::<Option<f64>>(row, name)?.into(),
            Kind::NarrowReal => get::<Option<f32>>(row, name)?.map(f64::from).into(),
            Kind::Text => {
                let text = get::<Option<String>>(row, name)?;
                text.map(|text| without_nul(&text).into_owned()).into()
            }
            Kind::Bytes => get::<Option<Vec<u8>>>(row, name)?.into(),
        })
    }
}

fn names<'a>(columns: impl Iterator<Item = &'a Column>) -> String {
    let names: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
    names.join(", ")
}
