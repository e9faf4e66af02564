//! Data folders as servers of earlier versions have left them: the migrations up to a schema, then the rows that are
//! kept for each of them in `tests/data/schemas`, and the originals of their documents.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use sqlx::migrate::{Migration, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Row, SqliteConnection, query};

use crate::support::root;

/// The newest schema, which is the number of migrations.
pub(super) async fn newest() -> usize {
    migrations().await.len()
}

/// Makes the data folder of a schema and returns the open database.
pub(super) async fn make(data_dir: &Path, schema: usize) -> SqliteConnection {
    let mut database = open(data_dir).await;
    let mut migrations = migrations().await;
    migrations.truncate(schema);
    let rows: Vec<PathBuf> = migrations.iter().map(rows_of).collect();
    let migrator = Migrator::with_migrations(migrations);
    let migrated = migrator.run_direct(None, &mut database, false).await;
    migrated.expect("the migrations run");
    for file in rows {
        let sql = std::fs::read_to_string(&file).unwrap_or_else(|error| {
            panic!(
                "{}: {error}; a migration needs rows that the versions before it have written",
                file.display()
            )
        });
        let run = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut database);
        run.await
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    keep_originals(data_dir, &mut database).await;
    database
}

/// Opens the database of a data folder.
pub(super) async fn open(data_dir: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(data_dir.join("riddle.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true);
    options.connect().await.expect("the database opens")
}

/// The bytes of a document that the rows name.
pub(super) fn original(name: &str) -> Vec<u8> {
    std::fs::read(kept().join("originals").join(name))
        .unwrap_or_else(|error| panic!("the original {name}: {error}"))
}

async fn migrations() -> Vec<Migration> {
    let folder = root().join("migrations/sqlite");
    let all = Migrator::new(folder.as_path()).await.expect("migrations");
    all.iter().cloned().collect()
}

/// The file of rows has the name of its migration.
fn rows_of(migration: &Migration) -> PathBuf {
    let name = migration.description.replace(' ', "_");
    kept().join(format!("{:04}_{name}.sql", migration.version))
}

fn kept() -> PathBuf {
    root().join("tests/data/schemas")
}

/// Lays each document's original where the server keeps it; the hash in the row must be that of the bytes.
async fn keep_originals(data_dir: &Path, database: &mut SqliteConnection) {
    let blobs = data_dir.join("blobs");
    std::fs::create_dir_all(&blobs).expect("a folder");
    let named =
        query("SELECT name, lower(hex(sha256)) AS hash FROM documents WHERE deleted_at IS NULL");
    for row in named.fetch_all(database).await.expect("documents") {
        let (name, hash): (String, String) = (row.get("name"), row.get("hash"));
        let bytes = original(&name);
        let digest = Sha256::digest(&bytes);
        let written: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(written, hash, "the hash of {name}");
        std::fs::write(blobs.join(hash), bytes).expect("written");
    }
}
