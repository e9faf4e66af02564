use std::collections::BTreeSet;

use riddle_core::{DocumentId, Gold};
use riddle_evaluation::{JudgedChunk, JudgedDocument, ResolvedGolds, resolve_golds};

use crate::asking::Asking;
use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::shared::Shared;

/// Chunks that are read at once.
const PAGE: u32 = 500;

/// Finds what is judged of a question in the knowledge base as it is now.
pub(super) async fn resolve(
    shared: &Shared,
    asking: Asking<'_>,
) -> Result<ResolvedGolds, EngineError> {
    let golds = asking.question.golds.clone();
    let names: BTreeSet<String> = golds.iter().map(|gold| gold.document.clone()).collect();
    let names: Vec<String> = names.into_iter().collect();
    let knowledge_base = asking.knowledge_base.id;
    let known = shared.store.documents_named(knowledge_base, &names).await?;
    let mut documents = Vec::with_capacity(known.len());
    for (name, id) in known {
        let quoted = |gold: &Gold| gold.document == name && gold.quote.is_some();
        // Of a document that is judged as a whole, one chunk says that it is there.
        let most = if golds.iter().any(quoted) {
            u32::MAX
        } else {
            1
        };
        let chunks = chunks(shared, id, most).await?;
        documents.push(JudgedDocument { name, chunks });
    }
    run_blocking("looking for judged passages", move || {
        resolve_golds(&golds, &documents)
    })
    .await
}

/// The chunks of a document that searches can find, at most so many.
async fn chunks(
    shared: &Shared,
    document: DocumentId,
    most: u32,
) -> Result<Vec<JudgedChunk>, EngineError> {
    let position = shared.index.position();
    let mut found = Vec::new();
    let mut from = 0;
    loop {
        let page = shared
            .store
            .document_chunks(document, from, PAGE.min(most), position)
            .await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        from = last.record.chunk.ordinal.saturating_add(1);
        let usable = page
            .into_iter()
            .filter(|chunk| chunk.state.enabled && !chunk.state.pending);
        found.extend(usable.map(|chunk| JudgedChunk {
            id: chunk.record.id,
            span: chunk.record.chunk.span,
            text: chunk.record.chunk.text,
        }));
        if found.len() >= most as usize {
            return Ok(found);
        }
    }
}
