use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::DownloadDto;

/// A model that the catalogue does not have.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"model": "BAAI/bge-large-zh-v1.5"}))]
pub struct AddModelBody {
    /// `owner/name` of a repository, with `:Q4_K_M` behind it for one of its GGUF files, or the address of its page at
    /// Hugging Face or ModelScope. Folders of the server's machine are added there, by `riddle models add FOLDER`.
    #[schema(min_length = 1, max_length = 500)]
    pub model: String,
    /// The name that it gets; otherwise made of the repository's.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// What it is for, where its files leave that open.
    pub role: Option<AddRoleDto>,
    /// The hub that an id means; otherwise that of the configuration.
    pub source: Option<ModelHubDto>,
    /// A commit, tag or branch; otherwise the newest.
    #[schema(min_length = 1, max_length = 200)]
    pub revision: Option<String>,
    /// Put before questions by an embedder; otherwise what its files say.
    #[schema(max_length = 1000)]
    pub query_prefix: Option<String>,
    /// Put before passages by an embedder; otherwise what its files say.
    #[schema(max_length = 1000)]
    pub passage_prefix: Option<String>,
}

/// What an added model is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AddRoleDto {
    Embedder,
    Reranker,
    Chat,
}

/// A hub of models, or the mirror of it that the configuration names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModelHubDto {
    HuggingFace,
    ModelScope,
}

/// What a model turns out to be before it is fetched.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "name": "bge-large-zh-v1.5", "role": "embedder", "kind": null, "format": "safetensors", "architecture": "bert",
    "license": "MIT", "source": "hub repository BAAI/bge-large-zh-v1.5@79e7739b6ab944e86d6171e44d24c997fc1e0116",
    "bytes": 1_302_000_000_u64, "memory_bytes": 400_000_000_u64, "max_tokens": 512, "dimensions": 1024,
    "languages": ["zh"], "files": ["config.json", "tokenizer.json", "model.safetensors"],
    "recognised": ["an embedder: BERT with 24 layers (config.json)"],
    "assumed": ["prompts of the family bge v1.5, which its files do not say"], "obstacle": null
}))]
pub struct FoundModelDto {
    /// The name that it gets.
    pub name: String,
    /// `embedder`, `reranker` or `chat`.
    pub role: String,
    /// How a reranker scores: `cross_encoder`, `late_interaction` or `yes_no`; null for others.
    pub kind: Option<String>,
    /// `safetensors`, `onnx` or `gguf`.
    pub format: String,
    pub architecture: String,
    /// SPDX identifier of the licence of its weights, as far as its files say it.
    pub license: Option<String>,
    /// Where it is fetched from.
    pub source: Option<String>,
    /// Bytes to fetch, as far as they are known.
    pub bytes: u64,
    /// Estimate of the memory it takes when loaded.
    pub memory_bytes: Option<u64>,
    /// Longest input in tokens.
    pub max_tokens: Option<usize>,
    /// Length of a vector, of an embedder.
    pub dimensions: Option<usize>,
    /// ISO 639-1 codes, or `multilingual` for about a hundred; empty where not known.
    pub languages: Vec<String>,
    pub files: Vec<String>,
    /// What its files say, a sentence each.
    pub recognised: Vec<String>,
    /// What they do not say and was taken to be so, a sentence each.
    pub assumed: Vec<String>,
    /// Why it cannot be added under this name, and what to do; null where it can.
    pub obstacle: Option<String>,
}

/// A model that is being added.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AddedModelDto {
    /// Its name, by which its download is followed and cancelled.
    pub name: String,
    pub download: DownloadDto,
}
