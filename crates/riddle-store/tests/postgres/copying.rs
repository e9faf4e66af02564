//! A database in a file is copied to a server and back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use riddle_core::{OutboxStore, StoreError, error_chain};
use riddle_store::{CopiedTable, SqlStore, TakenDatabase, newest_schema};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Row, ValueRef};
use tempfile::TempDir;

use crate::database::Database;

/// What a table holds, each row with its columns in order.
type Tables = BTreeMap<String, Vec<Vec<String>>>;

/// A file in which every table of the newest schema has rows, and every column a value that no default gave.
struct Full {
    folder: TempDir,
}

impl Full {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let full = Self { folder };
        let pool = open(&full.file(), true).await;
        let migrations = root().join("migrations/sqlite");
        let steps = Migrator::new(migrations.as_path()).await.unwrap();
        steps.run(&pool).await.unwrap();
        for step in steps.iter() {
            let name = step.description.replace(' ', "_");
            let rows = root().join(format!("tests/data/schemas/{:04}_{name}.sql", step.version));
            let rows = std::fs::read_to_string(rows).unwrap();
            let rows = sqlx::raw_sql(AssertSqlSafe(rows)).execute(&pool);
            rows.await.unwrap();
        }
        pool.close().await;
        // What a server does with a file of an earlier schema is done.
        SqlStore::open(&full.file()).await.unwrap().close().await;
        full.run("INSERT INTO names_to_spell SELECT id FROM documents LIMIT 1")
            .await;
        full
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("riddle.db")
    }

    fn back(&self) -> PathBuf {
        self.folder.path().join("back.db")
    }

    async fn run(&self, statement: &'static str) {
        let pool = open(&self.file(), false).await;
        sqlx::query(statement).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

async fn open(file: &Path, make: bool) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(make)
        .foreign_keys(make);
    SqlitePool::connect_with(options).await.unwrap()
}

/// Everything in a file but the history of its migrations, read past the store.
async fn contents(file: &Path) -> Tables {
    let pool = open(file, false).await;
    let tables = sqlx::query(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> '_sqlx_migrations'",
    );
    let tables = tables.fetch_all(&pool).await.unwrap();
    let mut contents = Tables::new();
    for table in &tables {
        let name: String = table.get("name");
        let rows = AssertSqlSafe(format!("SELECT * FROM {name}"));
        let rows = sqlx::query(rows).fetch_all(&pool).await.unwrap();
        let mut rows: Vec<Vec<String>> = rows.iter().map(written).collect();
        rows.sort();
        contents.insert(name, rows);
    }
    pool.close().await;
    contents
}

fn written(row: &SqliteRow) -> Vec<String> {
    let columns = 0..row.len();
    columns
        .map(|column| {
            let value = row.try_get_raw(column).unwrap();
            let kind = value.type_info().to_string();
            match kind.as_str() {
                "INTEGER" => format!("{:?}", row.get::<i64, _>(column)),
                // PostgreSQL keeps one of them in four bytes.
                "REAL" => format!("{:?}", row.get::<f32, _>(column)),
                "TEXT" => format!("{:?}", row.get::<String, _>(column)),
                "BLOB" => format!("{:?}", row.get::<Vec<u8>, _>(column)),
                _ => kind,
            }
        })
        .collect()
}

async fn fill(full: &Full, database: &Database) -> Result<Vec<CopiedTable>, StoreError> {
    let taken = TakenDatabase::take(&database.options()).await.unwrap();
    let filled = taken.fill_from(&full.file(), &|_| ()).await;
    taken.close().await;
    filled
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, StoreError>, why: &str) {
    let message = error_chain(&outcome.unwrap_err());
    assert!(message.contains(why), "{message}");
}

#[tokio::test]
async fn a_file_comes_back_from_a_server_as_it_was_with_every_table_and_column() {
    let Some(database) = Database::new() else {
        return;
    };
    let full = Full::new().await;
    let before = contents(&full.file()).await;
    let empty: Vec<_> = before.iter().filter(|(_, rows)| rows.is_empty()).collect();
    assert!(empty.is_empty(), "{empty:?}");

    let filled = fill(&full, &database).await.unwrap();
    let taken = TakenDatabase::take(&database.options()).await.unwrap();
    let copied = taken.copy_to(&full.back(), &|_| ()).await.unwrap();
    assert_eq!(copied, filled);
    assert_eq!(taken.compare_with(&full.back()).await.unwrap(), filled);
    taken.close().await;
    let after = contents(&full.back()).await;
    for (table, rows) in &before {
        assert_eq!(after.get(table), Some(rows), "{table}");
    }
    assert_eq!(after.len(), before.len());
    assert_eq!(contents(&full.file()).await, before, "it was only read");

    let counts = filled.iter().map(|table| (table.name.as_str(), table.rows));
    let counts: BTreeMap<&str, u64> = counts.collect();
    let mut expected = BTreeMap::new();
    for (table, rows) in before
        .iter()
        .filter(|(table, _)| *table != "sqlite_sequence")
    {
        expected.insert(table.as_str(), rows.len() as u64);
    }
    assert_eq!(counts, expected);
}

