use riddle_api::{
    ComputeDto, EngineChoiceDto, HealthDetails, HealthDto, ModelHealthDto, QueueHealthDto,
};
use riddle_core::{Compute, EngineChoice};
use riddle_engine::{Health, ModelHealth, QueueHealth};

use super::convert::{Convert, ConvertFrom};
use super::notice::notices;

/// What somebody without the key may know.
pub(crate) fn public_health(health: &Health) -> HealthDto {
    HealthDto {
        ok: health.ok,
        details: None,
    }
}

impl ConvertFrom<Health> for HealthDto {
    fn convert_from(health: Health) -> Self {
        Self {
            ok: health.ok,
            details: Some(HealthDetails {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                uptime_ms: health.uptime_ms,
                models: health.models.into_iter().map(Convert::convert).collect(),
                compute: health.compute.convert(),
                queue: health.queue.convert(),
                notices: notices(health.notices),
            }),
        }
    }
}

impl ConvertFrom<Compute> for ComputeDto {
    fn convert_from(compute: Compute) -> Self {
        Self {
            device: compute.device,
            reason: compute.reason,
            self_test_ms: compute.self_test_ms,
            engine: compute.engine.map(Convert::convert),
        }
    }
}

impl ConvertFrom<EngineChoice> for EngineChoiceDto {
    fn convert_from(choice: EngineChoice) -> Self {
        Self {
            used: choice.used,
            instructions: choice.instructions,
            native_ms: choice.native_ms,
            onnxruntime_ms: choice.onnxruntime_ms,
            reason: choice.reason,
        }
    }
}

impl ConvertFrom<ModelHealth> for ModelHealthDto {
    fn convert_from(model: ModelHealth) -> Self {
        Self {
            role: model.role.to_owned(),
            name: model.name,
            device: model.device,
            loaded: model.loaded,
            stand_in: model.fallback,
            waiting: model.waiting,
        }
    }
}

impl ConvertFrom<QueueHealth> for QueueHealthDto {
    fn convert_from(queue: QueueHealth) -> Self {
        Self {
            pending_documents: queue.pending_documents,
            outbox_lag: queue.outbox_lag,
            active_queries: queue.active_queries,
        }
    }
}
