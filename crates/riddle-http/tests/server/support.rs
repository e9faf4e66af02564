use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use reqwest::multipart::{Form, Part};
use riddle_core::{IndexError, ModelProvider};
use riddle_engine::{Engine, EngineOptions, EngineParts, LiveOptions};
use riddle_http::{BodyRateBounds, ConnectionBounds, HttpOptions, JsonBodyTime, ServerState};
use riddle_index::{ChunkIndexes, IndexOptions, ServerVectors};
use riddle_ingest::{ExtractionLimits, ExtractorOptions, WorkerExtractor};
use riddle_qdrant::ServerOptions;
use riddle_store::SqlStore;
use riddle_test_qdrant::TestQdrant;
use riddle_testkit::{FakeLibrary, FakeModels, RunningClock};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::bounds::ALL_BODIES;

pub(crate) const MAX_UPLOAD: u64 = 100_000;
const INDEX_OPTIONS: IndexOptions = IndexOptions {
    writer_memory_bytes: 15_000_000,
    writer_threads: 1,
};

/// A server on a free port and a client for it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<std::io::Result<()>>>,
    pub(crate) engine: Engine,
    _data: tempfile::TempDir,
}

impl Server {
    /// `change` sets what differs from the usual options.
    pub(crate) async fn start(change: impl FnOnce(&mut HttpOptions)) -> Self {
        Self::start_with(Arc::new(FakeModels::default()), change).await
    }

    /// A server with these models.
    pub(crate) async fn start_with(
        models: Arc<dyn ModelProvider>,
        change: impl FnOnce(&mut HttpOptions),
    ) -> Self {
        Self::start_logging_slow(None, models, change).await
    }

    /// A server with these models that logs queries that take so long.
    pub(crate) async fn start_logging_slow(
        slow_query: Option<Duration>,
        models: Arc<dyn ModelProvider>,
        change: impl FnOnce(&mut HttpOptions),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let data = tempfile::tempdir().expect("a temporary folder");
        let engine = engine(data.path(), models, slow_query).await;
        Self::start_over(engine, data, listener, change)
    }

    /// A server with an embedder, whose vectors are on this server of Qdrant.
    pub(crate) async fn start_with_vectors_on(qdrant: &TestQdrant) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let data = tempfile::tempdir().expect("a temporary folder");
        let vectors = ServerVectors {
            server: ServerOptions::at(qdrant.url()),
            installation: "test".to_owned(),
        };
        let index_dir = data.path().join("index");
        let open = move || ChunkIndexes::open_with_server(&index_dir, INDEX_OPTIONS, vectors);
        let index = opened(open).await;
        let models = Arc::new(FakeModels::default().with_embedder());
        let engine = engine_over(index, data.path(), models, None).await;
        Self::start_over(engine, data, listener, |_options| {})
    }

    /// A server on this listener, without models.
    pub(crate) async fn start_on(
        listener: TcpListener,
        change: impl FnOnce(&mut HttpOptions),
    ) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let engine = engine(data.path(), Arc::new(FakeModels::default()), None).await;
        Self::start_over(engine, data, listener, change)
    }

    fn start_over(
        engine: Engine,
        data: tempfile::TempDir,
        listener: TcpListener,
        change: impl FnOnce(&mut HttpOptions),
    ) -> Self {
        let address = listener.local_addr().expect("bound");
        let mut options = HttpOptions {
            api_key_hash: None,
            allowed_hosts: Vec::new(),
            max_upload_bytes: MAX_UPLOAD,
            max_json_bytes: 200_000,
            max_upload_parts: 8,
            max_answers_bytes: 64 << 20,
            answers_wait: Duration::from_secs(2),
            connections: ConnectionBounds::of(64, None),
            body_rate: BodyRateBounds {
                least_bytes_per_s: 0,
                grace: Duration::from_secs(60),
                whole: Duration::from_secs(60),
            },
            json_time: JsonBodyTime {
                least: Duration::from_secs(60),
                bytes_per_s: 1,
            },
            workers: 1,
            client_timeout: Duration::from_secs(10),
            shutdown_timeout: Duration::from_secs(5),
            continue_trace: None,
            model_aliases: BTreeMap::new(),
        };
        change(&mut options);
        let state = ServerState::new(engine.clone()).with_bodies_of(ALL_BODIES);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let shutdown = async {
                let _ = stopped.await;
            };
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(riddle_http::run(listener, state, options, shutdown))
        });
        Self {
            address,
            client: riddle_client::builder().build().expect("a client"),
            stop: Some(stop),
            thread: Some(thread),
            engine,
            _data: data,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.client
            .get(self.url(path))
            .send()
            .await
            .expect("an answer")
    }

    pub(crate) async fn get_json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.expect("JSON")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> reqwest::Response {
        self.client
            .post(self.url(path))
            .json(body)
            .send()
            .await
            .expect("an answer")
    }

    pub(crate) async fn upload(&self, base: &str, form: Form) -> reqwest::Response {
        let url = self.url(&format!("/api/v1/knowledge-bases/{base}/documents"));
        self.client
            .post(url)
            .multipart(form)
            .send()
            .await
            .expect("an answer")
    }

    pub(crate) async fn create_base(&self, name: &str) -> Value {
        let response = self
            .post("/api/v1/knowledge-bases", &json!({ "name": name }))
            .await;
        assert_eq!(response.status(), 201);
        response.json().await.expect("JSON")
    }

    /// The last event of a document's progress.
    pub(crate) async fn finished(&self, document: &Value) -> Value {
        let id = document["id"].as_str().expect("an id");
        let response = self.get(&format!("/api/v1/documents/{id}/events")).await;
        assert_eq!(
            response.headers()["content-type"],
            "text/event-stream; charset=utf-8"
        );
        let events = events(&response.text().await.expect("text"));
        let (name, last) = events.last().expect("an event").clone();
        assert_eq!(name, "progress");
        last
    }

    /// Uploads a document of this text and waits until it is ready.
    pub(crate) async fn add_ready(&self, base: &str, name: &str, text: &str) {
        let form = Form::new().part("file", file(name, text));
        let accepted: Value = self.upload(base, form).await.json().await.expect("JSON");
        let document = &accepted["documents"][0];
        assert_eq!(self.finished(document).await["status"], "ready");
    }

    /// A knowledge base with two searchable documents.
    pub(crate) async fn with_documents(base: &str) -> Self {
        Self::with_documents_and(Arc::new(FakeModels::default()), base).await
    }

    /// The same with these models.
    pub(crate) async fn with_documents_and(models: Arc<dyn ModelProvider>, base: &str) -> Self {
        let server = Self::start_with(models, |_options| {}).await;
        server.add_documents(base).await;
        server
    }

    /// Makes a knowledge base of two documents.
    pub(crate) async fn add_documents(&self, base: &str) {
        self.create_base(base).await;
        let form = Form::new()
            .text("metadata", json!({"team": "net", "year": 2024}).to_string())
            .part("file", file("ports.md", PORTS))
            .part("file", file("cakes.md", CAKES));
        let response = self.upload(base, form).await;
        assert_eq!(response.status(), 202);
        let accepted: Value = response.json().await.expect("JSON");
        for document in accepted["documents"].as_array().expect("a list") {
            assert_eq!(document["outcome"], "created");
            assert_eq!(self.finished(document).await["status"], "ready");
        }
    }

    /// Stops gracefully and waits for the end.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        let thread = self.thread.take().expect("running");
        let served = tokio::task::spawn_blocking(move || thread.join())
            .await
            .expect("joined");
        served.expect("no panic").expect("no error");
        self.engine.stop().await;
    }
}

