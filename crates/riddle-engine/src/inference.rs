//! Models without a knowledge base, for other tools.

mod embed;
mod fallback;
mod rerank;
mod tokenize;

use std::sync::Arc;

use riddle_core::{EmbedderInfo, LibraryRole, ModelError, RerankerInfo};

pub use embed::{EmbedTexts, EmbeddedTexts};
pub use rerank::{RerankPairs, RerankedPairs};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::models::EmbedderHandle;
use crate::shared::Shared;

/// Most texts in one request, for reranking and for embedding alike.
pub const MAX_INFERENCE_TEXTS: usize = 1_024;

/// The models that serve requests which name none.
#[derive(Clone, PartialEq, Debug)]
pub struct InferenceModels {
    /// The reranker; `None` where late interaction over the embedder is the fallback.
    pub reranker: Option<RerankerInfo>,
    pub embedder: Option<EmbedderInfo>,
}

pub(crate) struct Inference {
    shared: Arc<Shared>,
}

impl Inference {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) async fn inference_models(&self) -> Result<InferenceModels, EngineError> {
        let models = &self.shared.models;
        let reranker = match models.default_reranker() {
            Some(name) => Some(models.reranker(&name).await?.info.as_ref().clone()),
            None => None,
        };
        let embedder = match models.default_embedder() {
            Some(name) => Some(models.embedder(&name).await?.info.as_ref().clone()),
            None => None,
        };
        Ok(InferenceModels { reranker, embedder })
    }

    /// The embedder of this name, or the default one.
    async fn named_embedder(&self, name: Option<String>) -> Result<EmbedderHandle, EngineError> {
        let models = &self.shared.models;
        let name = name.or_else(|| models.default_embedder());
        let name = name.ok_or_else(|| ModelError::Unavailable {
            model: "embedder".to_owned(),
            remedy: "no embedding model is installed; run `riddle models pull all-minilm-l6-v2`"
                .to_owned(),
        })?;
        models.embedder(&name).await
    }

    pub(crate) async fn inference_model_names(&self) -> Vec<String> {
        let models = &self.shared.models;
        let rerankers = models.loaded_rerankers();
        let embedders = models.loaded_embedders();
        let mut names: Vec<String> = models.default_reranker().into_iter().collect();
        names.extend(
            rerankers
                .into_iter()
                .map(|(info, _waiting)| info.name.clone()),
        );
        names.extend(models.default_embedder());
        names.extend(
            embedders
                .into_iter()
                .map(|(info, _waiting)| info.name.clone()),
        );
        names.extend(self.installed().await);
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }
}

impl Inference {
    /// Rerankers, then embedders, whose files are here.
    async fn installed(&self) -> Vec<String> {
        let library = Arc::clone(&self.shared.library);
        let entries = run_blocking("looking for models", move || library.entries()).await;
        let entries = entries.unwrap_or_default();
        let of = |role: LibraryRole| {
            let of_role = entries
                .iter()
                .filter(move |entry| entry.here && entry.role == role);
            of_role.map(|entry| entry.name.clone())
        };
        of(LibraryRole::Reranker)
            .chain(of(LibraryRole::Embedder))
            .collect()
    }
}

fn check_count(texts: usize) -> Result<(), EngineError> {
    if texts > MAX_INFERENCE_TEXTS {
        return Err(EngineError::TooManyTexts {
            count: texts,
            limit: MAX_INFERENCE_TEXTS,
        });
    }
    Ok(())
}
