use riddle_core::{
    CompareOrder, ComparisonId, ComparisonPage, ComparisonSummary, KeptComparison, KnowledgeBaseId,
    KnowledgeBaseRef, Preference, StoreError, Timestamp,
};

use super::KIND;
use crate::kept;
use crate::newest_first::{page, parse_cursor};
use crate::rows::{self, get};
use crate::sql::{self, Row};
use crate::sql_error::SqlError;
use crate::store::SqlStore;

/// A comparison's columns without its answers; its knowledge base has its name of now.
macro_rules! summary_columns {
    () => {
        "c.id, c.knowledge_base, k.name, c.question, c.arm_order, c.total_ratio, c.first_token_ratio,
         c.preference, c.created_at"
    };
}

/// The comparisons come first, so that the page is read in their order.
macro_rules! tables {
    () => {
        " FROM comparisons c CROSS JOIN knowledge_bases k ON k.id = c.knowledge_base "
    };
}

pub(crate) const SUMMARY: &str =
    concat!("SELECT ", summary_columns!(), tables!(), "WHERE c.id = ?");

pub(crate) const WHOLE: &str = concat!(
    "SELECT ",
    summary_columns!(),
    ", c.comparison",
    tables!(),
    "WHERE c.id = ?"
);

pub(crate) const LIST: &str = concat!(
    "SELECT ",
    summary_columns!(),
    tables!(),
    "WHERE (c.created_at, c.id) < (?1, ?2) ORDER BY c.created_at DESC, c.id DESC LIMIT ?3"
);

pub(super) async fn list(
    store: &SqlStore,
    cursor: Option<&str>,
    limit: u32,
) -> Result<ComparisonPage, StoreError> {
    let (created_at, id) = parse_cursor(cursor)?;
    let rows = sql::query(LIST)
        .bind(created_at)
        .bind(id.as_bytes().as_slice())
        .bind(i64::from(limit) + 1)
        .rows(&store.reader)
        .await?;
    let (comparisons, next_cursor) = page(&rows, limit, ("created_at", "id"), summary_of)?;
    Ok(ComparisonPage {
        comparisons,
        next_cursor,
    })
}

pub(super) async fn summary(
    store: &SqlStore,
    id: ComparisonId,
) -> Result<Option<ComparisonSummary>, StoreError> {
    let row = one(store, SUMMARY, id).await?;
    row.as_ref().map(summary_of).transpose()
}

pub(super) async fn lookup(
    store: &SqlStore,
    id: ComparisonId,
) -> Result<Option<KeptComparison>, StoreError> {
    let Some(row) = one(store, WHOLE, id).await? else {
        return Ok(None);
    };
    let text: String = get(&row, "comparison")?;
    Ok(Some(KeptComparison {
        summary: summary_of(&row)?,
        comparison: kept::read(KIND, &text).ok_or_else(|| SqlError::value("comparison"))?,
    }))
}

async fn one(
    store: &SqlStore,
    statement: &'static str,
    id: ComparisonId,
) -> Result<Option<Row>, StoreError> {
    let row = sql::query(statement)
        .bind(id.0.as_bytes().as_slice())
        .row_if_any(&store.reader)
        .await?;
    Ok(row)
}

fn summary_of(row: &Row) -> Result<ComparisonSummary, StoreError> {
    let order: String = get(row, "arm_order")?;
    let preference: Option<String> = get(row, "preference")?;
    let preference = preference
        .map(|name| Preference::parse(&name).ok_or_else(|| SqlError::value("preference")))
        .transpose()?;
    Ok(ComparisonSummary {
        id: ComparisonId(rows::uuid(row, "id")?),
        question: get(row, "question")?,
        knowledge_base: KnowledgeBaseRef {
            id: KnowledgeBaseId(rows::uuid(row, "knowledge_base")?),
            name: get(row, "name")?,
        },
        order: CompareOrder::parse(&order).ok_or_else(|| SqlError::value("arm_order"))?,
        total_ratio: get(row, "total_ratio")?,
        first_token_ratio: get(row, "first_token_ratio")?,
        preference,
        created_at: Timestamp(get(row, "created_at")?),
    })
}
