//! Why nothing answers where words alone were compared: the documents may be in another language than the question.

use riddle_core::{
    ChunkId, DocumentOrder, DocumentQuery, KnowledgeBaseId, Notice, RetrievalMode, ScoredChunk,
    StoreError, detect_language, error_chain,
};

use crate::query::answer::AnswerInput;
use crate::query::ports::QueryPorts;

/// Documents of a knowledge base whose beginnings are read where nothing was found, the first by name.
const DOCUMENTS: u32 = 5;
/// Characters of a text by which its language is told.
const SAMPLE: usize = 2_000;

/// What to say of an answer that was not found. Nothing where an embedder has searched, where the search says already
/// that it knows another language, and where any of the texts is in the question's.
pub(super) async fn other_language(ports: QueryPorts<'_>, input: &AnswerInput) -> Option<Notice> {
    let mut notices = input.search.notices.iter();
    let is_told = notices.any(|notice| matches!(notice, Notice::EmbedderLeftOut { .. }));
    if input.search.mode != RetrievalMode::Bm25 || is_told {
        return None;
    }
    let asked = detect_language(&input.plan.query)?;
    let texts = texts(ports, input).await;
    let known: Vec<&str> = texts.iter().filter_map(|text| language_of(text)).collect();
    let first = known.first().filter(|_| !known.contains(&asked))?;
    Some(Notice::OtherLanguage {
        language: (*first).to_owned(),
    })
}

fn language_of(text: &str) -> Option<&'static str> {
    let sample: String = text.chars().take(SAMPLE).collect();
    detect_language(&sample)
}

/// The passages that were found, or else how documents begin.
async fn texts(ports: QueryPorts<'_>, input: &AnswerInput) -> Vec<String> {
    if !input.contexts.is_empty() {
        let contexts = input.contexts.iter();
        return contexts.map(|context| context.given.clone()).collect();
    }
    let mut texts = Vec::new();
    for id in input.plan.scope.ids() {
        match beginnings(ports, id).await {
            Ok(beginnings) => texts.extend(beginnings),
            // The answer stands without the remark.
            Err(error) => {
                tracing::warn!(
                    error = error_chain(&error),
                    "cannot tell the language of documents"
                );
            }
        }
    }
    texts
}

async fn beginnings(ports: QueryPorts<'_>, id: KnowledgeBaseId) -> Result<Vec<String>, StoreError> {
    let query = DocumentQuery {
        statuses: Vec::new(),
        name_contains: None,
        folder: None,
        order: DocumentOrder::Name,
        cursor: None,
        limit: DOCUMENTS,
    };
    let page = ports.documents.list_documents(id, &query).await?;
    let documents = page.documents.iter();
    let first = documents.filter_map(|document| {
        let generation = document.live_generation?;
        Some(ScoredChunk {
            chunk: ChunkId::derive(document.id, generation, 0),
            score: 0.0,
        })
    });
    let first: Vec<ScoredChunk> = first.collect();
    let position = ports.index.position();
    let chunks = ports.documents.live_chunks(&[id], &first, position).await?;
    Ok(chunks.into_iter().map(|record| record.chunk.text).collect())
}
