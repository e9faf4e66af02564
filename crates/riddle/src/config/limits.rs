use std::time::Duration;

use serde::Deserialize;

/// Threads that text recognition takes unasked; more are little faster.
const MOST_OCR_THREADS: u32 = 4;

/// Bounds on what one request or document may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Largest upload in MiB.
    pub(crate) max_upload_mib: u64,
    /// Memory of the extraction child in MiB.
    pub(crate) parser_memory_mib: u64,
    /// Seconds of one extraction.
    pub(crate) parser_seconds: u64,
    /// Documents parsed at the same time; 0 takes the number of cores.
    pub(crate) parse_workers: usize,
    /// Milliseconds of reranking in one request.
    pub(crate) rerank_deadline_ms: u64,
    /// Milliseconds of late interaction over an embedder, where no reranker is here; 0 leaves it out.
    pub(crate) stand_in_deadline_ms: u64,
    /// Tokens of passages in a prompt.
    pub(crate) prompt_budget_tokens: u32,
    /// Tokens of an answer when a request does not say.
    pub(crate) max_answer_tokens: u32,
    /// Searches and answers at the same time.
    pub(crate) max_concurrent_queries: usize,
    /// Connections at the same time; fewer where the limit on open files leaves room for fewer.
    pub(crate) max_connections: usize,
    /// Connections from one address; by default a quarter of all.
    pub(crate) max_connections_per_address: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_upload_mib: 256,
            parser_memory_mib: 2_048,
            parser_seconds: 120,
            parse_workers: 0,
            rerank_deadline_ms: 2_000,
            stand_in_deadline_ms: 300,
            prompt_budget_tokens: 2_048,
            max_answer_tokens: 512,
            max_concurrent_queries: 32,
            max_connections: 1_024,
            max_connections_per_address: None,
        }
    }
}

impl Limits {
    pub(super) fn with_cores(mut self, cores: usize) -> Self {
        if self.parse_workers == 0 {
            self.parse_workers = cores;
        }
        self
    }

    pub(crate) fn rerank_deadline(&self) -> Duration {
        Duration::from_millis(self.rerank_deadline_ms)
    }

    pub(crate) fn fallback_deadline(&self) -> Duration {
        Duration::from_millis(self.stand_in_deadline_ms)
    }
}

/// Whether and how the text in pictures is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OcrConfig {
    /// Where a model for it is here.
    pub(crate) enabled: bool,
    /// Catalogue name; by default the first of the role `ocr` that is here.
    pub(crate) model: Option<String>,
    /// Most pages of one document that are read.
    pub(crate) max_pages: u32,
    /// Largest picture.
    pub(crate) max_megapixels: u64,
    /// Seconds of one page.
    pub(crate) page_seconds: u64,
    /// Seconds of one document, after which no further page is begun.
    pub(crate) document_seconds: u64,
    /// Memory of the process that reads in MiB.
    pub(crate) memory_mib: u64,
    /// Threads that it computes with; 0 takes the number of cores, 4 at most.
    pub(crate) threads: u32,
}

impl Default for OcrConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            model: None,
            max_pages: 200,
            max_megapixels: 100,
            page_seconds: 60,
            document_seconds: 1_800,
            memory_mib: 3_072,
            threads: 0,
        }
    }
}

impl OcrConfig {
    pub(super) fn with_cores(mut self, cores: usize) -> Self {
        if self.threads == 0 {
            let cores = u32::try_from(cores).unwrap_or(MOST_OCR_THREADS);
            self.threads = cores.min(MOST_OCR_THREADS);
        }
        self
    }
}