#[tokio::test]
async fn ids_and_the_outbox_go_on_behind_what_was_copied() {
    let Some(database) = Database::new() else {
        return;
    };
    let full = Full::new().await;
    // All rows are applied and trimmed, and yet their sequences never come again.
    full.run("DELETE FROM outbox").await;
    fill(&full, &database).await.unwrap();
    let store = database.open().await;
    assert_eq!(store.outbox_bounds().await.unwrap().0, 14);
    let pool = database.pool().await;
    let next = "INSERT INTO outbox (operation, chunk) VALUES ('delete', decode(repeat('07', 16), 'hex')) RETURNING sequence";
    let next: i64 = sqlx::query_scalar(next).fetch_one(&pool).await.unwrap();
    assert_eq!(next, 15);
    let trial = "INSERT INTO live_trials (knowledge_base, arms, created_at)
                 SELECT knowledge_base, '{}', 1 FROM live_trials RETURNING id";
    let trial: i64 = sqlx::query_scalar(trial).fetch_one(&pool).await.unwrap();
    assert_eq!(trial, 2);
    assert_eq!(store.outbox_bounds().await.unwrap().0, 15);
    store.close().await;
}

#[tokio::test]
async fn a_copy_that_breaks_off_leaves_an_empty_database_to_try_again_with() {
    let Some(database) = Database::new() else {
        return;
    };
    let full = Full::new().await;
    // One of the last tables has a row that fits no other: the server refuses it when all before is copied.
    full.run("INSERT INTO unembedded_chunks (chunk) VALUES (x'00')")
        .await;
    let failed = fill(&full, &database).await.unwrap_err();
    assert!(
        error_chain(&failed).contains("unembedded_chunks"),
        "{failed:?}"
    );
    for table in [
        "knowledge_bases",
        "documents",
        "chunks",
        "outbox",
        "embeddings",
    ] {
        assert_eq!(database.count(table).await, 0, "{table}");
    }
    full.run("DELETE FROM unembedded_chunks WHERE chunk = x'00'")
        .await;
    fill(&full, &database).await.unwrap();
    assert!(database.count("chunks").await > 0);
}

#[tokio::test]
async fn a_database_that_has_the_same_already_is_left_and_any_other_is_refused() {
    let Some(database) = Database::new() else {
        return;
    };
    let full = Full::new().await;
    let first = fill(&full, &database).await.unwrap();
    let second = fill(&full, &database).await.unwrap();
    assert_eq!(second, first);
    let pool = database.pool().await;
    let changed = sqlx::query("UPDATE feedback SET comment = 'another'");
    changed.execute(&pool).await.unwrap();
    refused(fill(&full, &database).await, "is not empty");
    let taken = TakenDatabase::take(&database.options()).await.unwrap();
    refused(
        taken.compare_with(&full.file()).await,
        "`feedback` is not the same",
    );
    taken.close().await;
}

#[tokio::test]
async fn tables_of_others_are_left_alone() {
    let Some(database) = Database::new() else {
        return;
    };
    let full = Full::new().await;
    let pool = database.pool().await;
    let theirs = sqlx::query("CREATE TABLE \"their's \"\"own\"\"\" (id BIGINT)");
    theirs.execute(&pool).await.unwrap();
    refused(fill(&full, &database).await, "is not empty");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&pool).await.unwrap();
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn databases_of_other_schemas_are_not_copied() {
    let Some(database) = Database::new() else {
        return;
    };
    let full = Full::new().await;
    full.run("DELETE FROM _sqlx_migrations WHERE version > 20")
        .await;
    refused(fill(&full, &database).await, "has schema 20");
    // Nothing was made there.
    let taken = TakenDatabase::take(&database.options()).await.unwrap();
    assert_eq!(taken.identity().await.unwrap(), None);
    taken.close().await;

    database.open().await.close().await;
    let pool = database.pool().await;
    let newer = newest_schema() + 1;
    let renamed = sqlx::query("UPDATE _sqlx_migrations SET version = $1 WHERE version = $2");
    let renamed = renamed.bind(newer).bind(newest_schema());
    renamed.execute(&pool).await.unwrap();
    let taken = TakenDatabase::take(&database.options()).await.unwrap();
    let copied = taken.copy_to(&full.back(), &|_| ()).await;
    refused(copied, &format!("has schema {newer}"));
    assert!(!full.back().exists());
    taken.close().await;
}
