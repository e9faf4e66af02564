use riddle_core::{
    AppliedArm, EvaluationRunId, KnowledgeBase, KnowledgeBaseId, StoreError, Timestamp,
};

use crate::rows::{self, get, to_json};
use crate::sql::{self, Transaction};
use crate::store::SqlStore;

pub(super) async fn apply(
    store: &SqlStore,
    knowledge_base: &KnowledgeBase,
    applied: &AppliedArm,
) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    put_settings(&mut write, knowledge_base).await?;
    sql::query(
        "INSERT INTO evaluation_applied (knowledge_base, run, arm, settings_before, settings_after, applied_at)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(applied.knowledge_base.0.as_bytes().as_slice())
    .bind(applied.run.0.as_bytes().as_slice())
    .bind(&applied.arm)
    .bind(to_json(&applied.before)?)
    .bind(to_json(&applied.after)?)
    .bind(applied.at.0)
    .run(&mut write)
    .await?;
    // Nobody goes back further.
    sql::query(
        "DELETE FROM evaluation_applied WHERE knowledge_base = ?1 AND id <= (
            SELECT id FROM evaluation_applied WHERE knowledge_base = ?1 ORDER BY id DESC LIMIT 1 OFFSET 20)",
    )
    .bind(applied.knowledge_base.0.as_bytes().as_slice())
    .run(&mut write)
    .await?;
    write.commit().await
}

pub(super) async fn last(
    store: &SqlStore,
    id: EvaluationRunId,
) -> Result<Option<AppliedArm>, StoreError> {
    let row = sql::query(
        "SELECT knowledge_base, arm, settings_before, settings_after, applied_at FROM evaluation_applied
         WHERE run = ? ORDER BY id DESC LIMIT 1",
    )
    .bind(id.0.as_bytes().as_slice())
    .row_if_any(&store.reader)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(AppliedArm {
        knowledge_base: KnowledgeBaseId(rows::uuid(&row, "knowledge_base")?),
        run: id,
        arm: get(&row, "arm")?,
        before: rows::json(&row, "settings_before")?,
        after: rows::json(&row, "settings_after")?,
        at: Timestamp(get(&row, "applied_at")?),
    }))
}

pub(super) async fn take_back(
    store: &SqlStore,
    knowledge_base: &KnowledgeBase,
    id: EvaluationRunId,
) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    put_settings(&mut write, knowledge_base).await?;
    sql::query(
        "DELETE FROM evaluation_applied WHERE id = (SELECT max(id) FROM evaluation_applied WHERE run = ?)",
    )
    .bind(id.0.as_bytes().as_slice())
    .run(&mut write)
    .await?;
    write.commit().await
}

async fn put_settings(
    write: &mut Transaction,
    knowledge_base: &KnowledgeBase,
) -> Result<(), StoreError> {
    let sql = "UPDATE knowledge_bases SET settings = ? WHERE id = ? AND deleted_at IS NULL";
    let put = sql::query(sql)
        .bind(to_json(&knowledge_base.settings)?)
        .bind(knowledge_base.id.0.as_bytes().as_slice())
        .run(write)
        .await?;
    if put.rows_affected() == 0 {
        let id = knowledge_base.id;
        return Err(StoreError::KnowledgeBaseGone { id });
    }
    Ok(())
}
