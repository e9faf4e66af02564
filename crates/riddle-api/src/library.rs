mod adding;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use adding::{AddModelBody, AddRoleDto, AddedModelDto, FoundModelDto, ModelHubDto};

/// The models that can be used.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LibraryDto {
    pub models: Vec<ModelDto>,
    /// Whether the server refuses to fetch from the network.
    pub offline: bool,
    /// Folder of their files on the server.
    pub folder: String,
    /// The language model that answers where none is chosen; null where answers are quoted.
    pub default_chat: Option<String>,
}

/// A model, its files and whether it runs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "name": "bge-reranker-base", "role": "reranker", "kind": "cross_encoder", "layers": null, "state": "installed",
    "bytes_on_disk": 1_400_000_000_u64, "max_tokens": 512, "dimensions": null, "languages": ["en", "zh"],
    "license": "MIT", "source": "hub repository BAAI/bge-reranker-base@main", "loaded": true,
    "device": "onnxruntime cpu", "memory_bytes": 700_000_000_u64, "verifiable": true, "download": null
}))]
pub struct ModelDto {
    pub name: String,
    /// `embedder`, `reranker`, `chat`, or `ocr`, which reads the text in pictures.
    pub role: String,
    /// How a reranker scores: `cross_encoder`, `late_interaction`, `yes_no` or `layerwise`; null for others.
    pub kind: Option<String>,
    /// The layers that a layerwise reranker can stop at (`cutoff_layer`), where its files are here; null for others.
    pub layers: Option<LayersDto>,
    /// `absent`, `downloading`, `installed` or `incomplete`; the last is completed by a download.
    pub state: String,
    /// Bytes of its folder, with what was made of its files.
    pub bytes_on_disk: u64,
    /// Longest input in tokens; null of the role `ocr`.
    pub max_tokens: Option<usize>,
    /// Length of a vector, of an embedder.
    pub dimensions: Option<usize>,
    /// ISO 639-1 codes, or `multilingual` for about a hundred; empty where not known.
    pub languages: Vec<String>,
    /// SPDX identifier of the licence of its weights.
    pub license: Option<String>,
    /// Where it is fetched from first.
    pub source: Option<String>,
    /// Whether it is in memory.
    pub loaded: bool,
    /// The engine and device it runs on, if it is loaded.
    pub device: Option<String>,
    /// Estimate of the memory it takes when loaded.
    pub memory_bytes: Option<u64>,
    /// Whether there are published scores to compare its own with.
    pub verifiable: bool,
    /// Its latest download since the server was started.
    pub download: Option<DownloadDto>,
}

/// The layers that a reranker can stop at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"lowest": 8, "highest": 40}))]
pub struct LayersDto {
    pub lowest: u32,
    /// The one that it stops at by itself.
    pub highest: u32,
}

/// How far a download is, or how it ended.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "state": "running", "file": "model.safetensors", "done_bytes": 104_857_600, "total_bytes": 1_112_201_288,
    "error": null
}))]
pub struct DownloadDto {
    /// `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// The file on its way, or the last one; null before the first. Files come one after the other.
    pub file: Option<String>,
    /// Bytes of the file that are here, those of an earlier download included.
    pub done_bytes: u64,
    /// Length of the file, where the source says it.
    pub total_bytes: Option<u64>,
    /// Why it failed.
    pub error: Option<DownloadErrorDto>,
}

/// Why a download failed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"code": "download_failed", "message": "model `bge-m3`, hub repository BAAI/bge-m3@main, file `config.json`: hub.example answered 503; try again later"}))]
pub struct DownloadErrorDto {
    /// `download_failed`, `bad_file`, `disk_failed`, `model_busy` or `offline`.
    pub code: String,
    /// What is wrong and what to do, for people.
    pub message: String,
}

/// What came of looking into a model.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VerificationDto {
    /// `ok`: sound files, and the scores agree. `different`: a file is not what it should be, or a score differs.
    /// `no_golden_pairs`: sound files, and the model works; its publishers print no scores.
    pub verdict: String,
    /// The published scores; empty where none are known or a file is not sound.
    pub checks: Vec<ScoreCheckDto>,
    /// Its files.
    pub files: Vec<FileCheckDto>,
    /// Where it ran; null where a file is not sound.
    pub device: Option<String>,
}

/// A published score and the one that the model gives here.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"query": "what is panda?", "passage": "hi", "layer": null, "expected": -8.15, "got": -8.14, "ok": true}))]
pub struct ScoreCheckDto {
    pub query: String,
    pub passage: String,
    /// The layer whose score it is, of a layerwise reranker; null for the last layer and for others.
    pub layer: Option<u32>,
    /// The published raw score.
    pub expected: f32,
    /// The raw score here.
    pub got: f32,
    /// Whether they are as close as the precision lets them be.
    pub ok: bool,
}

/// A file of a model.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"path": "config.json", "problem": null}))]
pub struct FileCheckDto {
    /// Path within the model's folder.
    pub path: String,
    /// What is wrong with it and what to do, if anything.
    pub problem: Option<String>,
}
