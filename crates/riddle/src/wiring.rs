//! Puts the adapters together.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use riddle_engine::{Engine, EngineOptions, EngineParts, IngestPoint, IngestProbe};
use riddle_index::{ChunkIndexes, IndexOptions};
use riddle_ingest::{
    ExtractionLimits, ExtractorOptions, PictureLimits, PictureOptions, WorkerExtractor,
};
use riddle_store::SqlStore;

use crate::clock::SystemClock;
use crate::config::{Config, Limits, OcrConfig};
use crate::database;
use crate::ocr::OcrProgram;
use crate::provider::{LocalModels, ServedModels};
use crate::vectors;

/// Text of one document at most; a book has a few MiB.
const MAX_TEXT_BYTES: u64 = 64 << 20;
/// Documents after which an extraction child is replaced, so that what it leaks does not add up.
const DOCUMENTS_PER_CHILD: u32 = 200;

/// An engine on the data folder of the configuration, and its store, to be closed after it. The caller owns the folder.
pub(crate) async fn engine(
    config: &Config,
    kill_at: Option<KillAt>,
) -> anyhow::Result<(Engine, SqlStore)> {
    let store = Box::pin(database::open(config)).await?;
    let opened_dir = index_dir(config);
    let vectors = vectors::on_server(config)?;
    let open = move || match vectors {
        Some(vectors) => ChunkIndexes::open_with_server(&opened_dir, index_options(), vectors),
        None => ChunkIndexes::open(&opened_dir, index_options()),
    };
    let index = tokio::task::spawn_blocking(open).await?;
    let models = Arc::new(LocalModels::new(config)?);
    let served = Arc::new(ServedModels::new(Arc::clone(&models)));
    let pictures = PictureOptions {
        program: Arc::new(OcrProgram::new(&config.ocr, Arc::clone(&models))),
        limits: picture_limits(&config.ocr),
    };
    let extractor = ExtractorOptions {
        pictures: Some(pictures),
        ..extractor_options(&config.limits)?
    };
    let waking = Arc::clone(&models);
    tokio::task::spawn_blocking(move || waking.take_device()).await??;
    let parts = EngineParts {
        store: Arc::new(store.clone()),
        index: Arc::new(index.context("cannot open the indexes")?),
        models: Arc::<ServedModels>::clone(&served),
        library: served,
        clock: Arc::new(SystemClock),
        extractor: Arc::new(WorkerExtractor::new(extractor)),
        probe: Arc::new(kill_at.unwrap_or_default()),
    };
    let engine = Engine::start(parts, engine_options(config)?)
        .await
        .context("cannot start on this data folder")?;
    Ok((engine, store))
}

fn engine_options(config: &Config) -> anyhow::Result<EngineOptions> {
    Ok(EngineOptions {
        program: this_program()?,
        data_dir: config.data_dir.clone(),
        index_dir: index_dir(config),
        parse_workers: config.limits.parse_workers,
        max_upload_bytes: config.limits.max_upload_mib << 20,
        rerank_deadline: config.limits.rerank_deadline(),
        fallback_deadline: config.limits.fallback_deadline(),
        prompt_budget_tokens: config.limits.prompt_budget_tokens,
        max_answer_tokens: config.limits.max_answer_tokens,
        max_loaded_chats: config.chat.max_loaded.get(),
        rewriting: config.chat.rewrite.into(),
        max_concurrent_queries: config.limits.max_concurrent_queries,
        disk_reserve: config.disk_reserve,
        live: config.live.clone(),
        slow_query: config.log.slow_query(),
    })
}

/// Where the indexes lie.
pub(crate) fn index_dir(config: &Config) -> PathBuf {
    config.data_dir.join("index")
}

fn index_options() -> IndexOptions {
    IndexOptions {
        writer_memory_bytes: 50 << 20,
        writer_threads: 1,
    }
}

fn this_program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("this program cannot find itself")
}

/// How documents are parsed: by this program, started anew.
pub(crate) fn extractor_options(limits: &Limits) -> anyhow::Result<ExtractorOptions> {
    Ok(ExtractorOptions {
        program: this_program()?,
        arguments: vec!["extract-worker".to_owned()],
        limits: ExtractionLimits {
            memory_bytes: limits.parser_memory_mib << 20,
            cpu_seconds: limits.parser_seconds,
            wall_time: Duration::from_secs(limits.parser_seconds.saturating_mul(2)),
            output_bytes: MAX_TEXT_BYTES,
            documents_per_worker: DOCUMENTS_PER_CHILD,
        },
        pictures: None,
    })
}

fn picture_limits(ocr: &OcrConfig) -> PictureLimits {
    PictureLimits {
        pages: ocr.max_pages,
        pixels: ocr.max_megapixels.saturating_mul(1_000_000),
        memory_bytes: ocr.memory_mib << 20,
        page_time: Duration::from_secs(ocr.page_seconds),
        document_time: Duration::from_secs(ocr.document_seconds),
        threads: ocr.threads,
    }
}

/// Ends this process by SIGKILL at a named point of the ingest path, or never.
#[derive(Default)]
pub(crate) struct KillAt {
    point: Option<IngestPoint>,
    remaining: AtomicU64,
}

impl KillAt {
    /// Reads `POINT:N`.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let (point, count) = text.split_once(':').unwrap_or((text, "1"));
        let known = || IngestPoint::ALL.map(IngestPoint::as_str).join(", ");
        let point = IngestPoint::parse(point)
            .with_context(|| format!("no point `{point}`; there are {}", known()))?;
        let count: u64 = count
            .parse()
            .context("the count after the colon must be a number")?;
        Ok(Self {
            point: Some(point),
            remaining: AtomicU64::new(count.max(1)),
        })
    }
}

impl IngestProbe for KillAt {
    fn reached(&self, point: IngestPoint) {
        if self.point == Some(point) && self.remaining.fetch_sub(1, Ordering::SeqCst) == 1 {
            // Cannot fail for the own process; should it, the test sees a server that lives on.
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
        }
    }
}
