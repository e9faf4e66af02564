use riddle_core::{
    Document, DocumentOrder, DocumentPage, DocumentQuery, Folder, InFolder, KnowledgeBaseId,
    StoreError,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::rows::{self, get, number, to_json};
use crate::sql::{self, Pool, Statement};
use crate::store::SqlStore;

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
    store: &SqlStore,
    knowledge_base: KnowledgeBaseId,
    query: &DocumentQuery,
) -> Result<DocumentPage, StoreError> {
    let cursor = query.cursor.as_deref().map(parse_cursor).transpose()?;
    let (order, after) = match cursor {
        Some((order, after)) => (order, Some(after)),
        None => (query.order, None),
    };
    let filter = Filter::of(knowledge_base, query)?;
    let pool = filter.pool(store);
    let page = filter.page(order, after.as_ref(), query.limit);
    let rows = page.rows(pool).await?;
    let total = filter.query(&count_sql()).row(pool).await?;
    let limit = query.limit as usize;
    let documents = rows
        .iter()
        .take(limit)
        .map(rows::document)
        .collect::<Result<Vec<_>, _>>()?;
    let more = rows.len() > limit;
    let last = documents.last().filter(|_| more);
    Ok(DocumentPage {
        next_cursor: last.map(|last| next_cursor(order, last)),
        documents,
        total: number(&total, "documents")?,
        folders: match after {
            None => folders(store, filter).await?,
            Some(_) => Vec::new(),
        },
    })
}

/// What the names of a folder's documents begin with.
fn prefix(folder: &InFolder) -> String {
    match folder.name.as_str() {
        "" => String::new(),
        name => format!("{name}/"),
    }
}

/// The folders of the folder that a list is of.
async fn folders(store: &SqlStore, filter: Filter) -> Result<Vec<Folder>, StoreError> {
    let Some(prefix) = filter.prefix.clone().filter(|_| !filter.recursive) else {
        return Ok(Vec::new());
    };
    let filter = Filter {
        recursive: true,
        ..filter
    };
    let rows = filter.query(&folders_sql()).rows(&store.looker).await?;
    rows.iter()
        .map(|row| {
            let name: String = get(row, "folder")?;
            Ok(Folder {
                name: format!("{prefix}{name}"),
                documents: number(row, "documents")?,
            })
        })
        .collect()
}

/// Which documents a list is of.
struct Filter {
    knowledge_base: KnowledgeBaseId,
    /// A list in JSON; empty for all.
    statuses: String,
    /// A part of the name in lower case; empty for all.
    sought: String,
    prefix: Option<String>,
    recursive: bool,
}

impl Filter {
    fn of(knowledge_base: KnowledgeBaseId, query: &DocumentQuery) -> Result<Self, StoreError> {
        let statuses: Vec<&str> = query.statuses.iter().map(|s| s.as_str()).collect();
        let sought = query.name_contains.as_deref().unwrap_or_default();
        let folder = query.folder.as_ref();
        Ok(Self {
            knowledge_base,
            statuses: to_json(&statuses)?,
            // As SQL writes names in lower case: letters of ASCII alone.
            sought: sought.to_ascii_lowercase(),
            prefix: folder.map(prefix),
            recursive: folder.is_some_and(|folder| folder.recursive),
        })
    }

    /// A page, and one document more, by which it is known whether there are others behind it.
    fn page(&self, order: DocumentOrder, after: Option<&After>, limit: u32) -> Statement {
        let sql = list_sql(order, after.is_some());
        let page = self.query(&sql).bind(i64::from(limit) + 1);
        let Some(After { key, id }) = after else {
            return page;
        };
        let page = match key {
            Key::Number(number) => page.bind(*number),
            Key::Text(text) => page.bind(text),
        };
        page.bind(id.as_bytes().as_slice())
    }

    /// A list that looks through all names must not take the connections of questions, and no other list waits for one
    /// that does.
    fn pool<'s>(&self, store: &'s SqlStore) -> &'s Pool {
        match self.sought.is_empty() && self.prefix.is_none() {
            true => &store.reader,
            false => &store.looker,
        }
    }

    /// A statement with the parameters of [`WHERE`].
    fn query(&self, sql: &str) -> Statement {
        sql::query(AssertSqlSafe(sql.to_owned()))
            .bind(self.knowledge_base.0.as_bytes().as_slice())
            .bind(&self.statuses)
            .bind(&self.sought)
            .bind(&self.prefix)
            .bind(self.recursive)
    }
}

/// `WHERE` of a list: 1 is the knowledge base, 2 the statuses, 3 a part of the name, 4 what the name begins with, 5
/// whether there may be folders behind that.
const WHERE: &str = "WHERE knowledge_base = ?1 AND deleted_at IS NULL
     AND (?2 = '[]' OR status IN (SELECT value FROM json_each(?2)))
     AND (?3 = '' OR instr(lower(name), ?3) > 0)
     AND (CAST(?4 AS TEXT) IS NULL OR substr(name, 1, length(?4)) = ?4
          AND (?5 = 1 OR instr(substr(name, length(?4) + 1), '/') = 0))";
/// Most folders of a page.
const FOLDERS: u32 = 1_000;

/// The statement of a page: 6 is the number of documents, 7 and 8 what it begins behind.
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
        true => format!("AND ({key}, id) {than} (?7, ?8)"),
        false => String::new(),
    };
    format!("SELECT * FROM documents {WHERE} {behind} ORDER BY {key} {direction}{tie} LIMIT ?6")
}

pub(crate) fn count_sql() -> String {
    format!("SELECT count(*) AS documents FROM documents {WHERE}")
}

/// The statement of the folders right below 4, with the documents in and below each.
pub(crate) fn folders_sql() -> String {
    format!(
        "SELECT substr(rest, 1, instr(rest, '/') - 1) AS folder, count(*) AS documents
         FROM (SELECT substr(name, length(?4) + 1) AS rest FROM documents {WHERE}) AS names WHERE instr(rest, '/') > 0
         GROUP BY folder ORDER BY folder LIMIT {FOLDERS}"
    )
}

/// The key comes last, because a name may hold anything.
fn next_cursor(order: DocumentOrder, last: &Document) -> String {
    let key = match order {
        DocumentOrder::Newest | DocumentOrder::Oldest => last.created_at.0.to_string(),
        DocumentOrder::Name => last.name.clone(),
        DocumentOrder::Size => last.bytes.to_string(),
        DocumentOrder::Status => last.status.as_str().to_owned(),
    };
    format!("{}.{}.{key}", order.as_str(), last.id)
}

fn parse_cursor(cursor: &str) -> Result<(DocumentOrder, After), StoreError> {
    let parse = || {
        let mut parts = cursor.splitn(3, '.');
        let (order, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let order = DocumentOrder::parse(order)?;
        let key = match order {
            DocumentOrder::Newest | DocumentOrder::Oldest | DocumentOrder::Size => {
                Key::Number(key.parse().ok()?)
            }
            DocumentOrder::Name | DocumentOrder::Status => Key::Text(key.to_owned()),
        };
        let id = Uuid::parse_str(id).ok()?;
        Some((order, After { key, id }))
    };
    parse().ok_or(StoreError::BadCursor)
}
