use riddle_core::{Document, DocumentOrder, DocumentQuery, DocumentStatus, KnowledgeBaseId};

use crate::error::EngineError;
use crate::shared::Shared;

/// Documents that are read from the store at once.
const PAGE: u32 = 500;

/// What `read` takes of each document that searches can find, by name.
pub(super) async fn ready_documents<T: Send>(
    shared: &Shared,
    knowledge_base: KnowledgeBaseId,
    read: impl Fn(&Document) -> T + Send,
) -> Result<Vec<T>, EngineError> {
    let mut query = DocumentQuery {
        statuses: vec![DocumentStatus::Ready],
        name_contains: None,
        folder: None,
        order: DocumentOrder::Name,
        cursor: None,
        limit: PAGE,
    };
    let mut taken = Vec::new();
    loop {
        let page = shared.store.list_documents(knowledge_base, &query).await?;
        taken.extend(page.documents.iter().map(&read));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return Ok(taken);
        }
    }
}
