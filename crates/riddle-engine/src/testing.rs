//! An engine over a real database in a temporary folder and fakes behind all other ports, whose background work runs
//! only where a test lets it.

mod chat;
pub(crate) mod log;

pub(crate) use chat::chat_question;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use riddle_core::{
    Document, DocumentId, DocumentStatus, KnowledgeBase, Metadata, RetrievalMode, Rewriting,
    SearchRequest, SearchResponse, Timestamp,
};
use riddle_store::SqlStore;
use riddle_testkit::{FakeClock, FakeExtractor, FakeLibrary, FakeModels, MemoryIndex};
use tempfile::TempDir;

use crate::engine::{Engine, EngineParts};
use crate::error::EngineError;
use crate::ingest::Upload;
use crate::knowledge_bases::NewKnowledgeBase;
use crate::options::{EngineOptions, LiveOptions};

/// The fake clock starts here, some milliseconds after 1970.
const START: Timestamp = Timestamp(1_000_000);

pub(crate) struct TestEngine {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) extractor: Arc<FakeExtractor>,
    pub(crate) index: Arc<MemoryIndex>,
    pub(crate) library: Arc<FakeLibrary>,
    pub(crate) knowledge_base: KnowledgeBase,
    _data: TempDir,
}

impl TestEngine {
    /// An engine with one knowledge base and an embedder, in which nothing runs by itself.
    pub(crate) async fn at_rest() -> Self {
        Self::with(FakeModels::default(), FakeLibrary::empty()).await
    }

    /// The same, and background work runs.
    pub(crate) async fn running() -> Self {
        let test = Self::at_rest().await;
        test.start().await;
        test
    }

    /// An engine at rest with these models besides the embedder, and with this catalogue.
    pub(crate) async fn with(models: FakeModels, library: FakeLibrary) -> Self {
        Self::rewriting(models, library, Rewriting::Auto).await
    }

    /// The same with this way to rewrite follow-ups.
    pub(crate) async fn rewriting(
        models: FakeModels,
        library: FakeLibrary,
        rewriting: Rewriting,
    ) -> Self {
        let adjust = |options| EngineOptions {
            rewriting,
            ..options
        };
        Self::adjusted(models, library, adjust).await
    }

    /// An engine at rest with other options.
    pub(crate) async fn adjusted(
        models: FakeModels,
        library: FakeLibrary,
        adjust: impl FnOnce(EngineOptions) -> EngineOptions,
    ) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(FakeClock::at(START));
        let extractor = Arc::<FakeExtractor>::default();
        let index = Arc::<MemoryIndex>::default();
        let library = Arc::new(library);
        let store = SqlStore::open(&data.path().join("riddle.db")).await;
        let parts = EngineParts {
            store: Arc::new(store.expect("a database")),
            index: Arc::<MemoryIndex>::clone(&index),
            models: Arc::new(models.with_embedder()),
            library: Arc::<FakeLibrary>::clone(&library),
            clock: Arc::<FakeClock>::clone(&clock),
            extractor: Arc::<FakeExtractor>::clone(&extractor),
            probe: Arc::new(()),
        };
        let options = adjust(options(data.path()));
        let engine = Engine::at_rest(parts, options).expect("a data folder");
        let knowledge_base = engine.create_knowledge_base(named("handbook")).await;
        Self {
            knowledge_base: knowledge_base.expect("a knowledge base"),
            engine,
            clock,
            extractor,
            index,
            library,
            _data: data,
        }
    }

    /// Lets background work run.
    pub(crate) async fn start(&self) {
        self.engine.rooms.ingest.start().await.expect("started");
    }

    /// Adds a document, or replaces the one of this name; at rest nobody processes it yet.
    pub(crate) async fn add(&self, name: &str, text: &str) -> Document {
        self.add_to(&self.knowledge_base.name, name, text).await
    }

    /// The same in a knowledge base of this name.
    pub(crate) async fn add_to(&self, base: &str, name: &str, text: &str) -> Document {
        let mut bytes = self.engine.begin_upload().await.expect("a writer");
        bytes.write(text.as_bytes()).await.expect("room");
        let upload = Upload {
            name: name.to_owned(),
            media_type: None,
            metadata: Metadata::new(),
        };
        let accepted = self.engine.accept_upload(base, upload, bytes).await;
        accepted.expect("it is accepted").document
    }

    /// Adds a document and waits until it is searched; for an engine that runs.
    pub(crate) async fn add_ready(&self, name: &str, text: &str) -> Document {
        let document = self.add(name, text).await;
        assert_eq!(self.end_of(document.id).await, DocumentStatus::Ready);
        document
    }

    pub(crate) async fn status(&self, id: DocumentId) -> DocumentStatus {
        let document = self.engine.document(id).await;
        document.expect("it is there").status
    }

    /// Waits until a document is ready or has failed.
    pub(crate) async fn end_of(&self, id: DocumentId) -> DocumentStatus {
        let events = self.engine.document_events(id).await;
        let last = events.expect("it is there").map(|event| event.status);
        last.collect::<Vec<_>>().await.pop().expect("an event")
    }

    /// The texts of all passages with one of these words, best first.
    pub(crate) async fn found(&self, words: &str) -> Vec<String> {
        let found = self.search(words, RetrievalMode::Bm25).await;
        let hits = found.expect("a response").hits.into_iter();
        hits.map(|hit| hit.chunk.chunk.text).collect()
    }

    /// Searches in this mode, without reranking.
    pub(crate) async fn search(
        &self,
        query: &str,
        mode: RetrievalMode,
    ) -> Result<SearchResponse, EngineError> {
        let request = SearchRequest {
            mode: Some(mode),
            rerank: Some(false),
            ..SearchRequest::of(query)
        };
        let bases = [&self.knowledge_base.name];
        self.engine.search(&bases, request).await
    }

    /// How many originals are kept.
    pub(crate) fn originals(&self) -> usize {
        let kept = self.engine.rooms.shared.blobs.list();
        kept.expect("a folder").len()
    }
}

/// A knowledge base with everything as it is by default.
pub(crate) fn named(name: &str) -> NewKnowledgeBase {
    NewKnowledgeBase {
        name: name.to_owned(),
        description: String::new(),
        embedder: None,
        chunking: None,
        retrieval: None,
        chat_model: None,
        examples: Vec::new(),
    }
}

fn options(data: &Path) -> EngineOptions {
    EngineOptions {
        program: "riddle".into(),
        data_dir: data.to_path_buf(),
        index_dir: data.join("index"),
        parse_workers: 1,
        max_upload_bytes: 100_000,
        rerank_deadline: Duration::from_secs(20),
        fallback_deadline: Duration::from_secs(20),
        prompt_budget_tokens: 1_000,
        max_answer_tokens: 100,
        max_loaded_chats: 1,
        rewriting: Rewriting::Auto,
        max_concurrent_queries: 4,
        disk_reserve: Some(0),
        live: LiveOptions::default(),
        slow_query: None,
    }
}
