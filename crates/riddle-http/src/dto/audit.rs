use riddle_core::StoreDigest;
use riddle_engine::{AuditReport, KnowledgeBaseAudit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether to repair what differs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"repair": false}))]
pub(crate) struct AuditBody {
    #[serde(default)]
    pub(crate) repair: bool,
}

/// Whether the database and the indexes hold the same chunks.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditDto {
    /// Whether all knowledge bases are consistent.
    consistent: bool,
    /// Chunks queued for repair.
    repaired: u64,
    knowledge_bases: Vec<KnowledgeBaseAuditDto>,
}

/// One knowledge base.
#[derive(Serialize, ToSchema)]
pub(crate) struct KnowledgeBaseAuditDto {
    id: Uuid,
    name: String,
    consistent: bool,
    /// What the database says the indexes should hold.
    expected: DigestDto,
    /// What each index holds.
    stores: Vec<StoreDto>,
}

/// What one index holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoreDto {
    name: &'static str,
    #[serde(flatten)]
    digest: DigestDto,
}

/// How many chunks, and which.
#[derive(Serialize, ToSchema)]
pub(crate) struct DigestDto {
    count: u64,
    /// Equal for equal sets of chunks, in hexadecimal.
    digest: String,
}

impl From<AuditReport> for AuditDto {
    fn from(report: AuditReport) -> Self {
        Self {
            consistent: report.knowledge_bases.iter().all(|audit| audit.consistent),
            repaired: report.repaired,
            knowledge_bases: report.knowledge_bases.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<KnowledgeBaseAudit> for KnowledgeBaseAuditDto {
    fn from(audit: KnowledgeBaseAudit) -> Self {
        let store = |(name, digest): (&'static str, StoreDigest)| StoreDto {
            name,
            digest: digest.into(),
        };
        Self {
            id: audit.id.0,
            name: audit.name,
            consistent: audit.consistent,
            expected: audit.expected.into(),
            stores: audit.stores.into_iter().map(store).collect(),
        }
    }
}

impl From<StoreDigest> for DigestDto {
    fn from(digest: StoreDigest) -> Self {
        Self {
            count: digest.count,
            digest: format!("{:016x}", digest.digest),
        }
    }
}
