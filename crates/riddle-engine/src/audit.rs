mod originals;
#[cfg(test)]
mod tests;
mod vectors;

pub use originals::{DamagedOriginal, OriginalsAudit};
pub use vectors::VectorsAudit;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use riddle_core::{ChunkId, KnowledgeBase, KnowledgeBaseId, StoreDigest};
use tokio::sync::Semaphore;

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::shared::Shared;

/// How long an audit waits for the indexes to apply what is written.
const SETTLE: Duration = Duration::from_secs(30);
/// Audits at the same time: each reads all of the database and of the indexes.
const AT_ONCE: usize = 2;
/// Seconds after which one that finds so many may come again.
const RETRY_AFTER_S: u32 = 60;
/// Name of the vector store in the report. It holds nothing of a knowledge base without dense search.
const VECTOR_STORE: &str = "vectors";

/// What an audit does beside comparing ids.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuditOptions {
    /// Queue what differs.
    pub repair: bool,
    /// Read all originals.
    pub originals: bool,
    /// Search for vectors by themselves.
    pub vectors: bool,
}

/// Whether the database and the indexes hold the same chunks.
#[derive(Clone, PartialEq, Debug)]
pub struct AuditReport {
    /// By knowledge base.
    pub knowledge_bases: Vec<KnowledgeBaseAudit>,
    /// Chunks queued for repair; 0 when all agree or no repair was asked for.
    pub repaired: u64,
    /// Damaged and missing originals, if the audit reads them.
    pub originals: Option<OriginalsAudit>,
    /// Vectors that are not found, if the audit searches for them.
    pub vectors: Option<VectorsAudit>,
}

/// One knowledge base.
#[derive(Clone, PartialEq, Debug)]
pub struct KnowledgeBaseAudit {
    pub id: KnowledgeBaseId,
    pub name: String,
    /// What the database says the indexes should hold.
    pub expected: StoreDigest,
    /// What each store holds, by its name.
    pub stores: Vec<(&'static str, StoreDigest)>,
    /// Whether all are equal.
    pub consistent: bool,
}

/// Compares the database with the indexes, and the originals with their hashes.
pub(crate) struct Audit {
    shared: Arc<Shared>,
    permits: Semaphore,
    /// Held while the originals are read, so that one audit reads them at a time.
    looking: tokio::sync::Mutex<()>,
}

impl Audit {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            permits: Semaphore::new(AT_ONCE),
            looking: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) async fn audit(&self, options: AuditOptions) -> Result<AuditReport, EngineError> {
        let Ok(_permit) = self.permits.try_acquire() else {
            return Err(too_many());
        };
        let (written, _trimmed) = self.shared.store.outbox_bounds().await?;
        self.shared.index_progress.wait_for(written, SETTLE).await;
        let mut report = AuditReport {
            knowledge_bases: Vec::new(),
            repaired: 0,
            originals: None,
            vectors: None,
        };
        for summary in self.shared.store.list_knowledge_bases().await? {
            let knowledge_base = summary.knowledge_base;
            let audit = self.audit_one(&knowledge_base).await?;
            if options.repair && !audit.consistent {
                report.repaired += self.repair(&knowledge_base).await?;
            }
            report.knowledge_bases.push(audit);
        }
        if report.repaired > 0 {
            self.shared.index_progress.wake();
        }
        if options.vectors {
            report.vectors = Some(self.audit_vectors().await?);
        }
        if options.originals {
            report.originals = Some(self.audit_originals().await?);
        }
        Ok(report)
    }

    async fn audit_one(
        &self,
        knowledge_base: &KnowledgeBase,
    ) -> Result<KnowledgeBaseAudit, EngineError> {
        let id = knowledge_base.id;
        let expected = self.shared.store.chunk_digest(id).await?;
        let index = self.shared.index.clone();
        let stores = run_blocking("reading the indexes", move || index.digests(id)).await??;
        let consistent = stores
            .iter()
            .all(|(store, digest)| *digest == expected_of(knowledge_base, store, expected));
        Ok(KnowledgeBaseAudit {
            id,
            name: knowledge_base.name.clone(),
            expected,
            stores,
            consistent,
        })
    }

    async fn repair(&self, knowledge_base: &KnowledgeBase) -> Result<u64, EngineError> {
        let id = knowledge_base.id;
        let expected: HashSet<ChunkId> = self
            .shared
            .store
            .expected_chunk_ids(id)
            .await?
            .into_iter()
            .collect();
        let index = self.shared.index.clone();
        let stores = run_blocking("reading the indexes", move || index.chunk_ids(id)).await??;
        let mut different: HashSet<ChunkId> = HashSet::new();
        for (store, held) in stores {
            let held: HashSet<ChunkId> = held.into_iter().collect();
            if store == VECTOR_STORE && knowledge_base.embedder_fingerprint.is_none() {
                different.extend(held);
            } else {
                different.extend(held.symmetric_difference(&expected));
            }
        }
        let different: Vec<ChunkId> = different.into_iter().collect();
        self.shared.store.enqueue_chunks(&different).await?;
        Ok(different.len() as u64)
    }
}

/// Others look already.
fn too_many() -> EngineError {
    EngineError::Overloaded {
        retry_after_s: RETRY_AFTER_S,
    }
}

fn expected_of(knowledge_base: &KnowledgeBase, store: &str, expected: StoreDigest) -> StoreDigest {
    if store == VECTOR_STORE && knowledge_base.embedder_fingerprint.is_none() {
        return StoreDigest::default();
    }
    expected
}
