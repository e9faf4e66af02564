use riddle_core::{
    EvaluationQuestion, EvaluationQuestionPage, EvaluationSet, EvaluationSetCounts,
    EvaluationSetId, HalvedQuestion, KnowledgeBaseId, KnowledgeBaseRef, QuestionHalf, StoreError,
    Timestamp,
};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::apart::decoded;
use crate::rows::{self, get, number, to_json};
use crate::run::Run;
use crate::sql_error::SqlError;
use crate::sqlite::SqliteStore;

/// A set's columns with the name of its knowledge base and its counts.
macro_rules! set_columns {
    () => {
        "s.id, s.name, s.description, s.knowledge_base, k.name AS knowledge_base_name, s.test_looks, s.created_at,
         sum(q.review <> 'rejected') AS questions,
         sum(q.review <> 'rejected' AND q.half = 'dev') AS dev,
         sum(q.review <> 'rejected' AND q.half = 'test') AS test,
         sum(q.review = 'confirmed') AS confirmed,
         sum(q.review = 'rejected') AS rejected,
         (SELECT json_extract(r.summary, '$.lost') FROM evaluation_runs r
          WHERE r.evaluation_set = s.id AND r.summary IS NOT NULL
          ORDER BY r.created_at DESC, r.id DESC LIMIT 1) AS lost
         FROM evaluation_sets s JOIN knowledge_bases k ON k.id = s.knowledge_base
         LEFT JOIN evaluation_questions q ON q.evaluation_set = s.id "
    };
}

pub(crate) const LIST: &str = concat!("SELECT ", set_columns!(), "GROUP BY s.id ORDER BY s.name");

pub(crate) const LOOKUP: &str = concat!(
    "SELECT ",
    set_columns!(),
    "WHERE s.id = ?1 OR s.name = ?2 GROUP BY s.id"
);

pub(super) async fn insert(
    store: &SqliteStore,
    set: &EvaluationSet,
    questions: &[EvaluationQuestion],
) -> Result<(), StoreError> {
    let knowledge_base = set.knowledge_base.id;
    let mut write = store.write().await?;
    let inserted = sqlx::query(
        "INSERT INTO evaluation_sets (id, name, description, knowledge_base, test_looks, created_at)
         SELECT ?1, ?2, ?3, k.id, ?5, ?6 FROM knowledge_bases k WHERE k.id = ?4 AND k.deleted_at IS NULL",
    )
    .bind(set.id.0.as_bytes().as_slice())
    .bind(&set.name)
    .bind(&set.description)
    .bind(knowledge_base.0.as_bytes().as_slice())
    .bind(i64::from(set.test_looks))
    .bind(set.created_at.0)
    .run(&mut write)
    .await
    .map_err(|error| match error.is_unique_violation() {
        true => StoreError::EvaluationSetNameTaken {
            name: set.name.clone(),
        },
        false => error.into(),
    })?;
    if inserted.rows_affected() == 0 {
        return Err(StoreError::KnowledgeBaseGone { id: knowledge_base });
    }
    add(&mut write, set.id, questions).await?;
    write.commit().await
}

pub(super) async fn list(store: &SqliteStore) -> Result<Vec<EvaluationSet>, StoreError> {
    let rows = sqlx::query(LIST).rows(&store.reader).await?;
    rows.iter().map(set_of).collect()
}

pub(super) async fn lookup(
    store: &SqliteStore,
    id_or_name: &str,
) -> Result<Option<EvaluationSet>, StoreError> {
    // A name never looks like an id, so one question serves both.
    let id = Uuid::parse_str(id_or_name)
        .map(|id| id.as_bytes().to_vec())
        .unwrap_or_default();
    let row = sqlx::query(LOOKUP)
        .bind(id)
        .bind(id_or_name)
        .row_if_any(&store.reader)
        .await?;
    row.as_ref().map(set_of).transpose()
}

pub(super) async fn delete(store: &SqliteStore, id: EvaluationSetId) -> Result<bool, StoreError> {
    let mut write = store.write().await?;
    let deleted = sqlx::query("DELETE FROM evaluation_sets WHERE id = ?")
        .bind(id.0.as_bytes().as_slice())
        .run(&mut write)
        .await?;
    write.commit().await?;
    Ok(deleted.rows_affected() > 0)
}

