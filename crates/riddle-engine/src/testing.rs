//! An engine over a real database in a temporary folder, an index in memory and fake models, whose background work runs
//! only where a test lets it.

pub(crate) mod log;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use riddle_core::{Document, DocumentId, DocumentStatus, KnowledgeBase, Metadata, Timestamp};
use riddle_ingest::{ExtractionLimits, ExtractorOptions, WorkerExtractor};
use riddle_store::SqliteStore;
use riddle_testkit::{FakeClock, FakeModels, MemoryIndex, NoLibrary};
use tempfile::TempDir;

use crate::engine::{Engine, EngineParts};
use crate::ingest::Upload;
use crate::ingest::point::{IngestPoint, IngestProbe};
use crate::knowledge_bases::NewKnowledgeBase;
use crate::options::EngineOptions;

/// The fake clock starts here, some milliseconds after 1970.
const START: Timestamp = Timestamp(1_000_000);

pub(crate) struct TestEngine {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) index: Arc<MemoryIndex>,
    pub(crate) knowledge_base: KnowledgeBase,
    _data: TempDir,
}

struct NoProbe;

impl IngestProbe for NoProbe {
    fn reached(&self, _point: IngestPoint) {}
}

impl TestEngine {
    /// An engine with one knowledge base, in which nothing runs by itself.
    pub(crate) async fn at_rest() -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(FakeClock::at(START));
        let index = Arc::new(MemoryIndex::default());
        let store = SqliteStore::open(&data.path().join("riddle.db")).await;
        let parts = EngineParts {
            store: Arc::new(store.expect("a database")),
            index: Arc::clone(&index) as Arc<dyn riddle_core::ChunkIndex>,
            models: Arc::new(FakeModels { reranker: true }),
            library: Arc::new(NoLibrary),
            clock: Arc::clone(&clock) as Arc<dyn riddle_core::Clock>,
            extractor: Arc::new(plain_text_alone(data.path())),
            probe: Arc::new(NoProbe),
        };
        let engine = Engine::at_rest(parts, options(data.path())).expect("a data folder");
        let knowledge_base = engine.create_knowledge_base(NewKnowledgeBase {
            name: "handbook".to_owned(),
            description: String::new(),
            embedder: None,
            chunking: None,
            retrieval: None,
        });
        Self {
            knowledge_base: knowledge_base.await.expect("a knowledge base"),
            engine,
            clock,
            index,
            _data: data,
        }
    }

    /// Adds a document, which nobody processes yet.
    pub(crate) async fn add(&self, name: &str, text: &str) -> Document {
        let mut bytes = self.engine.begin_upload().await.expect("a writer");
        bytes.write(text.as_bytes()).await.expect("room");
        let upload = Upload {
            name: name.to_owned(),
            media_type: None,
            metadata: Metadata::new(),
        };
        let base = &self.knowledge_base.name;
        let accepted = self.engine.accept_upload(base, upload, bytes).await;
        accepted.expect("it is accepted").document
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
}

/// Plain text needs no child process; the path leads nowhere, so that a document that does need one fails.
fn plain_text_alone(data: &Path) -> WorkerExtractor {
    WorkerExtractor::new(ExtractorOptions {
        program: data.join("none"),
        arguments: Vec::new(),
        limits: ExtractionLimits {
            memory_bytes: 1 << 30,
            cpu_seconds: 10,
            wall_time: Duration::from_secs(20),
            output_bytes: 1 << 20,
            documents_per_worker: 1,
        },
    })
}

fn options(data: &Path) -> EngineOptions {
    EngineOptions {
        data_dir: data.to_path_buf(),
        database: data.join("riddle.db"),
        index_dir: data.join("index"),
        parse_workers: 1,
        max_upload_bytes: 100_000,
        rerank_deadline: Duration::from_secs(20),
        prompt_budget_tokens: 1_000,
        max_answer_tokens: 100,
        max_concurrent_queries: 4,
        disk_reserve: Some(0),
        slow_query: None,
    }
}
