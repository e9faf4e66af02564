use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether to repair what differs, and what to look at.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"repair": false}))]
pub struct AuditBody {
    #[serde(default)]
    pub repair: bool,
    /// Read the originals of all documents too and compare their hashes. It takes as long as reading them all twice.
    #[serde(default)]
    pub originals: bool,
    /// Search for up to 1,000 vectors of each knowledge base by themselves.
    #[serde(default)]
    pub vectors: bool,
}

/// Whether the database and the indexes hold the same chunks.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditDto {
    /// Whether all knowledge bases are consistent.
    pub consistent: bool,
    /// Chunks queued for repair.
    pub repaired: u64,
    pub knowledge_bases: Vec<KnowledgeBaseAuditDto>,
    /// What was found in the originals, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub originals: Option<OriginalsAuditDto>,
    /// What became of searching for vectors by themselves, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vectors: Option<VectorsAuditDto>,
}

/// Whether the originals of the documents are still what was uploaded.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OriginalsAuditDto {
    /// Documents whose originals were read.
    pub checked: u64,
    /// Those that are damaged or missing; upload them again.
    pub damaged: u64,
    /// The first 1,000 of them.
    pub documents: Vec<DamagedOriginalDto>,
}

/// A document whose original is not what was uploaded.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DamagedOriginalDto {
    pub id: Uuid,
    pub name: String,
    /// Whether there is no file at all.
    pub missing: bool,
}

/// Whether chunks are found by the vectors that were made of them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VectorsAuditDto {
    /// Vectors that were searched for.
    pub checked: u64,
    /// Those whose chunk was not among the first hits, or there with another vector. A search is not exact: one in
    /// hundreds is no loss.
    pub not_found: u64,
    /// The first 100 of their chunks.
    pub chunks: Vec<Uuid>,
}

/// One knowledge base.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KnowledgeBaseAuditDto {
    pub id: Uuid,
    pub name: String,
    pub consistent: bool,
    /// What the database says the indexes should hold.
    pub expected: DigestDto,
    /// What each index holds.
    pub stores: Vec<StoreDto>,
}

/// What one index holds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StoreDto {
    pub name: String,
    #[serde(flatten)]
    pub digest: DigestDto,
}

/// How many chunks, and which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DigestDto {
    pub count: u64,
    /// Equal for equal sets of chunks, in hexadecimal.
    pub digest: String,
}
