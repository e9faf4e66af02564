//! Compares the originals of the documents with the hashes of what was uploaded.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use riddle_core::{
    ContentHash, Document, DocumentId, DocumentOrder, DocumentQuery, KnowledgeBaseId,
};

use crate::audit::{Audit, too_many};
use crate::blobs::BlobState;
use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::shared::Shared;

/// Documents of one page of the database.
const PAGE: u32 = 500;
/// Damaged documents that a report names.
const MOST_NAMED: usize = 1_000;
/// How often the log says how far it is.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// The result of reading all originals.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OriginalsAudit {
    /// Documents whose originals were read.
    pub checked: u64,
    /// Those that are damaged or missing.
    pub damaged: u64,
    /// The first of them.
    pub named: Vec<DamagedOriginal>,
}

/// A document whose original is not what was uploaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DamagedOriginal {
    pub document: DocumentId,
    pub name: String,
    /// Whether there is no file at all.
    pub missing: bool,
}

impl Audit {
    /// Reads every original and compares its hash. Pauses for as long as it reads, so that others get at the disk.
    pub(super) async fn audit_originals(&self) -> Result<OriginalsAudit, EngineError> {
        let Ok(_looking) = self.looking.try_lock() else {
            return Err(too_many());
        };
        let mut scan = OriginalsScan::default();
        for summary in self.shared.store.list_knowledge_bases().await? {
            self.scan_originals_of(summary.knowledge_base.id, &mut scan)
                .await?;
        }
        self.shared
            .damaged_originals
            .store(scan.report.damaged, Ordering::Relaxed);
        Ok(scan.report)
    }

    async fn scan_originals_of(
        &self,
        knowledge_base: KnowledgeBaseId,
        scan: &mut OriginalsScan,
    ) -> Result<(), EngineError> {
        let mut query = DocumentQuery {
            statuses: Vec::new(),
            name_contains: None,
            folder: None,
            order: DocumentOrder::Oldest,
            cursor: None,
            limit: PAGE,
        };
        loop {
            let page = self
                .shared
                .store
                .list_documents(knowledge_base, &query)
                .await?;
            for document in &page.documents {
                scan.at(&self.shared, document).await?;
            }
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                return Ok(());
            }
        }
    }
}

#[derive(Default)]
struct OriginalsScan {
    report: OriginalsAudit,
    /// States of the blobs read so far. Several documents may have the same bytes.
    known: HashMap<ContentHash, BlobState>,
    told: Option<Instant>,
}

impl OriginalsScan {
    async fn at(&mut self, shared: &Arc<Shared>, document: &Document) -> Result<(), EngineError> {
        if shared.stopping.is_cancelled() {
            return Err(EngineError::Stopping);
        }
        let state = match self.known.get(&document.sha256) {
            Some(state) => *state,
            None => self.read(shared, document).await?,
        };
        // The document may have been replaced or deleted since its page was read; then its blob may be gone.
        if state != BlobState::Sound && still_has(shared, document).await? {
            self.report.damaged += 1;
            if self.report.named.len() < MOST_NAMED {
                self.report.named.push(DamagedOriginal {
                    document: document.id,
                    name: document.name.clone(),
                    missing: state == BlobState::Missing,
                });
            }
        }
        self.report.checked += 1;
        let now = Instant::now();
        if now.duration_since(*self.told.get_or_insert(now)) >= TELL_EVERY {
            self.told = Some(now);
            let OriginalsAudit {
                checked, damaged, ..
            } = self.report;
            tracing::info!(checked, damaged, "looking through the originals");
        }
        Ok(())
    }

    async fn read(
        &mut self,
        shared: &Arc<Shared>,
        document: &Document,
    ) -> Result<BlobState, EngineError> {
        let (ground, hash) = (Arc::clone(shared), document.sha256);
        let started = Instant::now();
        let read = move || ground.blobs.state(hash);
        let state = run_blocking("reading an original", read).await??;
        self.known.insert(hash, state);
        tokio::time::sleep(started.elapsed()).await;
        Ok(state)
    }
}

async fn still_has(shared: &Shared, document: &Document) -> Result<bool, EngineError> {
    let now = shared.store.lookup_document(document.id).await?;
    Ok(now.is_some_and(|now| now.sha256 == document.sha256))
}
