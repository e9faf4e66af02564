use crate::engine::Engine;
use crate::error::EngineError;

/// What runs, on which device, with which models.
#[derive(Clone, PartialEq, Debug)]
pub struct Health {
    /// Whether every store answers.
    pub ok: bool,
    /// Milliseconds since the start.
    pub uptime_ms: u64,
    /// The models in use, and those that would be loaded on demand.
    pub models: Vec<ModelHealth>,
    /// What waits.
    pub queue: QueueHealth,
    /// Sentences about what is missing and what to do.
    pub notices: Vec<String>,
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
    /// Outbox rows that the indexes have not applied yet.
    pub outbox_lag: u64,
    /// Searches and answers in work.
    pub active_queries: usize,
}

impl Engine {
    /// What runs now.
    ///
    /// # Errors
    /// None today: a store that does not answer makes `ok` false.
    pub async fn health(&self) -> Result<Health, EngineError> {
        todo!()
    }
}
