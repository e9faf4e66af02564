//! Small fakes behind the ports, for tests of the query path alone.

mod across;
mod index;
mod models;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use riddle_core::{
    ChunkId, ChunkIndex, ChunkRecord, Clock, DocumentId, KnowledgeBase, KnowledgeBaseId,
    KnowledgeBaseSettings, NewChunk, RerankOptions, RetrievalMode, SearchRequest, Span, Timestamp,
};
use riddle_testkit::FakeClock;
use uuid::Uuid;

pub(super) use across::Across;
pub(super) use index::{FakeDocuments, FakeIndex};
pub(super) use models::{FakeProvider, RerankerScript, SLOWLY};

use crate::models::Models;
use crate::options::{EngineOptions, LiveOptions};
use crate::query::ports::QueryPorts;
use crate::query::search_plan::SearchPlan;

/// A knowledge base over texts, with models as scripted.
pub(super) struct World {
    pub(super) documents: FakeDocuments,
    pub(super) index: Arc<dyn ChunkIndex>,
    /// The same, to ask what it was asked.
    pub(super) fake_index: Arc<FakeIndex>,
    pub(super) models: Models,
    pub(super) options: EngineOptions,
    pub(super) knowledge_base: KnowledgeBase,
}

impl World {
    pub(super) fn new(texts: &[&str], provider: FakeProvider) -> Self {
        let knowledge_base = knowledge_base(provider.embedder_name());
        let chunks: Vec<ChunkRecord> = texts
            .iter()
            .zip(0..)
            .map(|(text, ordinal)| chunk(knowledge_base.id, ordinal, text))
            .collect();
        let index = Arc::new(FakeIndex::new(&chunks));
        Self {
            index: Arc::<FakeIndex>::clone(&index),
            fake_index: index,
            documents: FakeDocuments::new(chunks),
            models: Models::new(Arc::new(provider), 1, &clock()),
            options: options(),
            knowledge_base,
        }
    }

    pub(super) fn ports(&self) -> QueryPorts<'_> {
        QueryPorts {
            documents: &self.documents,
            index: &self.index,
            models: &self.models,
            options: &self.options,
        }
    }

    pub(super) fn plan(&self, query: &str) -> SearchPlan {
        let request = SearchRequest::of(query);
        SearchPlan::for_search(self.knowledge_base.clone(), request).expect("a valid request")
    }

    pub(super) fn plan_with(&self, query: &str, reranking: RerankOptions) -> SearchPlan {
        let request = SearchRequest {
            reranking,
            ..SearchRequest::of(query)
        };
        SearchPlan::for_search(self.knowledge_base.clone(), request).expect("a valid request")
    }

    pub(super) fn plan_in_mode(&self, query: &str, mode: RetrievalMode) -> SearchPlan {
        let mut request = SearchRequest::of(query);
        request.mode = Some(mode);
        SearchPlan::for_search(self.knowledge_base.clone(), request).expect("a valid request")
    }
}

fn knowledge_base(embedder: Option<String>) -> KnowledgeBase {
    KnowledgeBase {
        id: KnowledgeBaseId(Uuid::from_u128(1)),
        name: "handbook".to_owned(),
        description: String::new(),
        embedder_fingerprint: embedder.clone(),
        settings: KnowledgeBaseSettings::with_embedder(embedder),
        created_at: Timestamp(0),
    }
}

fn chunk(knowledge_base: KnowledgeBaseId, ordinal: u32, text: &str) -> ChunkRecord {
    let document = DocumentId(Uuid::from_u128(2));
    let start = ordinal * 10_000;
    let length = u32::try_from(text.chars().count()).expect("short");
    ChunkRecord {
        id: ChunkId::derive(document, 1, ordinal),
        knowledge_base,
        knowledge_base_name: "handbook".to_owned(),
        document,
        document_name: "handbook.md".to_owned(),
        metadata: BTreeMap::new(),
        generation: 1,
        chunk: NewChunk {
            ordinal,
            text: text.to_owned(),
            heading_path: Vec::new(),
            page: None,
            span: Span {
                start,
                end: start + length,
            },
            token_count: length / 4,
            carried: 0,
            places: Vec::new(),
        },
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(FakeClock::at(Timestamp(0)))
}

fn options() -> EngineOptions {
    EngineOptions {
        program: "riddle".into(),
        data_dir: PathBuf::new(),
        index_dir: PathBuf::new(),
        parse_workers: 1,
        max_upload_bytes: 0,
        rerank_deadline: Duration::from_secs(20),
        fallback_deadline: Duration::from_secs(20),
        prompt_budget_tokens: 1_000,
        max_answer_tokens: 200,
        max_loaded_chats: 1,
        rewriting: riddle_core::Rewriting::Auto,
        max_concurrent_queries: 4,
        disk_reserve: Some(0),
        live: LiveOptions::default(),
        slow_query: None,
    }
}
