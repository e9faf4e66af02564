use riddle_core::{KnowledgeBase, NewChunk, StoreError, detect_language};

use crate::models::EmbedderHandle;
use crate::shared::Shared;

/// Characters of a document by which its language is told.
const SAMPLE_CHARS: usize = 4_000;
/// Languages that are told by their script, so surely that a suggestion can rest on one document.
const TOLD_BY_SCRIPT: [&str; 3] = ["zh", "ja", "ko"];

/// Remembers that a document is in a language that the embedder of its knowledge base does not know, if that is so.
pub(super) async fn note_language(
    shared: &Shared,
    knowledge_base: &KnowledgeBase,
    embedder: Option<&EmbedderHandle>,
    chunks: &[NewChunk],
) -> Result<(), StoreError> {
    let (Some(embedder), None) = (embedder, &knowledge_base.settings.unread_language) else {
        return Ok(());
    };
    let unread = language_of(chunks).filter(|language| !embedder.info.languages.covers(language));
    let Some(language) = unread else {
        return Ok(());
    };
    let _changing = shared.changing_settings.lock().await;
    let id = knowledge_base.id.to_string();
    let Some(mut now) = shared.store.lookup_knowledge_base(&id).await? else {
        return Ok(());
    };
    if now.settings.unread_language.is_some()
        || now.settings.embedder != knowledge_base.settings.embedder
    {
        return Ok(());
    }
    now.settings.unread_language = Some(language.to_owned());
    shared.store.update_knowledge_base(&now).await
}

fn language_of(chunks: &[NewChunk]) -> Option<&'static str> {
    let sample = chunks.iter().flat_map(|chunk| chunk.text.chars());
    let sample: String = sample.take(SAMPLE_CHARS).collect();
    detect_language(&sample).filter(|language| TOLD_BY_SCRIPT.contains(language))
}
