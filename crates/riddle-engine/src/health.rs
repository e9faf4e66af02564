//! The health report.

mod notice;
mod writes;

pub use notice::HealthNotice;
pub(crate) use writes::WriteProbe;
use writes::{WriteHealth, write_health};

use riddle_core::Compute;

use crate::disk::Writing;
use crate::engine::Engine;
use crate::error::{EngineError, internal_errors};

/// What runs, on which device, with which models.
#[derive(Clone, PartialEq, Debug)]
pub struct Health {
    /// Whether all is well: every store answers, the database takes writes, and the disk has room.
    pub ok: bool,
    /// Whether the stores can be read. Where they can, searches work, whatever else is wrong.
    pub readable: bool,
    /// Milliseconds since the start.
    pub uptime_ms: u64,
    /// The models in use, and those that would be loaded on demand.
    pub models: Vec<ModelHealth>,
    /// Where embedders and rerankers run.
    pub compute: Compute,
    /// What waits.
    pub queue: QueueHealth,
    /// Panics and other internal errors since the process was started.
    pub internal_errors: u64,
    /// What is missing, and what to do.
    pub notices: Vec<HealthNotice>,
}

/// One model.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelHealth {
    /// `embedder`, `reranker` or `chat`.
    pub role: &'static str,
    /// Catalogue name.
    pub name: String,
    /// The engine and device it runs on, such as `onnxruntime cpu`.
    pub device: String,
    /// Whether it is in memory.
    pub loaded: bool,
    /// Whether it stands in for something better that is absent.
    pub stand_in: bool,
    /// Calls waiting for it.
    pub waiting: usize,
}

/// What waits.
#[derive(Clone, PartialEq, Debug)]
pub struct QueueHealth {
    /// Documents queued or in work.
    pub pending_documents: u64,
    /// Outbox rows whose documents are not published yet.
    pub outbox_lag: u64,
    /// Searches and answers in work.
    pub active_queries: usize,
}

/// Device of a model that has not been loaded yet.
const NOT_LOADED: &str = "loaded on first use";

impl Engine {
    /// What runs now.
    ///
    /// # Errors
    /// None today: what is wrong makes `ok` false and is among the notices.
    pub async fn health(&self) -> Result<Health, EngineError> {
        let inner = &self.inner;
        let pending = inner.store.pending_jobs().await;
        let bounds = inner.store.outbox_bounds().await;
        let readable = pending.is_ok() && bounds.is_ok();
        let written = bounds.map_or(0, |(written, _trimmed)| written);
        let mut notices = self.trouble().await;
        let ok = readable && notices.is_empty();
        let models = self.models_health(&mut notices).await;
        Ok(Health {
            ok,
            readable,
            uptime_ms: u64::try_from(inner.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            models,
            compute: inner.models.compute(),
            queue: QueueHealth {
                pending_documents: pending.unwrap_or(0),
                outbox_lag: written.saturating_sub(*inner.ingest.position.borrow()),
                active_queries: inner
                    .options
                    .max_concurrent_queries
                    .saturating_sub(inner.query_permits.available_permits()),
            },
            internal_errors: internal_errors(),
            notices,
        })
    }

    /// What keeps the server from taking anything new.
    async fn trouble(&self) -> Vec<HealthNotice> {
        let mut trouble = Vec::new();
        if let Err(full) = self.inner.disk.check(Writing::New, 0) {
            trouble.push(HealthNotice::DiskFull {
                problem: full.to_string(),
            });
        }
        if let WriteHealth::Refused(problem) = write_health(&self.inner).await {
            trouble.push(HealthNotice::WritesRefused { problem });
        }
        if let Some(damaged) = self.inner.ingest.damage.found() {
            trouble.push(HealthNotice::DamagedOriginals { documents: damaged });
        }
        trouble
    }

    /// The models in use and those that would be loaded on demand; what is missing is said in `notices`.
    pub(crate) async fn models_health(&self, notices: &mut Vec<HealthNotice>) -> Vec<ModelHealth> {
        let models = &self.inner.models;
        let mut all = Vec::new();
        for (info, waiting) in models.loaded_embedders() {
            all.push(model("embedder", &info.name, &info.device, waiting));
        }
        match models.default_embedder() {
            Some(name) => add_unloaded(&mut all, "embedder", name),
            None => notices.push(HealthNotice::NoEmbedder),
        }
        let embedder = all.first().cloned();
        for (info, waiting) in models.loaded_rerankers() {
            all.push(model("reranker", &info.name, &info.device, waiting));
        }
        match (models.default_reranker(), embedder) {
            (Some(name), _) => add_unloaded(&mut all, "reranker", name),
            (None, Some(embedder)) => {
                notices.push(HealthNotice::StandIn {
                    model: embedder.name.clone(),
                });
                all.push(ModelHealth {
                    role: "reranker",
                    stand_in: true,
                    ..embedder
                });
            }
            (None, None) => notices.push(HealthNotice::NoReranker),
        }
        match models.loaded_chat() {
            Some(Ok(Some(chat))) => {
                let info = chat.info();
                all.push(model(
                    "chat",
                    &info.name,
                    &format!("{} {}", info.engine, info.device),
                    0,
                ));
            }
            Some(Ok(None)) => notices.push(HealthNotice::NoLanguageModel),
            Some(Err(error)) => notices.push(HealthNotice::LanguageModelFailed {
                problem: error.to_string(),
            }),
            None => notices.push(HealthNotice::LanguageModelLoading),
        }
        all
    }
}

fn model(role: &'static str, name: &str, device: &str, waiting: usize) -> ModelHealth {
    ModelHealth {
        role,
        name: name.to_owned(),
        device: device.to_owned(),
        loaded: true,
        stand_in: false,
        waiting,
    }
}

fn add_unloaded(all: &mut Vec<ModelHealth>, role: &'static str, name: String) {
    if !all
        .iter()
        .any(|model| model.role == role && model.name == name)
    {
        let device = NOT_LOADED.to_owned();
        all.push(ModelHealth {
            role,
            name,
            device,
            loaded: false,
            stand_in: false,
            waiting: 0,
        });
    }
}
