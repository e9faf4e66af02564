//! A store in a schema of a PostgreSQL server.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_core::StoreError;
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection, Postgres, Transaction};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::examined::DatabaseState;
use crate::migrations;
use crate::rows::{get, number};
use crate::sql::{self, Pool, of_pool};
use crate::sql_error::{SqlError, is_lock_timeout};
use crate::store::{LOOKERS, STANDING_TIMEOUT, STATEMENTS, SqlStore, WRITER_TIMEOUT};

/// How long a server that does not answer is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const APPLICATION: &str = "riddle";

/// Tables are joined in the order in which a statement names them. The order is chosen for SQLite, by indexes, and does
/// for PostgreSQL, which would choose badly where a table has grown since it was last looked at.
const JOINS_AS_WRITTEN: (&str, &str) = ("join_collapse_limit", "1");

/// A machine that is gone without a word gives up its locks within half a minute, and not after hours.
const KEEP_ALIVE: [(&str, &str); 3] = [
    ("tcp_keepalives_idle", "15"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
];

/// Taken by whoever changes this schema, for as long as its transaction takes; `outbox` tells one schema from others.
/// Sequences of the outbox so come in the order in which they are committed.
const WRITE_LOCK: &str = "SELECT pg_advisory_xact_lock('outbox'::regclass::oid::bigint)";

/// Held by the server that uses this schema, for as long as it runs. It is taken before there is any table.
const OWNER_LOCK: &str =
    "SELECT pg_advisory_lock(hashtextextended('riddle ' || current_schema(), 0))";
/// How long a server waits for one that was ended a moment ago, as PostgreSQL reads it.
const OWNER_TIMEOUT: &str = "3s";

/// A database of a PostgreSQL server, and how it is used.
#[derive(Clone)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database`, with `sslmode` and the like behind a question mark.
    pub url: String,
    /// Connections that read at the same time.
    pub readers: u32,
}

/// The address may hold a password.
impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut options = f.debug_struct("PostgresOptions");
        options
            .field("readers", &self.readers)
            .finish_non_exhaustive()
    }
}

/// Connects, and leaves the schema as it is.
pub(crate) async fn connect(options: &PostgresOptions) -> Result<SqlStore, SqlError> {
    let connection = connection(&options.url)?;
    let lock_timeout = format!("{}s", WRITER_TIMEOUT.as_secs());
    let writing = connection.clone().options([("lock_timeout", lock_timeout)]);
    let reading = connection.options([("default_transaction_read_only", "on")]);
    let writer = pool(1).connect_with(writing).await.map_err(unreachable)?;
    let reader = pool(options.readers).connect_with(reading.clone()).await?;
    let looker = pool(LOOKERS).connect_with(reading.clone()).await?;
    let standing = pool(1)
        .acquire_timeout(STANDING_TIMEOUT)
        .connect_with(reading)
        .await?;
    Ok(SqlStore {
        reader: Pool::Postgres(reader),
        looker: Pool::Postgres(looker),
        standing: Pool::Postgres(standing),
        writer: Pool::Postgres(writer),
        turn: Arc::new(Semaphore::new(1)),
        owner: Arc::default(),
    })
}

/// Runs the migrations that have not run yet.
pub(crate) async fn migrate(writer: &PgPool) -> Result<(), SqlError> {
    let migrated = migrations::postgres().run(writer).await;
    migrated.map_err(|error| match error {
        MigrateError::VersionMissing(version) => SqlError::NewerOnServer(version),
        error => error.into(),
    })
}

fn connection(url: &str) -> Result<PgConnectOptions, SqlError> {
    let options = PgConnectOptions::from_str(url);
    let options = options.map_err(|why| SqlError::Address(Box::new(why)))?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name(APPLICATION),
    };
    let options = options.statement_cache_capacity(STATEMENTS);
    Ok(options.options([JOINS_AS_WRITTEN]).options(KEEP_ALIVE))
}

