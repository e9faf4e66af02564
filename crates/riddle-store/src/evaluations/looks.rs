use riddle_core::{
    EvaluationRunId, EvaluationSetId, LookReason, StoreError, TestLook, TestLookId, TestLookPage,
    Timestamp,
};

use crate::newest_first::{page, parse_cursor};
use crate::rows::{self, get};
use crate::sql::{self, Row, Transaction};
use crate::sql_error::SqlError;
use crate::store::SqlStore;

pub(crate) const LIST: &str =
    "SELECT l.id, r.id AS run, coalesce(r.name, l.run_name) AS run_name, l.reason, l.looked_at
     FROM evaluation_looks l LEFT JOIN evaluation_runs r ON r.id = l.run
     WHERE l.evaluation_set = ?1 AND (l.looked_at, l.id) < (?2, ?3)
     ORDER BY l.looked_at DESC, l.id DESC LIMIT ?4";

/// Counts the report of a run among the looks at its set, if the set is still there.
pub(super) async fn add(
    write: &mut Transaction,
    run: EvaluationRunId,
    (id, reason): (TestLookId, LookReason),
    at: Timestamp,
) -> Result<(), StoreError> {
    sql::query(
        "INSERT INTO evaluation_looks (id, evaluation_set, run, run_name, reason, looked_at)
         SELECT ?1, s.id, r.id, r.name, ?2, ?3
         FROM evaluation_runs r JOIN evaluation_sets s ON s.id = r.evaluation_set WHERE r.id = ?4",
    )
    .bind(id.0.as_bytes().as_slice())
    .bind(reason.as_str())
    .bind(at.0)
    .bind(run.0.as_bytes().as_slice())
    .run(write)
    .await?;
    sql::query(
        "UPDATE evaluation_sets SET test_looks = test_looks + 1
         WHERE id = (SELECT evaluation_set FROM evaluation_runs WHERE id = ?)",
    )
    .bind(run.0.as_bytes().as_slice())
    .run(write)
    .await?;
    Ok(())
}

pub(super) async fn list(
    store: &SqlStore,
    set: EvaluationSetId,
    cursor: Option<&str>,
    limit: u32,
) -> Result<TestLookPage, StoreError> {
    let (at, id) = parse_cursor(cursor)?;
    let rows = sql::query(LIST)
        .bind(set.0.as_bytes().as_slice())
        .bind(at)
        .bind(id.as_bytes().as_slice())
        .bind(i64::from(limit) + 1)
        .rows(&store.reader)
        .await?;
    let (looks, next_cursor) = page(&rows, limit, ("looked_at", "id"), look_of)?;
    Ok(TestLookPage { looks, next_cursor })
}

fn look_of(row: &Row) -> Result<TestLook, StoreError> {
    let is_there = get::<Option<Vec<u8>>>(row, "run")?.is_some();
    let run = is_there.then(|| rows::uuid(row, "run")).transpose()?;
    let reason: String = get(row, "reason")?;
    Ok(TestLook {
        id: TestLookId(rows::uuid(row, "id")?),
        run: run.map(EvaluationRunId),
        run_name: get(row, "run_name")?,
        reason: LookReason::parse(&reason).ok_or_else(|| SqlError::value("reason"))?,
        at: Timestamp(get(row, "looked_at")?),
    })
}
