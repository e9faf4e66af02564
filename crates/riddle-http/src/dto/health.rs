use riddle_core::{Compute, EngineChoice};
use riddle_engine::{Health, ModelHealth, QueueHealth};
use serde::Serialize;
use utoipa::ToSchema;

use super::notice::{NoticeDto, notices};

/// What runs, on which device, with which models. Without the API key only `ok` is there.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthDto {
    /// Whether every store answers.
    ok: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    details: Option<HealthDetails>,
}

/// The part of the health report that needs the key.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthDetails {
    /// Milliseconds since the start.
    uptime_ms: u64,
    /// The models in use, and those that would be loaded on demand.
    models: Vec<ModelHealthDto>,
    /// Where embedders and rerankers run.
    compute: ComputeDto,
    /// What waits.
    queue: QueueHealthDto,
    /// What is missing, and what to do.
    notices: Vec<NoticeDto>,
}

/// One model.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"role": "embedder", "name": "all-minilm-l6-v2", "device": "onnxruntime cpu", "loaded": true, "stand_in": false, "waiting": 0}))]
pub(crate) struct ModelHealthDto {
    /// `embedder`, `reranker` or `chat`.
    role: &'static str,
    name: String,
    /// The engine and device it runs on.
    device: String,
    /// Whether it is in memory.
    loaded: bool,
    /// Whether it stands in for something better that is absent.
    stand_in: bool,
    /// Calls waiting for it.
    waiting: usize,
}

/// Where embedders and rerankers run.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "device": "cpu",
    "reason": null,
    "self_test_ms": null,
    "engine": {"used": "native", "instructions": "avx2", "native_ms": 48.2, "onnxruntime_ms": 71.9},
}))]
pub(crate) struct ComputeDto {
    /// `cpu`, or `cuda:0` with the name of the GPU where it is known.
    device: String,
    /// Why it is not the device that the configuration would rather have, if so, and what to do.
    reason: Option<String>,
    /// Milliseconds of the test that a GPU passed at the start.
    self_test_ms: Option<f64>,
    /// Which engine runs rerankers that both can run, where there was a choice: on a processor, with the engine `fastest`.
    engine: Option<EngineChoiceDto>,
}

/// An engine for rerankers, and what it was chosen by: the times of both engines for the same texts on this machine,
/// measured at the first start.
#[derive(Serialize, ToSchema)]
pub(crate) struct EngineChoiceDto {
    /// `native` or `onnxruntime`.
    used: String,
    /// Vector instructions that the native engine uses: `avx512-bf16`, `avx512`, `avx-vnni` or `avx2`.
    instructions: String,
    /// Milliseconds of the native engine.
    native_ms: f64,
    /// Milliseconds of ONNX Runtime.
    onnxruntime_ms: f64,
}

/// What waits.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueueHealthDto {
    /// Documents queued or in work.
    pending_documents: u64,
    /// Changes that the indexes have not applied yet.
    outbox_lag: u64,
    /// Searches and answers in work.
    active_queries: usize,
}

impl HealthDto {
    /// What somebody without the key may know.
    pub(crate) fn public(health: &Health) -> Self {
        Self {
            ok: health.ok,
            details: None,
        }
    }
}

impl From<Health> for HealthDto {
    fn from(health: Health) -> Self {
        Self {
            ok: health.ok,
            details: Some(HealthDetails {
                uptime_ms: health.uptime_ms,
                models: health.models.into_iter().map(Into::into).collect(),
                compute: health.compute.into(),
                queue: health.queue.into(),
                notices: notices(health.notices),
            }),
        }
    }
}

impl From<Compute> for ComputeDto {
    fn from(compute: Compute) -> Self {
        Self {
            device: compute.device,
            reason: compute.reason,
            self_test_ms: compute.self_test_ms,
            engine: compute.engine.map(Into::into),
        }
    }
}

impl From<EngineChoice> for EngineChoiceDto {
    fn from(choice: EngineChoice) -> Self {
        Self {
            used: choice.used,
            instructions: choice.instructions,
            native_ms: choice.native_ms,
            onnxruntime_ms: choice.onnxruntime_ms,
        }
    }
}

impl From<ModelHealth> for ModelHealthDto {
    fn from(model: ModelHealth) -> Self {
        Self {
            role: model.role,
            name: model.name,
            device: model.device,
            loaded: model.loaded,
            stand_in: model.stand_in,
            waiting: model.waiting,
        }
    }
}

impl From<QueueHealth> for QueueHealthDto {
    fn from(queue: QueueHealth) -> Self {
        Self {
            pending_documents: queue.pending_documents,
            outbox_lag: queue.outbox_lag,
            active_queries: queue.active_queries,
        }
    }
}
