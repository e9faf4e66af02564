//! A copy of the whole database at one moment, for backups.

use std::path::Path;
use std::time::Duration;

use riddle_core::{ContentHash, StoreError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use crate::rows::{self, get};
use crate::sql;
use crate::sql_error::SqlError;

/// How long a snapshot waits for a lock of the server.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);
/// Pages of a copy are read once.
const CACHE: &str = "-2000";

/// What a copy of the database holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SnapshotContents {
    /// What tells this database from all others: when its first migration ran, and for how long in nanoseconds.
    pub identity: String,
    /// Its last migration.
    pub schema: i64,
    /// Knowledge bases that are not deleted.
    pub knowledge_bases: u64,
    /// Documents that are not deleted.
    pub documents: u64,
    pub chats: u64,
    /// The originals of these documents, each once, ascending by hash, with their lengths in bytes.
    pub originals: Vec<(ContentHash, u64)>,
}

/// Copies the database to a file that must not exist, as it is at one moment, while others read and write it.
///
/// # Errors
/// The database cannot be read, or the copy cannot be written.
pub async fn take_snapshot(database: &Path, to: &Path) -> Result<(), StoreError> {
    let mut connection = connect(SqliteConnectOptions::new().filename(database)).await?;
    let to = to.to_string_lossy().into_owned();
    let copied = sql::query("VACUUM INTO ?")
        .bind(to)
        .rows(&mut connection)
        .await;
    close(connection).await?;
    copied?;
    Ok(())
}

/// Checks a copy page by page and says what it holds. The file is left as it is.
///
/// # Errors
/// The file is no database of this server, or it is damaged.
pub async fn examine_snapshot(copy: &Path) -> Result<SnapshotContents, StoreError> {
    // Nobody changes a copy, and a folder of backups may be read-only.
    let options = SqliteConnectOptions::new().filename(copy).immutable(true);
    let mut connection = connect(options).await?;
    let contents = contents(&mut connection).await;
    close(connection).await?;
    contents
}

async fn contents(connection: &mut SqliteConnection) -> Result<SnapshotContents, StoreError> {
    let check = sql::query("PRAGMA quick_check(1)")
        .row(&mut *connection)
        .await?;
    let found: String = get(&check, "quick_check")?;
    if found != "ok" {
        return Err(SqlError::Damaged(found).into());
    }
    let counts = sql::query(
        "SELECT (SELECT installed_on || ' ' || execution_time FROM _sqlx_migrations WHERE version = 1) AS identity,
                (SELECT coalesce(max(version), 0) FROM _sqlx_migrations) AS schema,
                (SELECT count(*) FROM knowledge_bases WHERE deleted_at IS NULL) AS knowledge_bases,
                (SELECT count(*) FROM documents WHERE deleted_at IS NULL) AS documents",
    )
    .row(&mut *connection)
    .await?;
    let schema = get(&counts, "schema")?;
    let originals = sql::query(
        "SELECT sha256, max(bytes) AS bytes FROM documents WHERE deleted_at IS NULL GROUP BY sha256 ORDER BY sha256",
    )
    .rows(&mut *connection)
    .await?;
    let originals = originals
        .iter()
        .map(|row| Ok((rows::hash(row, "sha256")?, rows::number(row, "bytes")?)))
        .collect::<Result<_, StoreError>>()?;
    Ok(SnapshotContents {
        identity: get(&counts, "identity")?,
        schema,
        knowledge_bases: rows::number(&counts, "knowledge_bases")?,
        documents: rows::number(&counts, "documents")?,
        chats: chats(connection).await?,
        originals,
    })
}

/// Early schemas have no chats.
async fn chats(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let known = sql::query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'chats'")
        .row_if_any(&mut *connection)
        .await?;
    if known.is_none() {
        return Ok(0);
    }
    let count = sql::query("SELECT count(*) AS chats FROM chats")
        .row(&mut *connection)
        .await?;
    rows::number(&count, "chats")
}

async fn connect(options: SqliteConnectOptions) -> Result<SqliteConnection, SqlError> {
    let options = options
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", CACHE);
    Ok(SqliteConnection::connect_with(&options).await?)
}

async fn close(connection: SqliteConnection) -> Result<(), SqlError> {
    Ok(connection.close().await?)
}
