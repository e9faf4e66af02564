use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use riddle_core::{Document, DocumentId};
use tracing::Span;

/// Documents whose requests are remembered; about 2 MiB.
const REMEMBERED: usize = 10_000;

/// The ids of the requests that queued the latest documents. They are for the log alone, so they are not stored and
/// older ones are forgotten.
#[derive(Default)]
pub(crate) struct Origins(Mutex<Latest>);

#[derive(Default)]
struct Latest {
    requests: HashMap<DocumentId, Arc<str>>,
    /// Oldest first.
    order: VecDeque<DocumentId>,
}

impl Origins {
    /// Remembers the request that this task works for as the one that queued the document.
    pub(crate) fn note(&self, document: DocumentId, request_id: Option<Arc<str>>) {
        let Some(request_id) = request_id else { return };
        // A panic cannot leave the collections unusable.
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.requests.insert(document, request_id).is_none() {
            latest.order.push_back(document);
        }
        if latest.order.len() > REMEMBERED
            && let Some(oldest) = latest.order.pop_front()
        {
            latest.requests.remove(&oldest);
        }
    }

    /// The span of one attempt at a document. It is not a child of the request's span, which has ended.
    pub(crate) fn span(&self, document: &Document) -> Span {
        let latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let request_id = latest.requests.get(&document.id).map(AsRef::as_ref);
        // At the highest level, so that no filter removes the span with the ids.
        tracing::error_span!(
            parent: None,
            "ingest",
            document = %document.id,
            knowledge_base = %document.knowledge_base,
            request_id = request_id,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_are_remembered() {
        let origins = Origins::default();
        let ids: Vec<DocumentId> = (0..=REMEMBERED)
            .map(|_| DocumentId(uuid::Uuid::now_v7()))
            .collect();
        for id in &ids {
            origins.note(*id, Some(Arc::from("a")));
        }
        origins.note(ids[1], Some(Arc::from("b")));
        let latest = origins.0.lock().expect("not poisoned");
        assert_eq!(latest.requests.len(), REMEMBERED);
        assert_eq!(latest.order.len(), REMEMBERED);
        assert_eq!(latest.requests.get(&ids[0]), None);
        assert_eq!(latest.requests.get(&ids[1]).map(AsRef::as_ref), Some("b"));
    }
}
