use riddle_core::{ContentHash, DocumentOrder, DocumentQuery, DocumentStatus, KnowledgeBaseId};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::shared::Shared;

/// Documents that are read from the store at once.
const PAGE: u32 = 500;

/// SHA-256 over names and contents of all documents that searches can find: two runs with the same one have asked the
/// same texts, on whatever server and in whatever order they came.
pub(super) async fn corpus_hash(
    shared: &Shared,
    knowledge_base: KnowledgeBaseId,
) -> Result<String, EngineError> {
    let mut query = DocumentQuery {
        statuses: vec![DocumentStatus::Ready],
        name_contains: None,
        folder: None,
        order: DocumentOrder::Name,
        cursor: None,
        limit: PAGE,
    };
    let mut lines: Vec<String> = Vec::new();
    loop {
        let page = shared.store.list_documents(knowledge_base, &query).await?;
        let documents = page.documents.iter();
        lines.extend(documents.map(|one| format!("{} {}\n", one.sha256, one.name)));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    run_blocking("hashing the documents of a run", move || {
        lines.sort_unstable();
        ContentHash::of(lines.concat().as_bytes()).to_string()
    })
    .await
}
