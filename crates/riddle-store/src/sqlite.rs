use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::Duration;

use riddle_core::StoreError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Sqlite, SqliteConnection, Transaction};

use crate::sql_error::SqlError;
use crate::{conversations, migrations, newer, spelling};

/// How long a connection waits for a lock of another process, such as a backup tool.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a change waits for the changes before it; deleting a large knowledge base is one of them.
const WRITER_TIMEOUT: Duration = Duration::from_secs(300);
/// Connections that read at the same time.
const READERS: u32 = 4;
/// Connections of those who look through all names of documents and all words of chats.
const LOOKERS: u32 = 2;
/// How long those who ask how the store is doing wait for their connection. What they read takes milliseconds.
const STANDING_TIMEOUT: Duration = Duration::from_secs(2);

/// Statements kept ready by a connection; one that writes several rows is another for each number of rows.
const STATEMENTS: usize = 256;

/// The store in one SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pub(crate) reader: SqlitePool,
    /// Connections for lists that are searched, however many want some, so that questions keep those of the others.
    pub(crate) looker: SqlitePool,
    /// A connection for what the health report says, which no long reading may keep waiting.
    pub(crate) standing: SqlitePool,
    writer: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, making it if absent, and brings its schema up to date.
    ///
    /// # Errors
    /// The file cannot be opened, is no database, or was written by a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::refuse_newer(path).await?;
        let store = Self::open_pools(path).await?;
        spelling::spell_names(&store).await?;
        conversations::words::fold_earlier(&store).await?;
        Ok(store)
    }

    /// Refuses a file that a newer version wrote, and changes nothing. For those who have something to do before they
    /// open it; no other process may write it meanwhile.
    ///
    /// # Errors
    /// The file has a schema that this version does not know. One that cannot be read at all is not refused here.
    pub async fn refuse_newer(path: &Path) -> Result<(), StoreError> {
        Ok(newer::refuse(path).await?)
    }

    async fn open_pools(path: &Path) -> Result<Self, SqlError> {
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
        Ok(Self {
            reader,
            looker,
            standing,
            writer,
        })
    }

    /// Closes all connections, folding the write-ahead log into the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.looker.close().await;
        self.standing.close().await;
        self.writer.close().await;
    }

    /// A transaction that holds the write lock from its start, so that what it reads cannot change before it writes.
    pub(crate) async fn write(&self) -> Result<Write, SqlError> {
        Ok(Write(self.writer.begin_with("BEGIN IMMEDIATE").await?))
    }

    /// A transaction whose statements all read the same state.
    pub(crate) async fn read(&self) -> Result<Transaction<'static, Sqlite>, SqlError> {
        Ok(self.reader.begin().await?)
    }
}

/// A change of the database. Dropping it takes back what was done in it.
pub(crate) struct Write(Transaction<'static, Sqlite>);

impl Write {
    /// Makes it durable.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await.map_err(SqlError::from)?)
    }
}

impl Deref for Write {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.0
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
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

/// A sequence or position as the database has it.
pub(crate) fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use riddle_core::{ConversationQuery, ConversationStore, JobStore, OutboxStore};

    use super::*;

    #[tokio::test]
    async fn lists_that_are_searched_have_connections_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("riddle.db");
        let store = SqliteStore::open(&path).await.unwrap();
        let mut readings = Vec::new();
        for _ in 0..READERS {
            readings.push(store.read().await.unwrap());
        }
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
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("riddle.db");
        let store = SqliteStore::open(&path).await.unwrap();
        let mut readings = Vec::new();
        for _ in 0..READERS {
            readings.push(store.read().await.unwrap());
        }
        assert_eq!(store.pending_jobs().await.unwrap(), 0);
        assert_eq!(store.outbox_bounds().await.unwrap(), (0, 0));
        drop(readings);
        store.close().await;
    }
}
