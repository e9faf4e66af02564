//! The schema, step by step. The list is written out because the macro that would collect it compiles a second SQLite
//! and half of the SQL library for the compiler itself.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// A name without its number, and the statements.
type Step = (&'static str, &'static str);

/// In the order in which they run; a step that has been released is never changed.
const SQLITE: [Step; 22] = [
    (
        "initial",
        include_str!("../../../migrations/sqlite/0001_initial.sql"),
    ),
    (
        "loose ends",
        include_str!("../../../migrations/sqlite/0002_loose_ends.sql"),
    ),
    (
        "chats",
        include_str!("../../../migrations/sqlite/0003_chats.sql"),
    ),
    (
        "document orders",
        include_str!("../../../migrations/sqlite/0004_document_orders.sql"),
    ),
    (
        "chunk revisions",
        include_str!("../../../migrations/sqlite/0005_chunk_revisions.sql"),
    ),
    (
        "comparisons",
        include_str!("../../../migrations/sqlite/0006_comparisons.sql"),
    ),
    (
        "suspects",
        include_str!("../../../migrations/sqlite/0007_suspects.sql"),
    ),
    (
        "job requests",
        include_str!("../../../migrations/sqlite/0008_job_requests.sql"),
    ),
    (
        "evaluations",
        include_str!("../../../migrations/sqlite/0009_evaluations.sql"),
    ),
    (
        "chat models",
        include_str!("../../../migrations/sqlite/0010_chat_models.sql"),
    ),
    (
        "document names",
        include_str!("../../../migrations/sqlite/0011_document_names.sql"),
    ),
    (
        "chunk places",
        include_str!("../../../migrations/sqlite/0012_chunk_places.sql"),
    ),
    (
        "document findings",
        include_str!("../../../migrations/sqlite/0013_document_findings.sql"),
    ),
    (
        "chat words",
        include_str!("../../../migrations/sqlite/0014_chat_words.sql"),
    ),
    (
        "recognised pages",
        include_str!("../../../migrations/sqlite/0015_recognised_pages.sql"),
    ),
    (
        "pictures",
        include_str!("../../../migrations/sqlite/0016_pictures.sql"),
    ),
    (
        "live comparisons",
        include_str!("../../../migrations/sqlite/0017_live_comparisons.sql"),
    ),
    (
        "unread attachments",
        include_str!("../../../migrations/sqlite/0018_unread_attachments.sql"),
    ),
    (
        "evaluation ways back",
        include_str!("../../../migrations/sqlite/0019_evaluation_ways_back.sql"),
    ),
    (
        "own metadata",
        include_str!("../../../migrations/sqlite/0020_own_metadata.sql"),
    ),
    (
        "test looks",
        include_str!("../../../migrations/sqlite/0021_test_looks.sql"),
    ),
    (
        "unembedded chunks",
        include_str!("../../../migrations/sqlite/0022_unembedded_chunks.sql"),
    ),
];

/// The same for PostgreSQL, whose first step makes what all steps of SQLite up to its number make.
const POSTGRES: [Step; 1] = [(
    "initial",
    include_str!("../../../migrations/postgres/0022_initial.sql"),
)];
/// The number of the first step of PostgreSQL.
const POSTGRES_FIRST: i64 = 22;

/// The number of the last step.
#[must_use]
pub fn newest() -> i64 {
    i64::try_from(SQLITE.len()).unwrap_or(i64::MAX)
}

/// All steps, numbered from 1.
pub(crate) fn sqlite() -> Migrator {
    numbered(1, &SQLITE)
}

/// All steps, numbered as those of SQLite.
pub(crate) fn postgres() -> Migrator {
    numbered(POSTGRES_FIRST, &POSTGRES)
}

fn numbered(first: i64, steps: &[Step]) -> Migrator {
    let steps = (first..).zip(steps).map(|(version, (name, sql))| {
        let kind = MigrationType::Simple;
        Migration::new(version, (*name).into(), kind, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(steps.collect())
}

/// A new database in which only the first `steps` have run, as an older version has left it.
#[cfg(test)]
pub(crate) async fn older(path: &std::path::Path, steps: usize) -> sqlx::SqlitePool {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let first = sqlite().iter().take(steps).cloned().collect();
    Migrator::with_migrations(first).run(&pool).await.unwrap();
    pool
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A file that is not in the list would never run; a database of the macro's time must be known by its checksums.
    #[tokio::test]
    async fn every_file_of_the_folder_is_in_the_list_as_the_library_reads_it() {
        for (folder, listed) in [("sqlite", sqlite()), ("postgres", postgres())] {
            is_listed(folder, &listed).await;
        }
    }

    /// A step is made for both databases, and both are as new as this version.
    #[test]
    fn both_databases_have_the_same_steps_from_the_first_of_postgresql() {
        let last = |migrator: &Migrator| migrator.iter().last().map(|step| step.version);
        assert_eq!(last(&postgres()), Some(newest()));
        assert_eq!(last(&sqlite()), Some(newest()));
    }

    async fn is_listed(folder: &str, listed: &Migrator) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../migrations")
            .join(folder);
        let files = Migrator::new(folder.as_path()).await.expect("a folder");
        let described = |migrator: &Migrator| -> Vec<_> {
            let all = migrator.iter();
            all.map(|one| {
                (
                    one.version,
                    one.description.to_string(),
                    one.checksum.to_vec(),
                )
            })
            .collect()
        };
        assert_eq!(described(listed), described(&files));
    }
}