/// Takes the schema for this process. The connection gives it up when it ends.
pub(crate) async fn own(pool: &PgPool) -> Result<PgConnection, SqlError> {
    let options = pool.connect_options().as_ref().clone();
    let options = options.options([("lock_timeout", OWNER_TIMEOUT)]);
    let mut connection = PgConnection::connect_with(&options).await?;
    match sqlx::query(OWNER_LOCK).execute(&mut connection).await {
        Ok(_) => Ok(connection),
        Err(error) if is_lock_timeout(&error) => Err(SqlError::Owned),
        Err(error) => Err(error.into()),
    }
}

/// Sees that this process still has the schema that it took, and takes it anew where the connection that held it has
/// ended, as with the server. A process that never took it has nothing to see to.
pub(crate) async fn keep(
    owner: &Mutex<Option<PgConnection>>,
    standing: &Pool,
) -> Result<(), SqlError> {
    let mut owner = owner.lock().await;
    let (Some(held), Pool::Postgres(pool)) = (owner.as_mut(), standing) else {
        return Ok(());
    };
    let answers = tokio::time::timeout(CONNECT_TIMEOUT, held.ping()).await;
    if matches!(answers, Ok(Ok(()))) {
        return Ok(());
    }
    let taken = tokio::time::timeout(CONNECT_TIMEOUT, own(pool)).await;
    *held = taken.unwrap_or(Err(SqlError::Unreachable))?;
    tracing::warn!("the connection that held the database had ended; it is held again");
    Ok(())
}

/// What tells this database from all others, also after it was restored elsewhere: when its first step ran, and for how
/// long in nanoseconds. A schema without tables has none.
pub(crate) async fn identity(pool: &Pool) -> Result<Option<String>, StoreError> {
    let tables = sql::query(
        "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = '_sqlx_migrations'",
    );
    if tables.row_if_any(pool).await?.is_none() {
        return Ok(None);
    }
    let row = sql::query(
        "SELECT CAST(extract(epoch FROM installed_on) AS TEXT) || ' ' || execution_time AS identity
         FROM _sqlx_migrations ORDER BY version LIMIT 1",
    );
    let row = row.row_if_any(pool).await?;
    row.as_ref().map(|row| get(row, "identity")).transpose()
}

/// What the server and this schema say of themselves.
pub(crate) async fn examine(pool: &Pool) -> Result<DatabaseState, StoreError> {
    let has_tables = identity(pool).await?.is_some();
    let asked = Instant::now();
    let row = sql::query("SELECT current_setting('server_version') AS version");
    let version = get(&row.row(pool).await?, "version")?;
    let latency = asked.elapsed();
    let schema = match has_tables {
        true => {
            let row = sql::query("SELECT max(version) AS newest FROM _sqlx_migrations");
            get(&row.row(pool).await?, "newest")?
        }
        false => 0,
    };
    Ok(DatabaseState {
        version,
        schema,
        latency,
        bytes: bytes(pool).await?,
    })
}

/// Bytes of the tables of this schema, with their indexes.
pub(crate) async fn bytes(pool: &Pool) -> Result<u64, StoreError> {
    let relations = sql::query(
        "SELECT CAST(coalesce(sum(pg_total_relation_size(oid)), 0) AS BIGINT) AS bytes FROM pg_class
         WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND relkind = 'r'",
    );
    number(&relations.row(pool).await?, "bytes")
}

/// The tables of this schema but for that of the migrations.
pub(crate) async fn tables(pool: &Pool) -> Result<Vec<String>, StoreError> {
    let tables = sql::query(
        "SELECT tablename::text AS name FROM pg_tables
         WHERE schemaname = current_schema() AND tablename <> '_sqlx_migrations' ORDER BY tablename",
    );
    let tables = tables.rows(pool).await?;
    tables.iter().map(|row| get(row, "name")).collect()
}

