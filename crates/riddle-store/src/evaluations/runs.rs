use riddle_core::{
    EvaluationRun, EvaluationRunId, EvaluationRunPage, EvaluationRunStatus, EvaluationSetId,
    LookReason, RunQuestion, StoreError, TestLookId, Timestamp,
};

use crate::evaluations::figures::Figures;
use crate::evaluations::looks;
use crate::newest_first::{page, parse_cursor};
use crate::rows::{self, get, number, to_json};
use crate::sql::{self, Row};
use crate::sql_error::SqlError;
use crate::store::SqlStore;

/// A run's columns without its report.
macro_rules! run_columns {
    () => {
        "id, name, manifest, status, problem, note, headline, summary, done, total, created_at, finished_at
         FROM evaluation_runs "
    };
}

pub(crate) const LIST: &str = concat!(
    "SELECT ",
    run_columns!(),
    "WHERE (created_at, id) < (?1, ?2) ORDER BY created_at DESC, id DESC LIMIT ?3"
);

pub(crate) const LIST_OF_SET: &str = concat!(
    "SELECT ",
    run_columns!(),
    "WHERE evaluation_set = ?4 AND (created_at, id) < (?1, ?2) ORDER BY created_at DESC, id DESC LIMIT ?3"
);

pub(crate) const LOOKUP: &str = concat!("SELECT ", run_columns!(), "WHERE id = ?");

const NEXT: &str = "SELECT id FROM evaluation_runs WHERE status IN ('queued', 'running')
     ORDER BY created_at, id LIMIT 1";

pub(super) async fn insert(
    store: &SqlStore,
    run: &EvaluationRun,
    questions: &[RunQuestion],
) -> Result<(), StoreError> {
    let knowledge_base = run.manifest.knowledge_base.id;
    let id = run.id.0.as_bytes().as_slice();
    let mut write = store.write().await?;
    let inserted = sql::query(
        "INSERT INTO evaluation_runs (id, name, evaluation_set, knowledge_base, status, problem, done, total,
            manifest, created_at, finished_at)
         SELECT ?1, ?2, ?3, k.id, ?5, ?6, ?7, ?8, ?9, ?10, ?11
         FROM knowledge_bases k WHERE k.id = ?4 AND k.deleted_at IS NULL",
    )
    .bind(id)
    .bind(&run.name)
    .bind(run.manifest.set.0.as_bytes().as_slice())
    .bind(knowledge_base.0.as_bytes().as_slice())
    .bind(run.status.as_str())
    .bind(&run.problem)
    .bind(i64::from(run.done))
    .bind(i64::from(run.total))
    .bind(to_json(&run.manifest)?)
    .bind(run.created_at.0)
    .bind(run.finished_at.map(|at| at.0))
    .run(&mut write)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(StoreError::KnowledgeBaseGone { id: knowledge_base });
    }
    for (place, question) in (0_i64..).zip(questions) {
        sql::query("INSERT INTO evaluation_outcomes (run, place, question) VALUES (?, ?, ?)")
            .bind(id)
            .bind(place)
            .bind(to_json(question)?)
            .run(&mut write)
            .await?;
    }
    write.commit().await
}

pub(super) async fn list(
    store: &SqlStore,
    set: Option<EvaluationSetId>,
    cursor: Option<&str>,
    limit: u32,
) -> Result<EvaluationRunPage, StoreError> {
    let (created_at, id) = parse_cursor(cursor)?;
    let mut query = sql::query(set.map_or(LIST, |_| LIST_OF_SET))
        .bind(created_at)
        .bind(id.as_bytes().as_slice())
        .bind(i64::from(limit) + 1);
    if let Some(set) = &set {
        query = query.bind(set.0.as_bytes().as_slice());
    }
    let rows = query.rows(&store.reader).await?;
    let (runs, next_cursor) = page(&rows, limit, ("created_at", "id"), run_of)?;
    Ok(EvaluationRunPage { runs, next_cursor })
}

pub(super) async fn lookup(
    store: &SqlStore,
    id: EvaluationRunId,
) -> Result<Option<EvaluationRun>, StoreError> {
    let row = sql::query(LOOKUP)
        .bind(id.0.as_bytes().as_slice())
        .row_if_any(&store.reader)
        .await?;
    row.as_ref().map(run_of).transpose()
}

pub(super) async fn count_open(store: &SqlStore) -> Result<u64, StoreError> {
    let row = sql::query(
        "SELECT count(*) AS runs FROM evaluation_runs WHERE status IN ('queued', 'running', 'paused')",
    )
    .row(&store.reader)
    .await?;
    number(&row, "runs")
}

pub(super) async fn next(store: &SqlStore) -> Result<Option<EvaluationRunId>, StoreError> {
    let row = sql::query(NEXT).row_if_any(&store.reader).await?;
    let id = |row: &Row| rows::uuid(row, "id").map(EvaluationRunId);
    row.as_ref().map(id).transpose()
}

pub(super) async fn set_status(
    store: &SqlStore,
    id: EvaluationRunId,
    status: EvaluationRunStatus,
    problem: Option<&str>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let mut write = store.write().await?;
    let changed = sql::query(
        "UPDATE evaluation_runs SET status = ?1, problem = ?2,
            finished_at = CASE WHEN ?1 IN ('cancelled', 'failed') THEN CAST(?3 AS BIGINT) END
         WHERE id = ?4 AND (status IN ('queued', 'running') OR (status = 'paused' AND ?1 <> 'running')
            OR (status = 'failed' AND ?1 = 'queued'))",
    )
    .bind(status.as_str())
    .bind(problem)
    .bind(at.0)
    .bind(id.0.as_bytes().as_slice())
    .run(&mut write)
    .await?;
    write.commit().await?;
    Ok(changed.rows_affected() > 0)
}

