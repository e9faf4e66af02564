use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether to repair what differs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"repair": false}))]
pub struct AuditBody {
    #[serde(default)]
    pub repair: bool,
}

/// Whether the database and the indexes hold the same chunks.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditDto {
    /// Whether all knowledge bases are consistent.
    pub consistent: bool,
    /// Chunks queued for repair.
    pub repaired: u64,
    pub knowledge_bases: Vec<KnowledgeBaseAuditDto>,
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
