//! A schema of each test on a PostgreSQL server.

use riddle_store::{PostgresOptions, SqlStore};
use sqlx::PgPool;

const READERS: u32 = 2;

pub(crate) struct Database {
    pub(crate) url: String,
}

impl Database {
    /// One that nobody else uses; none where a test has to be skipped.
    pub(crate) fn new() -> Option<Self> {
        let url = riddle_test_support::postgres()?;
        Some(Self { url })
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions {
            url: self.url.clone(),
            readers: READERS,
        }
    }

    pub(crate) async fn open(&self) -> SqlStore {
        SqlStore::connect(&self.options()).await.unwrap()
    }

    pub(crate) async fn pool(&self) -> PgPool {
        PgPool::connect(&self.url).await.unwrap()
    }

    /// Changes what is stored, past the store.
    pub(crate) async fn execute(&self, statement: &'static str) {
        let pool = self.pool().await;
        sqlx::query(statement).execute(&pool).await.unwrap();
        pool.close().await;
    }

    /// Rows of a table, read past the store.
    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        let pool = self.pool().await;
        let statement = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows = sqlx::query_scalar(statement).fetch_one(&pool).await;
        pool.close().await;
        rows.unwrap()
    }
}