/// Tables with the column that numbers their rows.
pub(crate) async fn numbered(
    from: &mut sql::Transaction,
) -> Result<Vec<(String, String)>, StoreError> {
    let numbered = sql::query(
        "SELECT table_name::text AS table_name, column_name::text AS column_name FROM information_schema.columns
         WHERE table_schema = current_schema() AND is_identity = 'YES'",
    );
    let numbered = numbered.rows(from).await?;
    let pairs = numbered.iter();
    pairs
        .map(|row| Ok((get(row, "table_name")?, get(row, "column_name")?)))
        .collect()
}

/// The first connection that does not come: the server does not answer.
fn unreachable(error: sqlx::Error) -> SqlError {
    match error {
        sqlx::Error::PoolTimedOut => SqlError::Unreachable,
        error => error.into(),
    }
}

/// A connection that the server has ended is replaced before it is used.
fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECT_TIMEOUT)
        .test_before_acquire(true)
}

/// Waits for the changes of this process before. The connection itself is then free, so that waiting for it is waiting
/// for the server.
pub(crate) async fn turn(turn: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, SqlError> {
    let waiting = Arc::clone(turn).acquire_owned();
    match tokio::time::timeout(WRITER_TIMEOUT, waiting).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(sqlx::Error::PoolTimedOut.into()),
    }
}

/// A transaction that holds the write lock from its start. Each of its statements sees what was committed before.
pub(crate) async fn write(writer: &PgPool) -> Result<Transaction<'static, Postgres>, SqlError> {
    let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
    let mut transaction = begun(writer, begin, WRITER_TIMEOUT).await?;
    sqlx::query(WRITE_LOCK).execute(&mut *transaction).await?;
    Ok(transaction)
}

/// A transaction whose statements all read the same state.
pub(crate) async fn read(reader: &PgPool) -> Result<Transaction<'static, Postgres>, SqlError> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    begun(reader, begin, CONNECT_TIMEOUT).await
}

/// Begins in a task of its own: whoever asks may be cancelled, and a connection given back on the way would stay in a
/// transaction that the pool knows nothing of.
async fn begun(
    pool: &PgPool,
    begin: &'static str,
    patience: Duration,
) -> Result<Transaction<'static, Postgres>, SqlError> {
    let pool = pool.clone();
    tokio::spawn(async move { begun_within(&pool, begin, patience).await }).await?
}

/// Waits for a connection that is in use for as long as that, and for a server that does not answer as long as the pool
/// does.
async fn begun_within(
    pool: &PgPool,
    begin: &'static str,
    patience: Duration,
) -> Result<Transaction<'static, Postgres>, SqlError> {
    let start = Instant::now();
    loop {
        let begun = pool.begin_with(begin).await;
        match begun.map_err(|error| of_pool(pool, error)) {
            Err(SqlError::Database(sqlx::Error::PoolTimedOut)) if start.elapsed() < patience => {}
            begun => return begun,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copying::NARROW;

    #[tokio::test]
    async fn numbers_that_are_kept_in_four_bytes_are_known() {
        let Some(url) = riddle_test_support::postgres() else {
            return;
        };
        let options = PostgresOptions { url, readers: 1 };
        let store = SqlStore::connect(&options).await.unwrap();
        let narrow = sql::query(
            "SELECT table_name::text AS table_name, column_name::text AS column_name FROM information_schema.columns
             WHERE table_schema = current_schema() AND data_type = 'real'",
        );
        let narrow = narrow.rows(&store.reader).await.unwrap();
        let narrow = narrow.iter().map(|row| {
            let [table, column] =
                ["table_name", "column_name"].map(|name| get::<String>(row, name).unwrap());
            (table, column)
        });
        let known = NARROW.map(|(table, column)| (table.to_owned(), column.to_owned()));
        assert_eq!(narrow.collect::<Vec<_>>(), known);
        store.close().await;
    }
}
