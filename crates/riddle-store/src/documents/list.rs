use riddle_core::{
    Document, DocumentOrder, DocumentPage, DocumentQuery, KnowledgeBaseId, StoreError,
};
use uuid::Uuid;

use crate::rows::{self, number, to_json};
use crate::run::Run;
use crate::sqlite::SqliteStore;

/// What a page begins behind.
struct After {
    key: Key,
    id: Uuid,
}

/// The value that documents are ordered by.
enum Key {
    Number(i64),
    Text(String),
}

/// A page of a knowledge base's documents, and how many there are in all.
pub(super) async fn list(
    store: &SqliteStore,
    knowledge_base: KnowledgeBaseId,
    query: &DocumentQuery,
) -> Result<DocumentPage, StoreError> {
    let after = query
        .cursor
        .as_deref()
        .map(|cursor| parse_cursor(query.order, cursor))
        .transpose()?;
    let statuses: Vec<&str> = query.statuses.iter().map(|s| s.as_str()).collect();
    let statuses = to_json(&statuses)?;
    let sought = query.name_contains.as_deref().unwrap_or_default();
    let sql = list_sql(query.order, after.is_some());
    let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(knowledge_base.0.as_bytes().as_slice())
        .bind(&statuses)
        .bind(sought)
        .bind(i64::from(query.limit) + 1);
    if let Some(After { key, id }) = &after {
        rows = match key {
            Key::Number(number) => rows.bind(number),
            Key::Text(text) => rows.bind(text),
        };
        rows = rows.bind(id.as_bytes().as_slice());
    }
    let rows = rows.rows(&store.reader).await?;
    let total = sqlx::query(sqlx::AssertSqlSafe(count_sql()))
        .bind(knowledge_base.0.as_bytes().as_slice())
        .bind(&statuses)
        .bind(sought)
        .row(&store.reader)
        .await?;
    let limit = query.limit as usize;
    let documents = rows
        .iter()
        .take(limit)
        .map(rows::document)
        .collect::<Result<Vec<_>, _>>()?;
    let more = rows.len() > limit;
    let last = documents.last().filter(|_| more);
    Ok(DocumentPage {
        next_cursor: last.map(|last| cursor(query.order, last)),
        documents,
        total: number(&total, "documents")?,
    })
}

/// `WHERE` of a list: 1 is the knowledge base, 2 the statuses, 3 a part of the name.
const WHERE: &str = "WHERE knowledge_base = ?1 AND deleted_at IS NULL
     AND (?2 = '[]' OR status IN (SELECT value FROM json_each(?2)))
     AND (?3 = '' OR instr(lower(name), lower(?3)) > 0)";

/// The statement of a page: 4 is the number of documents, 5 and 6 what it begins behind.
pub(crate) fn list_sql(order: DocumentOrder, after: bool) -> String {
    // Names differ, so that nothing else has to decide.
    let tie = match order {
        DocumentOrder::Name => "",
        DocumentOrder::Newest | DocumentOrder::Size => ", id DESC",
        DocumentOrder::Oldest | DocumentOrder::Status => ", id ASC",
    };
    let (key, direction, than) = match order {
        DocumentOrder::Newest => ("created_at", "DESC", "<"),
        DocumentOrder::Oldest => ("created_at", "ASC", ">"),
        DocumentOrder::Name => ("name", "ASC", ">"),
        DocumentOrder::Size => ("bytes", "DESC", "<"),
        DocumentOrder::Status => ("status", "ASC", ">"),
    };
    let behind = match after {
        true => format!("AND ({key}, id) {than} (?5, ?6)"),
        false => String::new(),
    };
    format!("SELECT * FROM documents {WHERE} {behind} ORDER BY {key} {direction}{tie} LIMIT ?4")
}

pub(crate) fn count_sql() -> String {
    format!("SELECT count(*) AS documents FROM documents {WHERE}")
}

/// The key comes last, because a name may hold anything.
fn cursor(order: DocumentOrder, last: &Document) -> String {
    let key = match order {
        DocumentOrder::Newest | DocumentOrder::Oldest => last.created_at.0.to_string(),
        DocumentOrder::Name => last.name.clone(),
        DocumentOrder::Size => last.bytes.to_string(),
        DocumentOrder::Status => last.status.as_str().to_owned(),
    };
    format!("{}.{}.{key}", order.as_str(), last.id)
}

fn parse_cursor(order: DocumentOrder, cursor: &str) -> Result<After, StoreError> {
    let parse = || {
        let mut parts = cursor.splitn(3, '.');
        let (ordered, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let key = match order {
            DocumentOrder::Newest | DocumentOrder::Oldest | DocumentOrder::Size => {
                Key::Number(key.parse().ok()?)
            }
            DocumentOrder::Name | DocumentOrder::Status => Key::Text(key.to_owned()),
        };
        let id = Uuid::parse_str(id).ok()?;
        (ordered == order.as_str()).then_some(After { key, id })
    };
    parse().ok_or(StoreError::BadCursor)
}