pub(super) async fn describe(
    store: &SqlStore,
    id: EvaluationRunId,
    name: Option<&str>,
    note: Option<&str>,
) -> Result<bool, StoreError> {
    let mut write = store.write().await?;
    let changed = sql::query(
        "UPDATE evaluation_runs SET name = coalesce(?, name), note = coalesce(?, note) WHERE id = ?",
    )
    .bind(name)
    .bind(note)
    .bind(id.0.as_bytes().as_slice())
    .run(&mut write)
    .await?;
    write.commit().await?;
    Ok(changed.rows_affected() > 0)
}

pub(super) async fn finish(
    store: &SqlStore,
    id: EvaluationRunId,
    report: &str,
    problem: Option<&str>,
    look: Option<(TestLookId, LookReason)>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let figures = Figures::of(report).await?;
    let mut write = store.write().await?;
    let finished = sql::query(
        "UPDATE evaluation_runs SET status = 'finished', problem = ?1, report = ?2,
            headline = ?5, summary = ?6,
            finished_at = COALESCE(finished_at, ?3)
         WHERE id = ?4 AND status IN ('queued', 'running', 'finished')",
    )
    .bind(problem)
    .bind(report)
    .bind(at.0)
    .bind(id.0.as_bytes().as_slice())
    .bind(figures.headline)
    .bind(figures.summary)
    .run(&mut write)
    .await?;
    // Nobody sees the report of a run that was cancelled meanwhile.
    if let Some(look) = look.filter(|_| finished.rows_affected() > 0) {
        looks::add(&mut write, id, look, at).await?;
    }
    write.commit().await
}

pub(super) async fn report(
    store: &SqlStore,
    id: EvaluationRunId,
) -> Result<Option<String>, StoreError> {
    let row = sql::query("SELECT report FROM evaluation_runs WHERE id = ?")
        .bind(id.0.as_bytes().as_slice())
        .row_if_any(&store.reader)
        .await?;
    row.map_or(Ok(None), |row| get(&row, "report"))
}

pub(super) async fn delete(store: &SqlStore, id: EvaluationRunId) -> Result<bool, StoreError> {
    let mut write = store.write().await?;
    let deleted = sql::query("DELETE FROM evaluation_runs WHERE id = ?")
        .bind(id.0.as_bytes().as_slice())
        .run(&mut write)
        .await?;
    write.commit().await?;
    Ok(deleted.rows_affected() > 0)
}

fn run_of(row: &Row) -> Result<EvaluationRun, StoreError> {
    let status: String = get(row, "status")?;
    let finished_at: Option<i64> = get(row, "finished_at")?;
    Ok(EvaluationRun {
        id: EvaluationRunId(rows::uuid(row, "id")?),
        name: get(row, "name")?,
        manifest: rows::json(row, "manifest")?,
        status: EvaluationRunStatus::parse(&status).ok_or_else(|| SqlError::value("status"))?,
        done: number(row, "done")?,
        total: number(row, "total")?,
        problem: get(row, "problem")?,
        note: get(row, "note")?,
        headline: rows::json_if_any(row, "headline")?,
        summary: rows::json_if_any(row, "summary")?,
        created_at: Timestamp(get(row, "created_at")?),
        finished_at: finished_at.map(Timestamp),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::migrations;

    /// Steps before runs had a summary.
    const BEFORE: usize = 18;

    #[tokio::test]
    async fn runs_of_the_version_before_get_the_figures_of_their_reports() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("riddle.db");
        let pool = migrations::older(&path, BEFORE).await;
        let base = "INSERT INTO knowledge_bases (id, name, description, settings, created_at)
                    VALUES (unhex('00112233445566778899aabbccddeeff'), 'kb', '', '{}', 0)";
        sqlx::query(base).execute(&pool).await.unwrap();
        let figure = json!({"n": 3, "mean": 0.1, "interval": null});
        let measures = json!([{"measure": "nDCG@10", "headline": figure}]);
        let arms = json!([{"name": "present", "measures": measures}]);
        let lost = json!([{"question": "q"}]);
        let report = json!({"main": 0, "baseline": 0, "tuned": null, "lost": lost, "arms": arms});
        let report = report.to_string();
        for (number, report) in [(1_u8, Some(report.as_str())), (2, None), (3, Some("{}"))] {
            sqlx::query(
                "INSERT INTO evaluation_runs (id, name, evaluation_set, knowledge_base, status, done, total, manifest,
                    report, created_at)
                 SELECT ?, 'run', id, id, 'finished', 1, 1, '{}', ?, 0 FROM knowledge_bases",
            )
            .bind([number; 16].as_slice())
            .bind(report)
            .execute(&pool)
            .await
            .unwrap();
        }
        pool.close().await;
        let store = SqlStore::open(&path).await.unwrap();
        let rows = sql::query("SELECT summary FROM evaluation_runs ORDER BY id")
            .rows(&store.reader)
            .await
            .unwrap();
        let read = |text: String| serde_json::from_str(&text).unwrap();
        let summaries = rows
            .iter()
            .map(|row| get::<Option<String>>(row, "summary").unwrap());
        let summaries: Vec<Option<Value>> = summaries.map(|text| text.map(read)).collect();
        let arms = json!([{"name": "present", "ndcg_10": figure}]);
        let expected = json!({"main": 0, "baseline": 0, "tuned": null, "lost": 1, "arms": arms});
        assert_eq!(summaries, [Some(expected), None, None]);
    }
}
