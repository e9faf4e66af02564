//! A store in a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use riddle_core::StoreError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Sqlite, SqliteConnection, Transaction};
use tokio::sync::Semaphore;

use crate::apart::apart;
use crate::migrations;
use crate::sql::Pool;
use crate::sql_error::SqlError;
use crate::store::{LOOKERS, STANDING_TIMEOUT, STATEMENTS, SqlStore, WRITER_TIMEOUT};

/// How long a connection waits for a lock of another process, such as a backup tool.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that read at the same time.
const READERS: u32 = 4;

/// Opens the file, making it if absent, and brings its schema up to date.
pub(crate) async fn open(path: &Path) -> Result<SqlStore, SqlError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An accepted document must survive a power cut, not only a crash.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("temp_store", "memory")
        .pragma("cache_size", "-16000")
        .statement_cache_capacity(STATEMENTS);
    let writer = one_connection()
        .acquire_timeout(WRITER_TIMEOUT)
        .after_release(|connection, _| Box::pin(is_fit(connection)))
        .connect_with(options.clone())
        .await?;
    migrations::sqlite().run(&writer).await?;
    let reader = SqlitePoolOptions::new()
        .max_connections(READERS)
        .test_before_acquire(false)
        .connect_with(options.clone().read_only(true))
        .await?;
    let looker = SqlitePoolOptions::new()
        .max_connections(LOOKERS)
        .test_before_acquire(false)
        .connect_with(options.clone().read_only(true))
        .await?;
    let standing = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(STANDING_TIMEOUT)
        .test_before_acquire(false)
        .connect_with(options.read_only(true))
        .await?;
    Ok(SqlStore {
        reader: Pool::Sqlite(reader),
        looker: Pool::Sqlite(looker),
        standing: Pool::Sqlite(standing),
        writer: Pool::Sqlite(writer),
        turn: Arc::new(Semaphore::new(1)),
        owner: Arc::default(),
    })
}

/// Opens a file that nobody uses, to read it whole. Its write-ahead log is folded into it when it is closed.
pub(crate) async fn open_to_read(path: &Path) -> Result<SqlitePool, SqlError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("query_only", "on");
    Ok(one_connection().connect_with(options).await?)
}

/// Makes a file with the tables of this version, of which nothing lies beside it once it is closed.
pub(crate) async fn create(path: &Path) -> Result<SqlitePool, SqlError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Delete)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true);
    let pool = one_connection().connect_with(options).await?;
    migrations::sqlite().run(&pool).await?;
    Ok(pool)
}

fn one_connection() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .max_lifetime(None)
        .idle_timeout(None)
}

/// Bytes of the file with its logs.
pub(crate) async fn bytes(pool: &SqlitePool) -> Result<u64, StoreError> {
    file_bytes(pool.connect_options().get_filename().to_owned()).await
}

/// The same of one that is not open.
pub(crate) async fn file_bytes(file: PathBuf) -> Result<u64, StoreError> {
    apart(move || {
        let beside = ["", "-wal", "-shm"].map(|ending| {
            let mut path = file.as_os_str().to_owned();
            path.push(ending);
            std::fs::metadata(path).map_or(0, |metadata| metadata.len())
        });
        Ok(beside.iter().sum())
    })
    .await
}

/// A transaction that holds the write lock from its start.
pub(crate) async fn write(writer: &SqlitePool) -> Result<Transaction<'static, Sqlite>, SqlError> {
    Ok(writer.begin_with("BEGIN IMMEDIATE").await?)
}

/// Whether a connection can begin another transaction. When the disk is full, SQLite ends a transaction by itself; the
/// rollback that follows fails, and the driver takes the transaction for open for ever.
async fn is_fit(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A rollback may still wait for the connection's thread, which answers in order.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

#[cfg(test)]
mod tests {
    use riddle_core::{ConversationQuery, ConversationStore, JobStore, OutboxStore};

    use super::*;
    use crate::sql::Transaction;

    async fn with_all_readers_busy() -> (tempfile::TempDir, SqlStore, Vec<Transaction>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("riddle.db");
        let store = SqlStore::open(&path).await.unwrap();
        let mut readings = Vec::new();
        for _ in 0..READERS {
            readings.push(store.read().await.unwrap());
        }
        (folder, store, readings)
    }

    #[tokio::test]
    async fn lists_that_are_searched_have_connections_of_their_own() {
        let (_folder, store, readings) = with_all_readers_busy().await;
        let query = ConversationQuery {
            search: "port".to_owned(),
            cursor: None,
            limit: 10,
        };
        assert!(store.list_chats(&query).await.unwrap().chats.is_empty());
        drop(readings);
        store.close().await;
    }

    #[tokio::test]
    async fn health_does_not_wait_for_long_readings() {
        let (_folder, store, readings) = with_all_readers_busy().await;
        assert_eq!(store.pending_jobs().await.unwrap(), 0);
        assert_eq!(store.outbox_bounds().await.unwrap(), (0, 0));
        drop(readings);
        store.close().await;
    }
}
