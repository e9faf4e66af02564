use std::path::Path;
use std::time::Duration;

use riddle_core::StoreError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

/// How long a connection waits for a lock of another process, such as a backup tool.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a change waits for the changes before it; deleting a large knowledge base is one of them.
const WRITER_TIMEOUT: Duration = Duration::from_secs(300);
/// Connections that read at the same time.
const READERS: u32 = 4;

/// Statements kept ready by a connection; one that writes several rows is another for each number of rows.
const STATEMENTS: usize = 256;

/// The store in one SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pub(crate) reader: SqlitePool,
    writer: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, making it if absent, and brings its schema up to date.
    ///
    /// # Errors
    /// The file cannot be opened, is no database, or was written by a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
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
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WRITER_TIMEOUT)
            .test_before_acquire(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(options.clone())
            .await;
        let writer = writer.map_err(|error| failed(&error))?;
        sqlx::migrate!("../../migrations/sqlite")
            .run(&writer)
            .await
            .map_err(|error| migration_failed(&error))?;
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_with(options.read_only(true))
            .await;
        Ok(Self {
            reader: reader.map_err(|error| failed(&error))?,
            writer,
        })
    }

    /// Closes all connections, folding the write-ahead log into the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// A transaction that holds the write lock from its start, so that what it reads cannot change before it writes.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|error| failed(&error))
    }
}

/// The error of a database that failed.
pub(crate) fn failed(error: &sqlx::Error) -> StoreError {
    StoreError::Failed {
        message: error.to_string(),
    }
}

/// A sequence or position as the database has it.
pub(crate) fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

fn migration_failed(error: &sqlx::migrate::MigrateError) -> StoreError {
    let message = match error {
        sqlx::migrate::MigrateError::VersionMissing(version) => format!(
            "the database has schema {version}, which this version does not know; use the newer version that wrote it"
        ),
        error => format!("the schema cannot be brought up to date: {error}"),
    };
    StoreError::Failed { message }
}
