use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use riddle_core::StoreError;
use sqlx::{Connection, PgConnection};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::sql::{Pool, Transaction};
use crate::sql_error::SqlError;
use crate::{conversations, newer, postgres, spelling, sqlite};

/// How long a change waits for the changes before it, also those of other processes where a server has the database;
/// deleting a large knowledge base is one of them.
pub(crate) const WRITER_TIMEOUT: Duration = Duration::from_secs(300);
/// How long those who ask how the store is doing wait for their connection. What they read takes milliseconds.
pub(crate) const STANDING_TIMEOUT: Duration = Duration::from_secs(2);
/// Connections of those who look through all names of documents and all words of chats.
pub(crate) const LOOKERS: u32 = 2;
/// Statements kept ready by a connection; one that writes several rows is another for each number of rows.
pub(crate) const STATEMENTS: usize = 256;

/// The store in one SQLite file, or in a schema of a PostgreSQL server.
#[derive(Clone, Debug)]
pub struct SqlStore {
    pub(crate) reader: Pool,
    /// Connections for lists that are searched, however many want some, so that questions keep those of the others.
    pub(crate) looker: Pool,
    /// A connection for what the health report says, which no long reading may keep waiting.
    pub(crate) standing: Pool,
    pub(crate) writer: Pool,
    /// Held by the change of this process whose turn it is.
    pub(crate) turn: Arc<Semaphore>,
    /// Holds the database of a server for this process.
    pub(crate) owner: Arc<Mutex<Option<PgConnection>>>,
}

impl SqlStore {
    /// Opens the file, making it if absent, and brings its schema up to date.
    ///
    /// # Errors
    /// The file cannot be opened, is no database, or was written by a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::refuse_newer(path).await?;
        let store = Box::pin(sqlite::open(path)).await?;
        Box::pin(store.up_to_date()).await
    }

    /// Connects to a PostgreSQL server and brings the schema there up to date, whoever else uses it. A server takes it
    /// first: [`TakenDatabase`].
    ///
    /// # Errors
    /// The server does not answer or lets nobody in, or the schema was written by a newer version.
    pub async fn connect(options: &postgres::PostgresOptions) -> Result<Self, StoreError> {
        let store = Box::pin(postgres::connect(options)).await?;
        Box::pin(store.migrated()).await
    }

    /// What tells a database of a server from all others; nothing if it has no tables yet.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn identity(&self) -> Result<Option<String>, StoreError> {
        postgres::identity(&self.standing).await
    }

    /// Refuses a file that a newer version wrote, and changes nothing. For those who have something to do before they
    /// open it; no other process may write it meanwhile.
    ///
    /// # Errors
    /// The file has a schema that this version does not know. One that cannot be read at all is not refused here.
    pub async fn refuse_newer(path: &Path) -> Result<(), StoreError> {
        Ok(Box::pin(newer::refuse(path)).await?)
    }

    async fn own(&self) -> Result<(), SqlError> {
        if let Pool::Postgres(pool) = &self.standing {
            *self.owner.lock().await = Some(postgres::own(pool).await?);
        }
        Ok(())
    }

    pub(crate) async fn migrated(self) -> Result<Self, StoreError> {
        if let Pool::Postgres(writer) = &self.writer {
            postgres::migrate(writer).await?;
        }
        self.up_to_date().await
    }

    /// What a migration leaves to do.
    async fn up_to_date(self) -> Result<Self, StoreError> {
        spelling::spell_names(&self).await?;
        conversations::words::fold_earlier(&self).await?;
        Ok(self)
    }

    /// Closes all connections, folding the write-ahead log of SQLite into its file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.looker.close().await;
        self.standing.close().await;
        self.writer.close().await;
        let owner = self.owner.lock().await.take();
        if let Some(owner) = owner {
            // The server notices by itself when it is not told.
            let _ = owner.close().await;
        }
    }

    /// A transaction that holds the write lock from its start, so that what it reads cannot change before it writes.
    pub(crate) async fn write(&self) -> Result<Write, SqlError> {
        let (transaction, turn) = match &self.writer {
            Pool::Sqlite(pool) => (Transaction::Sqlite(sqlite::write(pool).await?), None),
            Pool::Postgres(pool) => {
                let turn = postgres::turn(&self.turn).await?;
                postgres::keep(&self.owner, &self.standing).await?;
                (
                    Transaction::Postgres(postgres::write(pool).await?),
                    Some(turn),
                )
            }
        };
        Ok(Write {
            transaction,
            _turn: turn,
        })
    }

    /// A transaction whose statements all read the same state.
    pub(crate) async fn read(&self) -> Result<Transaction, SqlError> {
        Ok(match &self.reader {
            Pool::Sqlite(pool) => Transaction::Sqlite(pool.begin().await?),
            Pool::Postgres(pool) => Transaction::Postgres(postgres::read(pool).await?),
        })
    }
}

/// A database of a server that this process has taken until it ends, with the schema as it was found. A file is taken
/// with its folder.
pub struct TakenDatabase(pub(crate) SqlStore);

impl TakenDatabase {
    /// Connects, and takes the database before anything in it is changed.
    ///
    /// # Errors
    /// Another process has it, or the server does not answer or lets nobody in.
    pub async fn take(options: &postgres::PostgresOptions) -> Result<Self, StoreError> {
        let store = Box::pin(postgres::connect(options)).await?;
        if let Err(error) = store.own().await {
            store.close().await;
            return Err(error.into());
        }
        Ok(Self(store))
    }

    /// What tells it from all others; nothing if it has no tables yet.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn identity(&self) -> Result<Option<String>, StoreError> {
        self.0.identity().await
    }

    /// Bytes of its tables with their indexes.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn bytes(&self) -> Result<u64, StoreError> {
        postgres::bytes(&self.0.standing).await
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// The server does not answer, or the schema was written by a newer version.
    pub async fn up_to_date(self) -> Result<SqlStore, StoreError> {
        let store = self.0.clone();
        let migrated = self.0.migrated().await;
        if migrated.is_err() {
            store.close().await;
        }
        migrated
    }

    /// Gives it up again.
    pub async fn close(self) {
        self.0.close().await;
    }
}

/// A change of the database. Dropping it takes back what was done in it.
pub(crate) struct Write {
    transaction: Transaction,
    _turn: Option<OwnedSemaphorePermit>,
}

impl Write {
    /// Makes it durable.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }
}

impl Deref for Write {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Transaction {
        &mut self.transaction
    }
}

/// A sequence or position as the database has it.
pub(crate) fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
