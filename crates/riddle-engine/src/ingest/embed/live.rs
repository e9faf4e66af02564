use std::sync::Arc;

use riddle_core::{ModelError, Purpose};

use crate::error::{EngineError, InternalCause};
use crate::model_thread::Priority;
use crate::models::EmbedderHandle;
use crate::shared::Shared;

/// An embedder that is loaded again when its thread has ended.
pub(super) struct LiveEmbedder {
    shared: Arc<Shared>,
    embedder: EmbedderHandle,
}

impl LiveEmbedder {
    pub(super) fn new(shared: &Arc<Shared>, embedder: &EmbedderHandle) -> Self {
        Self {
            shared: Arc::clone(shared),
            embedder: embedder.clone(),
        }
    }

    /// One vector for each text. [`EngineError::Internal`] is the fault of these texts: if a call of others ended the
    /// thread, they are embedded by the model that is loaded in its place.
    pub(super) async fn embed(&mut self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EngineError> {
        loop {
            if self.embedder.has_ended() {
                self.embedder = self.loaded_again().await?;
            }
            let (purpose, priority) = (Purpose::Passage, Priority::Background);
            match self.embedder.embed(texts.clone(), purpose, priority).await {
                Err(EngineError::Internal {
                    source: InternalCause::NotBegun,
                    ..
                }) => {}
                made => return made.map(|(vectors, _waited)| vectors),
            }
        }
    }

    /// The same embedder on a new thread. Vectors of another one must not come under its fingerprint.
    async fn loaded_again(&self) -> Result<EmbedderHandle, EngineError> {
        let before = &self.embedder.info;
        let loaded = self.shared.models.embedder(&before.name).await?;
        let loaded = loaded.under(Some(&before.fingerprint));
        if loaded.info.fingerprint != before.fingerprint {
            return Err(EngineError::Model(ModelError::Failed {
                model: before.name.clone(),
                message: "its files are those of another model now; try again".to_owned(),
            }));
        }
        Ok(loaded)
    }
}
