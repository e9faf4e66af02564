use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, SqlStr, Sqlite};

use super::dialect::{for_postgres, without_nul};
use super::source::of_pool;
use super::{Pool, Row, Source, Transaction, Value};
use crate::sql_error::SqlError;

/// A statement with its values. Its errors become the store's with `?`, as those of `sqlx` cannot.
pub(crate) struct Statement {
    sql: SqlStr,
    values: Vec<Value>,
}

/// What a change has done.
pub(crate) struct Done {
    rows: u64,
}

impl Done {
    /// Rows that were added, changed or removed.
    pub(crate) fn rows_affected(&self) -> u64 {
        self.rows
    }
}

pub(crate) fn query(sql: impl SqlSafeStr) -> Statement {
    Statement {
        sql: sql.into_sql_str(),
        values: Vec::new(),
    }
}

/// A statement that adds rows, of which there is at least one: `start`, the values of each, and `end`.
pub(crate) fn insert(
    start: &str,
    rows: impl Iterator<Item: IntoIterator<Item = Value>>,
    end: &str,
) -> Statement {
    let mut sql = format!("{start}VALUES ");
    let mut values = Vec::new();
    for row in rows {
        sql.push_str(if values.is_empty() { "(" } else { ", (" });
        for (place, value) in row.into_iter().enumerate() {
            sql.push_str(if place == 0 { "?" } else { ", ?" });
            values.push(value);
        }
        sql.push(')');
    }
    sql.push_str(end);
    Statement {
        sql: AssertSqlSafe(sql).into_sql_str(),
        values,
    }
}

impl Statement {
    /// The next value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Changes rows.
    pub(crate) async fn run(self, write: &mut Transaction) -> Result<Done, SqlError> {
        let rows = match write {
            Transaction::Sqlite(write) => {
                self.sqlite().execute(&mut **write).await?.rows_affected()
            }
            Transaction::Postgres(write) => {
                self.postgres().execute(&mut **write).await?.rows_affected()
            }
        };
        Ok(Done { rows })
    }

    /// All rows.
    pub(crate) async fn rows<'c>(self, from: impl Into<Source<'c>>) -> Result<Vec<Row>, SqlError> {
        Ok(match from.into() {
            Source::SqlitePool(pool) => sqlite_rows(self.sqlite().fetch_all(pool).await?),
            Source::Sqlite(connection) => sqlite_rows(self.sqlite().fetch_all(connection).await?),
            Source::PostgresPool(pool) => {
                let rows = self.postgres().fetch_all(pool).await;
                postgres_rows(rows.map_err(|error| of_pool(pool, error))?)
            }
            Source::Postgres(connection) => {
                postgres_rows(self.postgres().fetch_all(connection).await?)
            }
        })
    }

    /// The first row, if there is one.
    pub(crate) async fn row_if_any<'c>(
        self,
        from: impl Into<Source<'c>>,
    ) -> Result<Option<Row>, SqlError> {
        Ok(match from.into() {
            Source::SqlitePool(pool) => self.sqlite().fetch_optional(pool).await?.map(Row::Sqlite),
            Source::Sqlite(connection) => {
                let row = self.sqlite().fetch_optional(connection).await?;
                row.map(Row::Sqlite)
            }
            Source::PostgresPool(pool) => {
                let row = self.postgres().fetch_optional(pool).await;
                let row = row.map_err(|error| of_pool(pool, error))?;
                row.map(Row::Postgres)
            }
            Source::Postgres(connection) => {
                let row = self.postgres().fetch_optional(connection).await?;
                row.map(Row::Postgres)
            }
        })
    }

    /// The one row that is always there.
    pub(crate) async fn row<'c>(self, from: impl Into<Source<'c>>) -> Result<Row, SqlError> {
        let row = self.row_if_any(from).await?;
        Ok(row.ok_or(sqlx::Error::RowNotFound)?)
    }

    /// The rows one after the other, for results that are too large for memory.
    pub(crate) fn stream(self, from: &Pool) -> BoxStream<'_, Result<Row, SqlError>> {
        match from {
            Pool::Sqlite(pool) => {
                let rows = self.sqlite().fetch(pool).map_ok(Row::Sqlite);
                rows.map_err(SqlError::from).boxed()
            }
            Pool::Postgres(pool) => {
                let rows = self.postgres().fetch(pool).map_ok(Row::Postgres);
                rows.map_err(|error| of_pool(pool, error)).boxed()
            }
        }
    }

    /// The same of what a transaction reads.
    pub(crate) fn stream_in(self, from: &mut Transaction) -> BoxStream<'_, Result<Row, SqlError>> {
        match from {
            Transaction::Sqlite(from) => {
                let rows = self.sqlite().fetch(&mut **from).map_ok(Row::Sqlite);
                rows.map_err(SqlError::from).boxed()
            }
            Transaction::Postgres(from) => {
                let rows = self.postgres().fetch(&mut **from).map_ok(Row::Postgres);
                rows.map_err(SqlError::from).boxed()
            }
        }
    }

    fn sqlite(self) -> Query<'static, Sqlite, SqliteArguments> {
        let query = sqlx::query(self.sql);
        self.values
            .into_iter()
            .fold(query, |query, value| match value {
                Value::Integer(value) => query.bind(value),
                Value::Real(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            })
    }

    fn postgres(self) -> Query<'static, Postgres, PgArguments> {
        let query = sqlx::query(AssertSqlSafe(for_postgres(self.sql.as_str())));
        self.values
            .into_iter()
            .fold(query, |query, value| match value {
                Value::Integer(value) => query.bind(value),
                Value::Real(value) => query.bind(value),
                Value::Text(value) => query.bind(value.as_deref().map(without_nul)),
                Value::Bytes(value) => query.bind(value),
            })
    }
}

fn sqlite_rows(rows: Vec<sqlx::sqlite::SqliteRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Sqlite).collect()
}

fn postgres_rows(rows: Vec<sqlx::postgres::PgRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Postgres).collect()
}