pub(super) async fn questions(
    store: &SqliteStore,
    set: EvaluationSetId,
    from: u32,
    limit: u32,
) -> Result<EvaluationQuestionPage, StoreError> {
    let mut rows = sqlx::query(
        "SELECT place, question FROM evaluation_questions
         WHERE evaluation_set = ? AND place >= ? ORDER BY place LIMIT ?",
    )
    .bind(set.0.as_bytes().as_slice())
    .bind(i64::from(from))
    .bind(i64::from(limit) + 1)
    .rows(&store.reader)
    .await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = rows.get(limit).map(|row| number(row, "place"));
    let next = next.transpose()?;
    rows.truncate(limit);
    let questions = decoded(rows, |row| rows::json(row, "question")).await?;
    Ok(EvaluationQuestionPage { questions, next })
}

pub(super) async fn halves(
    store: &SqliteStore,
    set: EvaluationSetId,
) -> Result<Vec<HalvedQuestion>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, half,
            (SELECT json_group_array(DISTINCT gold.value ->> '$.document')
             FROM json_each(question, '$.golds') AS gold WHERE gold.value ->> '$.grade' > 0) AS documents
         FROM evaluation_questions WHERE evaluation_set = ? ORDER BY place",
    )
    .bind(set.0.as_bytes().as_slice())
    .rows(&store.reader)
    .await?;
    decoded(rows, halved).await
}

fn halved(row: &SqliteRow) -> Result<HalvedQuestion, StoreError> {
    let half: String = get(row, "half")?;
    Ok(HalvedQuestion {
        id: get(row, "id")?,
        half: QuestionHalf::parse(&half).ok_or_else(|| SqlError::value("half"))?,
        documents: rows::json(row, "documents")?,
    })
}

pub(super) async fn question(
    store: &SqliteStore,
    set: EvaluationSetId,
    id: &str,
) -> Result<Option<EvaluationQuestion>, StoreError> {
    let row = sqlx::query(
        "SELECT question FROM evaluation_questions WHERE evaluation_set = ? AND id = ?",
    )
    .bind(set.0.as_bytes().as_slice())
    .bind(id)
    .row_if_any(&store.reader)
    .await?;
    row.as_ref()
        .map(|row| rows::json(row, "question"))
        .transpose()
}

pub(super) async fn put(
    store: &SqliteStore,
    set: EvaluationSetId,
    questions: &[EvaluationQuestion],
) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    let known = sqlx::query("SELECT 1 FROM evaluation_sets WHERE id = ?")
        .bind(set.0.as_bytes().as_slice())
        .row_if_any(&mut *write)
        .await?;
    if known.is_none() {
        return Err(StoreError::EvaluationSetGone { id: set });
    }
    add(&mut write, set, questions).await?;
    write.commit().await
}

/// Adds questions behind those that are there; one whose id is there takes its place.
async fn add(
    write: &mut SqliteConnection,
    set: EvaluationSetId,
    questions: &[EvaluationQuestion],
) -> Result<(), StoreError> {
    let set = set.0.as_bytes().as_slice();
    for question in questions {
        sqlx::query(
            "INSERT INTO evaluation_questions (evaluation_set, place, id, half, review, question)
             VALUES (?1, (SELECT coalesce(max(place) + 1, 0) FROM evaluation_questions WHERE evaluation_set = ?1),
                     ?2, ?3, ?4, ?5)
             ON CONFLICT (evaluation_set, id)
             DO UPDATE SET half = excluded.half, review = excluded.review, question = excluded.question",
        )
        .bind(set)
        .bind(&question.id)
        .bind(question.half.as_str())
        .bind(question.review.as_str())
        .bind(to_json(question)?)
        .run(write)
        .await?;
    }
    Ok(())
}

fn set_of(row: &SqliteRow) -> Result<EvaluationSet, StoreError> {
    // A sum over no rows is null.
    let count = |column: &str| -> Result<u64, StoreError> {
        let count: Option<i64> = get(row, column)?;
        Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
    };
    Ok(EvaluationSet {
        id: EvaluationSetId(rows::uuid(row, "id")?),
        name: get(row, "name")?,
        description: get(row, "description")?,
        knowledge_base: KnowledgeBaseRef {
            id: KnowledgeBaseId(rows::uuid(row, "knowledge_base")?),
            name: get(row, "knowledge_base_name")?,
        },
        counts: EvaluationSetCounts {
            questions: count("questions")?,
            dev: count("dev")?,
            test: count("test")?,
            confirmed: count("confirmed")?,
            rejected: count("rejected")?,
        },
        test_looks: number(row, "test_looks")?,
        lost: get::<Option<u32>>(row, "lost")?,
        created_at: Timestamp(get(row, "created_at")?),
    })
}
