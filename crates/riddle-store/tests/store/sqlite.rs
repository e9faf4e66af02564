//! A database of each test in a file.

use std::path::PathBuf;

use riddle_store::SqlStore;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

pub(crate) struct Database {
    folder: TempDir,
}

impl Database {
    /// One that nobody else uses; none where a test has to be skipped.
    pub(crate) fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        Some(Self { folder })
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("riddle.db")
    }

    pub(crate) async fn open(&self) -> SqlStore {
        SqlStore::open(&self.file()).await.unwrap()
    }

    async fn pool(&self) -> sqlx::SqlitePool {
        let options = SqliteConnectOptions::new().filename(self.file());
        sqlx::SqlitePool::connect_with(options).await.unwrap()
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
