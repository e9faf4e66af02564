//! Both databases have the same schema.

use std::collections::BTreeSet;

use riddle_store::SqlStore;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::database::Database;

/// Of the migrations, which the library keeps in its own way.
const LIBRARY: &str = "_sqlx_migrations";
/// SQLite gives the columns of this table no types.
const UNTYPED: &str = "sqlite_sequence";

/// Table, column, kind and whether something is always there.
type Column = (String, String, String, bool);

#[tokio::test]
async fn both_databases_have_the_same_tables_columns_and_indexes() {
    let Some(database) = Database::new() else {
        return;
    };
    let store = database.open().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("riddle.db");
    SqlStore::open(&file).await.unwrap().close().await;
    let sqlite = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&file));
    let sqlite = sqlite.await.unwrap();
    assert_eq!(
        columns_of_postgres(&database).await,
        columns_of_sqlite(&sqlite).await
    );
    let (ours, theirs) = (
        indexes_of_postgres(&database).await,
        indexes_of_sqlite(&sqlite).await,
    );
    let missing: Vec<_> = theirs.difference(&ours).collect();
    assert!(missing.is_empty(), "{missing:?}");
    store.close().await;
}

#[tokio::test]
async fn texts_are_ordered_by_their_bytes_whatever_the_language_of_the_database() {
    let Some(database) = Database::new() else {
        return;
    };
    let _store = database.open().await;
    let pool = database.pool().await;
    let rows = sqlx::query(
        "SELECT table_name || '.' || column_name AS name FROM information_schema.columns
         WHERE table_schema = current_schema() AND data_type = 'text' AND table_name <> '_sqlx_migrations'
           AND collation_name IS DISTINCT FROM 'C'",
    );
    let rows = rows.fetch_all(&pool).await.unwrap();
    let others: Vec<String> = rows.iter().map(|row| row.get("name")).collect();
    assert_eq!(others, Vec::<String>::new());
}

async fn columns_of_postgres(database: &Database) -> BTreeSet<Column> {
    let pool = database.pool().await;
    let rows = sqlx::query(
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable::text
         FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> $1",
    )
    .bind(LIBRARY)
    .fetch_all(&pool)
    .await
    .unwrap();
    let columns = rows.iter().map(|row| {
        let is_there = row.get::<String, _>("is_nullable") == "NO";
        let (table, name) = (row.get("table_name"), row.get("column_name"));
        column(table, name, row.get("data_type"), is_there)
    });
    columns.collect()
}

async fn columns_of_sqlite(pool: &SqlitePool) -> BTreeSet<Column> {
    let rows = sqlx::query(
        "SELECT t.name AS table_name, c.name AS column_name, c.type, c.\"notnull\" OR c.pk > 0 AS is_there
         FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name <> ?",
    )
    .bind(LIBRARY)
    .fetch_all(pool)
    .await
    .unwrap();
    let columns = rows.iter().map(|row| {
        let (table, name) = (row.get("table_name"), row.get("column_name"));
        column(table, name, row.get("type"), row.get("is_there"))
    });
    columns.collect()
}

fn column(table: String, name: String, kind: String, is_there: bool) -> Column {
    if table == UNTYPED {
        return (table, name, String::new(), false);
    }
    let kind = match kind.as_str() {
        "bigint" => "INTEGER",
        "bytea" => "BLOB",
        "text" => "TEXT",
        "real" | "double precision" => "REAL",
        of_sqlite => of_sqlite,
    };
    (table, name, kind.to_owned(), is_there)
}

async fn indexes_of_postgres(database: &Database) -> BTreeSet<String> {
    let pool = database.pool().await;
    let rows = sqlx::query(
        "SELECT indexname::text AS name FROM pg_indexes WHERE schemaname = current_schema()",
    );
    let rows = rows.fetch_all(&pool).await.unwrap();
    rows.iter().map(|row| row.get("name")).collect()
}

/// Those that have names of their own.
async fn indexes_of_sqlite(pool: &SqlitePool) -> BTreeSet<String> {
    let rows =
        sqlx::query("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
    let rows = rows.fetch_all(pool).await.unwrap();
    rows.iter().map(|row| row.get("name")).collect()
}
