use std::collections::HashSet;

use riddle_core::{
    EvaluationQuestion, EvaluationQuestionPage, EvaluationSet, EvaluationSetCounts,
    EvaluationSetId, HalvedQuestion, KnowledgeBaseId, KnowledgeBaseRef, QuestionHalf, StoreError,
    Timestamp,
};
use serde::Deserialize;
use uuid::Uuid;

use crate::apart::decoded;
use crate::rows::{self, get, number, to_json};
use crate::sql::{self, Row, Transaction};
use crate::sql_error::SqlError;
use crate::store::SqlStore;

/// A set's columns with the name of its knowledge base and its counts.
macro_rules! set_columns {
    () => {
        "s.id, s.name, s.description, s.knowledge_base, k.name AS knowledge_base_name, s.test_looks, s.created_at,
         count(CASE WHEN q.review <> 'rejected' THEN 1 END) AS questions,
         count(CASE WHEN q.review <> 'rejected' AND q.half = 'dev' THEN 1 END) AS dev,
         count(CASE WHEN q.review <> 'rejected' AND q.half = 'test' THEN 1 END) AS test,
         count(CASE WHEN q.review = 'confirmed' THEN 1 END) AS confirmed,
         count(CASE WHEN q.review = 'rejected' THEN 1 END) AS rejected,
         (SELECT r.summary FROM evaluation_runs r
          WHERE r.evaluation_set = s.id AND r.summary IS NOT NULL
          ORDER BY r.created_at DESC, r.id DESC LIMIT 1) AS last_summary
         FROM evaluation_sets s JOIN knowledge_bases k ON k.id = s.knowledge_base
         LEFT JOIN evaluation_questions q ON q.evaluation_set = s.id "
    };
}

/// Questions whose JSON is in memory at once while their halves are read.
const HALVED_AT_ONCE: i64 = 500;

pub(crate) const LIST: &str = concat!(
    "SELECT ",
    set_columns!(),
    "GROUP BY s.id, k.id ORDER BY s.name"
);

pub(crate) const LOOKUP: &str = concat!(
    "SELECT ",
    set_columns!(),
    "WHERE s.id = ?1 OR s.name = ?2 GROUP BY s.id, k.id"
);

pub(super) async fn insert(
    store: &SqlStore,
    set: &EvaluationSet,
    questions: &[EvaluationQuestion],
) -> Result<(), StoreError> {
    let knowledge_base = set.knowledge_base.id;
    let mut write = store.write().await?;
    let inserted = sql::query(
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

pub(super) async fn list(store: &SqlStore) -> Result<Vec<EvaluationSet>, StoreError> {
    let rows = sql::query(LIST).rows(&store.reader).await?;
    rows.iter().map(set_of).collect()
}

pub(super) async fn lookup(
    store: &SqlStore,
    id_or_name: &str,
) -> Result<Option<EvaluationSet>, StoreError> {
    // A name never looks like an id, so one question serves both.
    let id = Uuid::parse_str(id_or_name)
        .map(|id| id.as_bytes().to_vec())
        .unwrap_or_default();
    let row = sql::query(LOOKUP)
        .bind(id)
        .bind(id_or_name)
        .row_if_any(&store.reader)
        .await?;
    row.as_ref().map(set_of).transpose()
}

pub(super) async fn delete(store: &SqlStore, id: EvaluationSetId) -> Result<bool, StoreError> {
    let mut write = store.write().await?;
    let deleted = sql::query("DELETE FROM evaluation_sets WHERE id = ?")
        .bind(id.0.as_bytes().as_slice())
        .run(&mut write)
        .await?;
    write.commit().await?;
    Ok(deleted.rows_affected() > 0)
}

pub(super) async fn questions(
    store: &SqlStore,
    set: EvaluationSetId,
    from: u32,
    limit: u32,
) -> Result<EvaluationQuestionPage, StoreError> {
    let mut rows = sql::query(
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
    store: &SqlStore,
    set: EvaluationSetId,
) -> Result<Vec<HalvedQuestion>, StoreError> {
    let mut halves = Vec::new();
    let mut after = -1_i64;
    loop {
        let rows = sql::query(
            "SELECT place, id, half, question FROM evaluation_questions
             WHERE evaluation_set = ? AND place > ? ORDER BY place LIMIT ?",
        )
        .bind(set.0.as_bytes().as_slice())
        .bind(after)
        .bind(HALVED_AT_ONCE)
        .rows(&store.reader)
        .await?;
        let Some(last) = rows.last() else {
            return Ok(halves);
        };
        after = get(last, "place")?;
        halves.extend(decoded(rows, halved).await?);
    }
}

/// The part of a question that says what is relevant to it.
#[derive(Deserialize)]
struct Judged {
    golds: Vec<Relevant>,
}

/// The part of a judgment that says of which document it is, without its quote.
#[derive(Deserialize)]
struct Relevant {
    document: String,
    grade: i32,
}

fn halved(row: &Row) -> Result<HalvedQuestion, StoreError> {
    let half: String = get(row, "half")?;
    let judged: Judged = rows::json(row, "question")?;
    let mut seen = HashSet::new();
    let relevant = judged.golds.into_iter().filter(|gold| gold.grade > 0);
    let documents = relevant
        .filter(|gold| seen.insert(gold.document.clone()))
        .map(|gold| gold.document)
        .collect();
    Ok(HalvedQuestion {
        id: get(row, "id")?,
        half: QuestionHalf::parse(&half).ok_or_else(|| SqlError::value("half"))?,
        documents,
    })
}

pub(super) async fn question(
    store: &SqlStore,
    set: EvaluationSetId,
    id: &str,
) -> Result<Option<EvaluationQuestion>, StoreError> {
    let row =
        sql::query("SELECT question FROM evaluation_questions WHERE evaluation_set = ? AND id = ?")
            .bind(set.0.as_bytes().as_slice())
            .bind(id)
            .row_if_any(&store.reader)
            .await?;
    row.as_ref()
        .map(|row| rows::json(row, "question"))
        .transpose()
}

pub(super) async fn put(
    store: &SqlStore,
    set: EvaluationSetId,
    questions: &[EvaluationQuestion],
) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    let known = sql::query("SELECT 1 FROM evaluation_sets WHERE id = ?")
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
    write: &mut Transaction,
    set: EvaluationSetId,
    questions: &[EvaluationQuestion],
) -> Result<(), StoreError> {
    let set = set.0.as_bytes().as_slice();
    for question in questions {
        sql::query(
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

/// The part of a run's summary that a set shows.
#[derive(Deserialize)]
struct Lost {
    lost: u32,
}

fn set_of(row: &Row) -> Result<EvaluationSet, StoreError> {
    let last: Option<Lost> = rows::json_if_any(row, "last_summary")?;
    Ok(EvaluationSet {
        id: EvaluationSetId(rows::uuid(row, "id")?),
        name: get(row, "name")?,
        description: get(row, "description")?,
        knowledge_base: KnowledgeBaseRef {
            id: KnowledgeBaseId(rows::uuid(row, "knowledge_base")?),
            name: get(row, "knowledge_base_name")?,
        },
        counts: EvaluationSetCounts {
            questions: number(row, "questions")?,
            dev: number(row, "dev")?,
            test: number(row, "test")?,
            confirmed: number(row, "confirmed")?,
            rejected: number(row, "rejected")?,
        },
        test_looks: number(row, "test_looks")?,
        lost: last.map(|last| last.lost),
        created_at: Timestamp(get(row, "created_at")?),
    })
}
