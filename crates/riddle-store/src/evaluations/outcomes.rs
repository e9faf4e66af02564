use riddle_core::{EvaluationRunId, QuestionOutcome, RunQuestion, StoreError};

use crate::apart::decoded;
use crate::rows::{self, number, to_json};
use crate::sql::{self, Row};
use crate::store::SqlStore;

pub(crate) const PENDING: &str = "SELECT place, question FROM evaluation_outcomes
     WHERE run = ? AND outcome IS NULL ORDER BY place LIMIT ?";

pub(super) async fn pending(
    store: &SqlStore,
    id: EvaluationRunId,
    limit: u32,
) -> Result<Vec<(u32, RunQuestion)>, StoreError> {
    let rows = sql::query(PENDING)
        .bind(id.0.as_bytes().as_slice())
        .bind(i64::from(limit))
        .rows(&store.reader)
        .await?;
    let pending = |row: &Row| Ok((number(row, "place")?, rows::json(row, "question")?));
    decoded(rows, pending).await
}

pub(super) async fn insert(
    store: &SqlStore,
    id: EvaluationRunId,
    place: u32,
    outcome: &QuestionOutcome,
) -> Result<(), StoreError> {
    let id = id.0.as_bytes().as_slice();
    let mut write = store.write().await?;
    let kept = sql::query(
        "UPDATE evaluation_outcomes SET outcome = ? WHERE run = ? AND place = ? AND outcome IS NULL",
    )
    .bind(to_json(outcome)?)
    .bind(id)
    .bind(i64::from(place))
    .run(&mut write)
    .await?;
    if kept.rows_affected() > 0 {
        sql::query("UPDATE evaluation_runs SET done = done + 1 WHERE id = ?")
            .bind(id)
            .run(&mut write)
            .await?;
    }
    write.commit().await
}

pub(super) async fn replace(
    store: &SqlStore,
    id: EvaluationRunId,
    place: u32,
    outcome: &QuestionOutcome,
) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    sql::query(
        "UPDATE evaluation_outcomes SET outcome = ? WHERE run = ? AND place = ? AND outcome IS NOT NULL",
    )
    .bind(to_json(outcome)?)
    .bind(id.0.as_bytes().as_slice())
    .bind(i64::from(place))
    .run(&mut write)
    .await?;
    write.commit().await
}

pub(super) async fn list(
    store: &SqlStore,
    id: EvaluationRunId,
    from: u32,
    limit: u32,
) -> Result<Vec<(u32, QuestionOutcome)>, StoreError> {
    let rows = sql::query(
        "SELECT place, outcome FROM evaluation_outcomes
         WHERE run = ? AND place >= ? AND outcome IS NOT NULL ORDER BY place LIMIT ?",
    )
    .bind(id.0.as_bytes().as_slice())
    .bind(i64::from(from))
    .bind(i64::from(limit))
    .rows(&store.reader)
    .await?;
    decoded(rows, outcome_of).await
}

pub(super) async fn of_question(
    store: &SqlStore,
    id: EvaluationRunId,
    question: &str,
) -> Result<Option<(u32, QuestionOutcome)>, StoreError> {
    let row = sql::query(
        "SELECT place, outcome FROM evaluation_outcomes
         WHERE run = ? AND outcome IS NOT NULL AND json_extract(question, '$.id') = ?",
    )
    .bind(id.0.as_bytes().as_slice())
    .bind(question)
    .row_if_any(&store.reader)
    .await?;
    row.as_ref().map(outcome_of).transpose()
}

fn outcome_of(row: &Row) -> Result<(u32, QuestionOutcome), StoreError> {
    Ok((number(row, "place")?, rows::json(row, "outcome")?))
}
