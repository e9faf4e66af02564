use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult, SqliteRow};
use sqlx::{Sqlite, SqliteConnection, SqliteExecutor};

use crate::sql_error::SqlError;

/// Runs a statement whose values are bound. Its errors become the store's with `?`, as those of `sqlx` cannot.
pub(crate) trait Run {
    /// Changes rows.
    async fn run(self, write: &mut SqliteConnection) -> Result<SqliteQueryResult, SqlError>;

    /// All rows.
    async fn rows(self, from: impl SqliteExecutor<'_>) -> Result<Vec<SqliteRow>, SqlError>;

    /// The one row that is always there.
    async fn row(self, from: impl SqliteExecutor<'_>) -> Result<SqliteRow, SqlError>;

    /// The first row, if there is one.
    async fn row_if_any(self, from: impl SqliteExecutor<'_>)
    -> Result<Option<SqliteRow>, SqlError>;
}

impl Run for Query<'_, Sqlite, SqliteArguments> {
    async fn run(self, write: &mut SqliteConnection) -> Result<SqliteQueryResult, SqlError> {
        Ok(self.execute(write).await?)
    }

    async fn rows(self, from: impl SqliteExecutor<'_>) -> Result<Vec<SqliteRow>, SqlError> {
        Ok(self.fetch_all(from).await?)
    }

    async fn row(self, from: impl SqliteExecutor<'_>) -> Result<SqliteRow, SqlError> {
        Ok(self.fetch_one(from).await?)
    }

    async fn row_if_any(
        self,
        from: impl SqliteExecutor<'_>,
    ) -> Result<Option<SqliteRow>, SqlError> {
        Ok(self.fetch_optional(from).await?)
    }
}
