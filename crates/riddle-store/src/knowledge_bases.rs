use async_trait::async_trait;
use riddle_core::{
    KnowledgeBase, KnowledgeBaseId, KnowledgeBaseStore, KnowledgeBaseSummary, StoreError, Timestamp,
};
use uuid::Uuid;

use crate::removal::delete_documents;
use crate::rows::{self, number, to_json};
use crate::sql::{self, Pool};
use crate::sql_error::SqlError;
use crate::store::SqlStore;
use crate::{postgres, sqlite};

#[async_trait]
impl KnowledgeBaseStore for SqlStore {
    async fn try_to_write(&self) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sql::query("UPDATE outbox_state SET trimmed = trimmed")
            .run(&mut write)
            .await?;
        write.commit().await
    }

    async fn database_bytes(&self) -> Result<u64, StoreError> {
        match &self.standing {
            Pool::Sqlite(pool) => sqlite::bytes(pool).await,
            Pool::Postgres(_) => postgres::bytes(&self.standing).await,
        }
    }

    async fn insert_knowledge_base(
        &self,
        knowledge_base: &KnowledgeBase,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sql::query(
            "INSERT INTO knowledge_bases (id, name, description, settings, embedder_fingerprint, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(knowledge_base.id.0.as_bytes().as_slice())
        .bind(&knowledge_base.name)
        .bind(&knowledge_base.description)
        .bind(to_json(&knowledge_base.settings)?)
        .bind(&knowledge_base.embedder_fingerprint)
        .bind(knowledge_base.created_at.0)
        .run(&mut write)
        .await
        .map_err(|error| name_taken(error, &knowledge_base.name))?;
        write.commit().await
    }

    async fn lookup_knowledge_base(
        &self,
        id_or_name: &str,
    ) -> Result<Option<KnowledgeBase>, StoreError> {
        // A name never looks like an id, so one question serves both.
        let id = Uuid::parse_str(id_or_name)
            .map(|id| id.as_bytes().to_vec())
            .unwrap_or_default();
        let row = sql::query(
            "SELECT * FROM knowledge_bases WHERE (id = ? OR name = ?) AND deleted_at IS NULL",
        )
        .bind(id)
        .bind(id_or_name)
        .row_if_any(&self.reader)
        .await?;
        row.as_ref().map(rows::knowledge_base).transpose()
    }

    async fn count_knowledge_bases(&self) -> Result<u64, StoreError> {
        let row =
            sql::query("SELECT count(*) AS bases FROM knowledge_bases WHERE deleted_at IS NULL")
                .row(&self.reader)
                .await?;
        number(&row, "bases")
    }

    async fn list_knowledge_bases(&self) -> Result<Vec<KnowledgeBaseSummary>, StoreError> {
        let rows = sql::query(
            "SELECT k.*, count(d.knowledge_base) AS documents,
                    CAST(coalesce(sum(d.chunk_count), 0) AS BIGINT) AS chunks
             FROM knowledge_bases k
             LEFT JOIN documents d ON d.knowledge_base = k.id AND d.deleted_at IS NULL
             WHERE k.deleted_at IS NULL GROUP BY k.id ORDER BY k.name",
        )
        .rows(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(KnowledgeBaseSummary {
                    knowledge_base: rows::knowledge_base(row)?,
                    documents: number(row, "documents")?,
                    chunks: number(row, "chunks")?,
                })
            })
            .collect()
    }

    async fn update_knowledge_base(
        &self,
        knowledge_base: &KnowledgeBase,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sql::query(
            "UPDATE knowledge_bases SET name = ?, description = ?, settings = ?, embedder_fingerprint = ?
             WHERE id = ? AND deleted_at IS NULL",
        )
        .bind(&knowledge_base.name)
        .bind(&knowledge_base.description)
        .bind(to_json(&knowledge_base.settings)?)
        .bind(&knowledge_base.embedder_fingerprint)
        .bind(knowledge_base.id.0.as_bytes().as_slice())
        .run(&mut write)
        .await
        .map_err(|error| name_taken(error, &knowledge_base.name))?;
        write.commit().await
    }

    async fn delete_knowledge_base(
        &self,
        id: KnowledgeBaseId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let id = id.0.as_bytes().as_slice();
        let documents =
            sql::query("SELECT id FROM documents WHERE knowledge_base = ? AND deleted_at IS NULL")
                .bind(id)
                .rows(&mut *write)
                .await?;
        let documents = documents
            .iter()
            .map(|row| rows::uuid(row, "id"))
            .collect::<Result<Vec<_>, _>>()?;
        delete_documents(&mut write, &documents, now).await?;
        for statement in [
            "DELETE FROM comparisons WHERE knowledge_base = ?",
            "DELETE FROM live_questions WHERE knowledge_base = ?",
            "DELETE FROM live_trials WHERE knowledge_base = ?",
            "DELETE FROM evaluation_runs WHERE knowledge_base = ?",
            "DELETE FROM evaluation_sets WHERE knowledge_base = ?",
        ] {
            sql::query(statement).bind(id).run(&mut write).await?;
        }
        sql::query("UPDATE knowledge_bases SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL")
            .bind(now.0)
            .bind(id)
            .run(&mut write)
            .await?;
        write.commit().await
    }
}

fn name_taken(error: SqlError, name: &str) -> StoreError {
    if error.is_unique_violation() {
        return StoreError::NameTaken {
            name: name.to_owned(),
        };
    }
    error.into()
}
