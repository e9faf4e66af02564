pub(crate) mod read;

use async_trait::async_trait;
use riddle_core::{
    ComparisonId, ComparisonPage, ComparisonStore, ComparisonSummary, KeptComparison, Preference,
    StoreError,
};

use crate::kept;
use crate::sql;
use crate::store::SqlStore;

/// What a stored comparison is called in its JSON.
const KIND: &str = "comparison";

#[async_trait]
impl ComparisonStore for SqlStore {
    async fn insert_comparison(&self, kept: &KeptComparison) -> Result<(), StoreError> {
        let summary = &kept.summary;
        let knowledge_base = summary.knowledge_base.id;
        let mut write = self.write().await?;
        let inserted = sql::query(
            "INSERT INTO comparisons (id, knowledge_base, question, arm_order, total_ratio, first_token_ratio,
                preference, comparison, created_at)
             SELECT ?1, k.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9
             FROM knowledge_bases k WHERE k.id = ?2 AND k.deleted_at IS NULL",
        )
        .bind(summary.id.0.as_bytes().as_slice())
        .bind(knowledge_base.0.as_bytes().as_slice())
        .bind(&summary.question)
        .bind(summary.order.as_str())
        .bind(summary.total_ratio)
        .bind(summary.first_token_ratio)
        .bind(summary.preference.map(Preference::as_str))
        .bind(kept::write(KIND, &kept.comparison)?)
        .bind(summary.created_at.0)
        .run(&mut write)
        .await?;
        if inserted.rows_affected() == 0 {
            return Err(StoreError::KnowledgeBaseGone { id: knowledge_base });
        }
        write.commit().await
    }

    async fn list_comparisons(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<ComparisonPage, StoreError> {
        read::list(self, cursor, limit).await
    }

    async fn lookup_comparison(
        &self,
        id: ComparisonId,
    ) -> Result<Option<KeptComparison>, StoreError> {
        read::lookup(self, id).await
    }

    async fn set_preference(
        &self,
        id: ComparisonId,
        preference: Option<Preference>,
    ) -> Result<Option<ComparisonSummary>, StoreError> {
        let mut write = self.write().await?;
        sql::query("UPDATE comparisons SET preference = ? WHERE id = ?")
            .bind(preference.map(Preference::as_str))
            .bind(id.0.as_bytes().as_slice())
            .run(&mut write)
            .await?;
        write.commit().await?;
        read::summary(self, id).await
    }

    async fn delete_comparison(&self, id: ComparisonId) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let deleted = sql::query("DELETE FROM comparisons WHERE id = ?")
            .bind(id.0.as_bytes().as_slice())
            .run(&mut write)
            .await?;
        write.commit().await?;
        Ok(deleted.rows_affected() > 0)
    }
}
