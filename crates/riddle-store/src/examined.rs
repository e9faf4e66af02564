//! What a database says of itself, asked beside the server that uses it. Nothing is changed by that.

use std::path::Path;
use std::time::{Duration, Instant};

use riddle_core::StoreError;

use crate::postgres::{self, PostgresOptions};
use crate::rows::get;
use crate::sql;
use crate::sql_error::SqlError;
use crate::{newer, sqlite};

/// A database that answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DatabaseState {
    /// Of SQLite or PostgreSQL.
    pub version: String,
    /// Its last migration; 0 without any.
    pub schema: i64,
    /// With its indexes and logs.
    pub bytes: u64,
    /// How long an answer takes.
    pub latency: Duration,
}

/// Looks at a database in a file; none where there is none.
///
/// # Errors
/// It cannot be read.
pub async fn examine_file(file: &Path) -> Result<Option<DatabaseState>, StoreError> {
    let asked = Instant::now();
    let said = sql::query(
        "SELECT sqlite_version() AS version, (SELECT coalesce(max(version), 0) FROM _sqlx_migrations) AS schema",
    );
    let row = Box::pin(newer::row_of(file, said)).await;
    let row = row.map_err(SqlError::Unseen)?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(DatabaseState {
        version: get(&row, "version")?,
        schema: get(&row, "schema")?,
        latency: asked.elapsed(),
        bytes: sqlite::file_bytes(file.to_owned()).await?,
    }))
}

/// Connects to a database on a server, whoever uses it, and looks at it.
///
/// # Errors
/// It does not answer or lets nobody in.
pub async fn examine_server(options: &PostgresOptions) -> Result<DatabaseState, StoreError> {
    let store = Box::pin(postgres::connect(options)).await?;
    let state = postgres::examine(&store.standing).await;
    store.close().await;
    state
}
