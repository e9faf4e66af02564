use riddle_core::{KnowledgeBaseId, StoreDigest};

use crate::engine::Engine;
use crate::error::EngineError;

/// Whether the database and the indexes hold the same chunks.
#[derive(Clone, PartialEq, Debug)]
pub struct AuditReport {
    /// By knowledge base.
    pub knowledge_bases: Vec<KnowledgeBaseAudit>,
    /// Chunks queued for repair; 0 when all agree or no repair was asked for.
    pub repaired: u64,
}

/// One knowledge base.
#[derive(Clone, PartialEq, Debug)]
pub struct KnowledgeBaseAudit {
    /// Identity.
    pub id: KnowledgeBaseId,
    /// Name.
    pub name: String,
    /// What the database says the indexes should hold.
    pub expected: StoreDigest,
    /// What each store holds, by its name.
    pub stores: Vec<(&'static str, StoreDigest)>,
    /// Whether all are equal.
    pub consistent: bool,
}

impl Engine {
    /// Compares counts and id digests of the database and the indexes, and with `repair` queues what differs.
    ///
    /// # Errors
    /// A store failed.
    pub async fn audit(&self, repair: bool) -> Result<AuditReport, EngineError> {
        todo!("{repair}")
    }
}
