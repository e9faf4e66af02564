//! Names of documents that earlier versions have kept as they came get their one spelling.

use riddle_core::{StoreError, closest_document_name, document_name};
use uuid::Uuid;

use crate::rows::{self, get};
use crate::sql::{self, Transaction};
use crate::store::SqlStore;

/// Spells the names that a migration has left to do. A name that is taken, as where one came composed from one machine
/// and decomposed from another, gets a number, so that no document is lost.
pub(crate) async fn spell_names(store: &SqlStore) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    let left = sql::query(
        "SELECT d.id, d.knowledge_base, d.name FROM names_to_spell n JOIN documents d ON d.id = n.document
         WHERE d.deleted_at IS NULL ORDER BY d.created_at, d.id",
    )
    .rows(&mut *write)
    .await?;
    for row in &left {
        let (id, knowledge_base): (Uuid, Uuid) =
            (rows::uuid(row, "id")?, rows::uuid(row, "knowledge_base")?);
        let name: String = get(row, "name")?;
        let spelled = document_name(&name).unwrap_or_else(|_| closest_document_name(&name));
        if spelled != name {
            rename(&mut write, id, knowledge_base, &spelled).await?;
        }
    }
    sql::query("DELETE FROM names_to_spell")
        .run(&mut write)
        .await?;
    write.commit().await
}

async fn rename(
    write: &mut Transaction,
    document: Uuid,
    knowledge_base: Uuid,
    name: &str,
) -> Result<(), StoreError> {
    let mut free = name.to_owned();
    let mut number = 2_u32;
    while is_taken(write, knowledge_base, &free).await? {
        free = numbered(name, number);
        number += 1;
    }
    sql::query("UPDATE documents SET name = ? WHERE id = ?")
        .bind(free)
        .bind(document.as_bytes().as_slice())
        .run(write)
        .await?;
    Ok(())
}

async fn is_taken(
    write: &mut Transaction,
    knowledge_base: Uuid,
    name: &str,
) -> Result<bool, StoreError> {
    let row = sql::query(
        "SELECT 1 FROM documents WHERE knowledge_base = ? AND name = ? AND deleted_at IS NULL",
    )
    .bind(knowledge_base.as_bytes().as_slice())
    .bind(name)
    .row_if_any(&mut *write)
    .await?;
    Ok(row.is_some())
}

/// `a/b (2).md` of `a/b.md`.
fn numbered(name: &str, number: u32) -> String {
    let file = name.rfind('/').map_or(0, |slash| slash + 1);
    let dot = name[file..].rfind('.').filter(|dot| *dot > 0);
    let (stem, extension) = name.split_at(dot.map_or(name.len(), |dot| file + dot));
    format!("{stem} ({number}){extension}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations;

    const BEFORE: usize = 10;

    /// What the version before has kept, as it came.
    const KEPT: [&str; 9] = [
        "Überblick.md",
        "U\u{308}berblick.md",
        "docs\\guide.txt",
        "docs/guide (2).txt",
        "docs/guide.txt",
        "../../escape.txt",
        "/abs/olute.txt",
        "a\u{202E}b.txt",
        "plain.txt",
    ];

    #[tokio::test]
    async fn a_database_of_the_version_before_keeps_all_documents_under_spelled_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("riddle.db");
        make_older(&path).await;
        let expected = [
            "Überblick.md",
            "Überblick (2).md",
            "docs/guide (3).txt",
            "docs/guide (2).txt",
            "docs/guide.txt",
            "escape.txt",
            "abs/olute.txt",
            "ab.txt",
            "plain.txt",
        ];
        // The second time there is nothing to do.
        for _ in 0..2 {
            let store = SqlStore::open(&path).await.unwrap();
            let rows = sql::query("SELECT name FROM documents ORDER BY created_at")
                .rows(&store.reader)
                .await
                .unwrap();
            let names: Vec<String> = rows.iter().map(|row| get(row, "name").unwrap()).collect();
            assert_eq!(names, expected);
            store.close().await;
        }
    }

    async fn make_older(path: &std::path::Path) {
        let pool = migrations::older(path, BEFORE).await;
        let made = "INSERT INTO knowledge_bases (id, name, description, settings, created_at)
                    VALUES (unhex('00112233445566778899aabbccddeeff'), 'kb', '', '{}', 0)";
        sqlx::query(made).execute(&pool).await.unwrap();
        for (number, name) in (1_u128..).zip(KEPT) {
            let id = Uuid::from_u128(number);
            sqlx::query(
                "INSERT INTO documents (id, knowledge_base, name, sha256, bytes, metadata, status, created_at, updated_at)
                 VALUES (?, unhex('00112233445566778899aabbccddeeff'), ?, ?, 1, '{}', 'ready', ?, 0)",
            )
            .bind(id.as_bytes().as_slice())
            .bind(name)
            .bind(id.as_bytes().repeat(2))
            .bind(i64::try_from(number).unwrap())
            .execute(&pool)
            .await
            .unwrap();
        }
        pool.close().await;
    }

    #[test]
    fn a_number_stands_before_the_extension() {
        for (name, expected) in [
            ("a.b/c.md", "a.b/c (2).md"),
            ("a.b/c", "a.b/c (2)"),
            (".hidden", ".hidden (2)"),
            ("a/.hidden", "a/.hidden (2)"),
        ] {
            assert_eq!(numbered(name, 2), expected);
        }
    }
}
