use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_core::{ChunkIndex, Clock, ModelLibrary, ModelProvider, Store, error_chain};
use tokio_util::sync::CancellationToken;

use crate::chats::{self, ChatState};
use crate::disk::DiskReserve;
use crate::error::EngineError;
use crate::health::WriteProbe;
use crate::ingest::point::IngestProbe;
use crate::ingest::{self, IngestState};
use crate::library::{self, LibraryState};
use crate::models::Models;
use crate::system::StorageCache;

/// The adapters an engine works with.
pub struct EngineParts {
    /// Everything that must not be lost.
    pub store: Arc<dyn Store>,
    /// The derived indexes.
    pub index: Arc<dyn ChunkIndex>,
    /// Where models come from.
    pub models: Arc<dyn ModelProvider>,
    /// The models that are known by name, and their files.
    pub library: Arc<dyn ModelLibrary>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Turns the bytes of a blob into text, in a child process.
    pub extractor: Arc<riddle_ingest::Extractor>,
    /// Told whenever the ingest path passes a named point; kill tests end the process there.
    pub probe: Arc<dyn IngestProbe>,
}

/// What a person may set.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Folder of blobs and temporary uploads; made if absent.
    pub data_dir: PathBuf,
    /// The file of the store, for its size.
    pub database: PathBuf,
    /// The folder of the indexes, for its size.
    pub index_dir: PathBuf,
    /// Documents parsed at the same time.
    pub parse_workers: usize,
    /// Largest upload in bytes.
    pub max_upload_bytes: u64,
    /// How long reranking may take in one request.
    pub rerank_deadline: Duration,
    /// Tokens of passages in a prompt at most.
    pub prompt_budget_tokens: u32,
    /// Upper bound of an answer in tokens when a request does not say.
    pub max_answer_tokens: u32,
    /// Searches and answers in work at the same time; more are refused.
    pub max_concurrent_queries: usize,
    /// Bytes of the disk that are kept free; without it a share of the disk, 256 MiB at most.
    pub disk_reserve: Option<u64>,
    /// Searches, answers and comparisons that take this long are logged with their stages.
    pub slow_query: Option<Duration>,
}

/// The use cases. Cloning is cheap.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

/// What all use cases share.
pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) index: Arc<dyn ChunkIndex>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) models: Models,
    pub(crate) library: LibraryState,
    pub(crate) storage: StorageCache,
    pub(crate) disk: DiskReserve,
    pub(crate) writes: WriteProbe,
    pub(crate) ingest: IngestState,
    pub(crate) chats: ChatState,
    pub(crate) options: EngineOptions,
    /// Permits of searches and answers.
    pub(crate) query_permits: Arc<tokio::sync::Semaphore>,
    pub(crate) started: Instant,
    /// Tells all background work to end; the one reason for [`EngineError::Stopping`].
    pub(crate) stopping: CancellationToken,
}

impl Engine {
    /// Recovers what the last run left undone and starts the background work.
    ///
    /// # Errors
    /// The data folder or the database cannot be used.
    pub async fn start(parts: EngineParts, options: EngineOptions) -> Result<Self, EngineError> {
        let inner = Arc::new(Inner::new(parts, options)?);
        chats::start(&inner).await?;
        ingest::start(&inner).await?;
        tokio::spawn(warm_up(Arc::clone(&inner)));
        Ok(Self { inner })
    }

    /// Ends background work at the next safe point and waits for it; jobs in work are given back untried,
    /// and answers in chats and downloads are kept as far as they came.
    pub async fn stop(&self) {
        self.inner.stopping.cancel();
        library::stop(&self.inner).await;
        ingest::stop(&self.inner).await;
        chats::stop(&self.inner).await;
    }
}

impl Inner {
    /// Everything in its place, and nothing runs yet.
    pub(crate) fn new(parts: EngineParts, options: EngineOptions) -> Result<Self, EngineError> {
        let ingest = IngestState::open(&options, parts.extractor, parts.probe)?;
        Ok(Self {
            store: parts.store,
            index: parts.index,
            clock: parts.clock,
            models: Models::new(parts.models),
            library: LibraryState::new(parts.library),
            storage: StorageCache::default(),
            disk: DiskReserve::new(&options.data_dir, options.disk_reserve),
            writes: WriteProbe::default(),
            ingest,
            chats: ChatState::new(),
            query_permits: Arc::new(tokio::sync::Semaphore::new(options.max_concurrent_queries)),
            options,
            started: Instant::now(),
            stopping: CancellationToken::new(),
        })
    }
}

/// Loads what the first question will need, so that it does not wait: first what serves where nothing is named, then
/// what knowledge bases with documents have of their own. What cannot be loaded is reported by health and by the
/// request that needs it.
pub(crate) async fn warm_up(inner: Arc<Inner>) {
    let models = &inner.models;
    let embedder = models.default_embedder();
    let reranker = models.default_reranker();
    warm_embedder(models, embedder.as_deref()).await;
    warm_reranker(models, reranker.as_deref()).await;
    if let Err(error) = models.chat().await {
        tracing::warn!(%error, "the language model cannot be loaded");
    }
    let knowledge_bases = match inner.store.list_knowledge_bases().await {
        Ok(knowledge_bases) => knowledge_bases,
        Err(error) => {
            tracing::warn!(
                error = %error_chain(&error),
                "the models of the knowledge bases are not loaded yet"
            );
            return;
        }
    };
    for knowledge_base in knowledge_bases.iter().filter(|kb| kb.documents > 0) {
        let settings = &knowledge_base.knowledge_base.settings;
        warm_embedder(models, settings.embedder.as_deref()).await;
        let reranks = settings.retrieval.rerank;
        let reranker = settings.retrieval.reranker.as_deref();
        warm_reranker(models, reranker.filter(|_| reranks)).await;
    }
}

async fn warm_embedder(models: &Models, name: Option<&str>) {
    if let Some(model) = name
        && let Err(error) = models.embedder(model).await
    {
        tracing::warn!(model, %error, "an embedder cannot be loaded");
    }
}

async fn warm_reranker(models: &Models, name: Option<&str>) {
    if let Some(model) = name
        && let Err(error) = models.reranker(model).await
    {
        tracing::warn!(model, %error, "a reranker cannot be loaded");
    }
}
