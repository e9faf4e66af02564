use riddle_core::{ContentHash, Document, KnowledgeBaseId};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::evaluation::ready_documents::ready_documents;
use crate::shared::Shared;

/// SHA-256 over names and contents of all documents that searches can find: two runs with the same one have asked the
/// same texts, on whatever server and in whatever order they came.
pub(super) async fn corpus_hash(
    shared: &Shared,
    knowledge_bases: &[KnowledgeBaseId],
) -> Result<String, EngineError> {
    let line = |one: &Document| format!("{} {}\n", one.sha256, one.name);
    let mut lines = Vec::new();
    for knowledge_base in knowledge_bases {
        lines.extend(ready_documents(shared, *knowledge_base, line).await?);
    }
    run_blocking("hashing the documents of a run", move || {
        lines.sort_unstable();
        ContentHash::of(lines.concat().as_bytes()).to_string()
    })
    .await
}
