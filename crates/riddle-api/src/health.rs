use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::notice::NoticeDto;

/// What runs, on which device, with which models. Without the API key only `ok` is there.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HealthDto {
    /// Whether all is well: every store answers, the database takes writes, the disk has room, and no original is known
    /// to be damaged. Where it is `false`, `notices` says why, and searches work.
    pub ok: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub details: Option<HealthDetails>,
}

/// The part of the health report that needs the key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HealthDetails {
    /// Version of the server.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// Milliseconds since the start.
    pub uptime_ms: u64,
    /// The models in use, and those that would be loaded on demand.
    pub models: Vec<ModelHealthDto>,
    /// Where embedders and rerankers run.
    pub compute: ComputeDto,
    /// What waits.
    pub queue: QueueHealthDto,
    /// What is missing, and what to do.
    pub notices: Vec<NoticeDto>,
}

/// One model.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"role": "embedder", "name": "all-minilm-l6-v2", "device": "onnxruntime cpu", "loaded": true, "stand_in": false, "waiting": 0}))]
pub struct ModelHealthDto {
    /// `embedder`, `reranker` or `chat`.
    pub role: String,
    pub name: String,
    /// The engine and device it runs on.
    pub device: String,
    /// Whether it is in memory.
    pub loaded: bool,
    /// Whether it is the fallback for a model that is absent.
    pub stand_in: bool,
    /// Calls waiting for it.
    pub waiting: usize,
}

/// Where embedders and rerankers run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "device": "cpu",
    "reason": null,
    "self_test_ms": null,
    "engine": {
        "used": "native",
        "instructions": "avx2",
        "native_ms": 48.2,
        "onnxruntime_ms": 71.9,
        "reason": "the native engine was 1.49 times as fast as ONNX Runtime",
    },
}))]
pub struct ComputeDto {
    /// `cpu`, or `cuda:0` with the name of the GPU where it is known.
    pub device: String,
    /// Why it is not the device that the configuration would rather have, if so, and what to do.
    pub reason: Option<String>,
    /// Milliseconds of the test that a GPU passed at the start.
    pub self_test_ms: Option<f64>,
    /// Which engine runs rerankers that both can run, where there was a choice: on a CPU, with the engine `fastest`.
    pub engine: Option<EngineChoiceDto>,
}

/// An engine for rerankers, and what it was chosen by: the times of both engines for the same texts on this machine,
/// measured at the first start.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EngineChoiceDto {
    /// `native` or `onnxruntime`.
    pub used: String,
    /// Instructions of the native engine: `avx512-bf16`, `avx512`, `avx-vnni`, `avx2`, or else `portable`.
    pub instructions: String,
    /// Milliseconds of the native engine.
    pub native_ms: f64,
    /// Milliseconds of ONNX Runtime.
    pub onnxruntime_ms: f64,
    /// Why it was chosen: how much faster it was, or that none was clearly faster.
    pub reason: String,
}

/// What waits.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QueueHealthDto {
    /// Documents queued or in work.
    pub pending_documents: u64,
    /// Changes that the indexes have not applied yet.
    pub outbox_lag: u64,
    /// Searches and answers in work.
    pub active_queries: usize,
}