pub(crate) const PORTS: &str =
    "# Network\n\n## Ports\n\nThe server listens on port 7180. Backups leave on port 9004.\n";
pub(crate) const CAKES: &str =
    "# Kitchen\n\nA cake needs flour, eggs and patience. It bakes for forty minutes.\n";

pub(crate) fn file(name: &str, content: &str) -> Part {
    Part::bytes(content.as_bytes().to_vec()).file_name(name.to_owned())
}

/// Name and data of each event; comments are left out.
pub(crate) fn events(text: &str) -> Vec<(String, Value)> {
    text.split("\n\n")
        .filter_map(|block| {
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            let data = field("data: ")?;
            let data =
                serde_json::from_str(data).unwrap_or_else(|_| Value::String(data.to_owned()));
            Some((field("event: ").unwrap_or_default().to_owned(), data))
        })
        .collect()
}

async fn engine(
    data: &std::path::Path,
    models: Arc<dyn ModelProvider>,
    slow_query: Option<Duration>,
) -> Engine {
    let index_dir = data.join("index");
    let index = opened(move || ChunkIndexes::open(&index_dir, INDEX_OPTIONS)).await;
    Box::pin(engine_over(index, data, models, slow_query)).await
}

async fn opened(
    open: impl FnOnce() -> Result<ChunkIndexes, IndexError> + Send + 'static,
) -> ChunkIndexes {
    let index = tokio::task::spawn_blocking(open).await;
    index.expect("no panic").expect("indexes")
}

async fn engine_over(
    index: ChunkIndexes,
    data: &std::path::Path,
    models: Arc<dyn ModelProvider>,
    slow_query: Option<Duration>,
) -> Engine {
    let store = Box::pin(SqlStore::open(&data.join("riddle.db")))
        .await
        .expect("a database");
    let limits = ExtractionLimits {
        memory_bytes: 1 << 30,
        cpu_seconds: 10,
        wall_time: Duration::from_secs(20),
        output_bytes: 1 << 20,
        documents_per_worker: 1,
    };
    // Plain text needs no child; the path leads nowhere, so that a document that does need one fails.
    let extractor = ExtractorOptions {
        pictures: None,
        program: data.join("none"),
        arguments: Vec::new(),
        limits,
    };
    let parts = EngineParts {
        store: Arc::new(store),
        index: Arc::new(index),
        models,
        library: Arc::new(FakeLibrary::empty()),
        clock: Arc::new(RunningClock),
        extractor: Arc::new(WorkerExtractor::new(extractor)),
        probe: Arc::new(()),
    };
    let options = EngineOptions {
        program: "/opt/riddle/riddle".into(),
        data_dir: data.to_path_buf(),
        index_dir: data.join("index"),
        parse_workers: 1,
        max_upload_bytes: MAX_UPLOAD,
        rerank_deadline: Duration::from_secs(1),
        fallback_deadline: Duration::from_secs(1),
        prompt_budget_tokens: 1_000,
        max_answer_tokens: 100,
        max_loaded_chats: 1,
        rewriting: riddle_core::Rewriting::Auto,
        max_concurrent_queries: 4,
        disk_reserve: Some(0),
        live: LiveOptions::default(),
        slow_query,
    };
    Engine::start(parts, options).await.expect("an engine")
}
