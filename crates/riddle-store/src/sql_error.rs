//! How what the database says becomes the store's error, with `?`.

use std::error::Error;
use std::io::ErrorKind;

use riddle_core::{StoreError, StoreFailure};
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;

/// What PostgreSQL calls the same, and that it stops or has no connection left.
const PG_DISK_FULL: &str = "53100";
const PG_LOCK_NOT_AVAILABLE: &str = "55P03";
const PG_UNREACHABLE: [&str; 6] = ["08000", "08003", "08006", "53300", "57P01", "57P03"];

/// SQLite's primary result codes; the lowest byte of an extended one.
const SQLITE_BUSY: i32 = 5;
const SQLITE_LOCKED: i32 = 6;
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_NOTADB: i32 = 26;

/// The source of [`StoreError::Failed`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum SqlError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("no connection to the PostgreSQL server came in time")]
    Unreachable,
    #[error("the database is another server's now")]
    Owned,
    #[error(
        "the address of the database is not one of PostgreSQL; write `postgres://user:password@host/database`"
    )]
    Address(#[source] Box<sqlx::Error>),
    #[error("the schema cannot be brought up to date")]
    Schema(#[source] MigrateError),
    #[error(
        "the database has schema {0}, which this version does not know; use the newer version that wrote it, or put back a copy of the data folder \
         from before that version ran"
    )]
    NewerSchema(i64),
    #[error(
        "the database has schema {0}, which this version does not know; use the newer version that wrote it, or \
         restore what `pg_dump` saved before that version ran, with the data folder of then"
    )]
    NewerOnServer(i64),
    #[error(
        "the database has schema {0}, and this version copies its own alone; start the server of this version on it once, \
         which brings an older one up to date"
    )]
    OtherSchema(i64),
    #[error(
        "the database that would be filled is not empty: it has the table `{0}`, and not the same as the other database; \
         name an empty database or schema"
    )]
    Occupied(String),
    #[error("the table `{0}` is not the same in both databases; nothing of it is used")]
    Differs(String),
    #[error("the database cannot be read")]
    Unseen(#[source] Box<dyn Error + Send + Sync>),
    #[error("the database file is damaged: {0}")]
    Damaged(String),
    #[error("reading values did not come to its end")]
    Unread(#[from] tokio::task::JoinError),
    #[error("a value cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the column `{column}` holds a value that this version does not understand")]
    Value {
        column: String,
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}

impl SqlError {
    /// A column whose value no version of this knows.
    pub(crate) fn value(column: &str) -> Self {
        Self::Value {
            column: column.to_owned(),
            source: None,
        }
    }

    /// A column whose value cannot be read, and why.
    pub(crate) fn unreadable(column: &str, why: impl Error + Send + Sync + 'static) -> Self {
        Self::Value {
            column: column.to_owned(),
            source: Some(Box::new(why)),
        }
    }

    /// Whether a row was refused because another has the same key.
    pub(crate) fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    fn failure(&self) -> StoreFailure {
        match self {
            Self::Unreachable => StoreFailure::Unreachable,
            Self::Owned => StoreFailure::Taken,
            Self::Database(error) => failure_of(error),
            Self::Schema(
                MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _),
            ) => failure_of(error),
            Self::Value { .. } => StoreFailure::Unreadable,
            _ => StoreFailure::Other,
        }
    }
}

impl From<MigrateError> for SqlError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::NewerSchema(version),
            error => Self::Schema(error),
        }
    }
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        Self::Failed {
            failure: error.failure(),
            source: Box::new(error),
        }
    }
}

fn failure_of(error: &sqlx::Error) -> StoreFailure {
    match error {
        sqlx::Error::PoolTimedOut => StoreFailure::Busy,
        // Of a server: files are read and written by SQLite itself, whose failures have codes. A certificate that does
        // not fit is data that is not valid, and no trouble that passes.
        sqlx::Error::Io(error) if error.kind() != ErrorKind::InvalidData => {
            StoreFailure::Unreachable
        }
        sqlx::Error::Database(error) => match error.try_downcast_ref::<PgDatabaseError>() {
            Some(error) => postgres_failure(error.code()),
            None => sqlite_failure(error.code().as_deref()),
        },
        sqlx::Error::ColumnDecode { .. } => StoreFailure::Unreadable,
        _ => StoreFailure::Other,
    }
}

/// Whether a lock of PostgreSQL did not come in time.
pub(crate) fn is_lock_timeout(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some(PG_LOCK_NOT_AVAILABLE)
}

fn postgres_failure(code: &str) -> StoreFailure {
    match code {
        PG_DISK_FULL => StoreFailure::DiskFull,
        PG_LOCK_NOT_AVAILABLE => StoreFailure::Busy,
        _ if PG_UNREACHABLE.contains(&code) => StoreFailure::Unreachable,
        _ => StoreFailure::Other,
    }
}

fn sqlite_failure(code: Option<&str>) -> StoreFailure {
    let code = code.and_then(|code| code.parse::<i32>().ok());
    match code.map(|extended| extended & 0xff) {
        Some(SQLITE_FULL) => StoreFailure::DiskFull,
        Some(SQLITE_CORRUPT | SQLITE_NOTADB) => StoreFailure::Damaged,
        Some(SQLITE_BUSY | SQLITE_LOCKED) => StoreFailure::Busy,
        _ => StoreFailure::Other,
    }
}
