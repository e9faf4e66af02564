//! Models without a knowledge base, for other tools.

mod counting;
mod embed;
mod fallback;
mod rerank;
mod tokenize;

use std::sync::Arc;

use riddle_core::{EmbedderInfo, LibraryRole, ModelError, RerankerInfo};

pub use embed::{EmbedTexts, EmbeddedTexts};
pub use rerank::{RerankPairs, RerankedPairs};

use crate::blocking::run_blocking;
use crate::bounds::{MAX_INFERENCE_CHARS, MAX_INFERENCE_TEXTS};
use crate::error::EngineError;
use crate::models::EmbedderHandle;
use crate::shared::Shared;

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

/// Refuses too many texts, and the first that is too long.
fn check_texts(texts: &[String]) -> Result<(), EngineError> {
    if texts.len() > MAX_INFERENCE_TEXTS {
        return Err(EngineError::TooManyTexts {
            count: texts.len(),
            limit: MAX_INFERENCE_TEXTS,
        });
    }
    match texts.iter().position(|text| is_too_long(text)) {
        Some(index) => Err(EngineError::TooManyCharacters {
            index,
            limit: MAX_INFERENCE_CHARS,
        }),
        None => Ok(()),
    }
}

fn is_too_long(text: &str) -> bool {
    // A character has a byte at least, so most texts need not be counted.
    text.len() > MAX_INFERENCE_CHARS && text.chars().count() > MAX_INFERENCE_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_counted_and_measured_in_characters() {
        let fits = "字".repeat(MAX_INFERENCE_CHARS);
        check_texts(std::slice::from_ref(&fits)).expect("fits");
        let error = check_texts(&["a".to_owned(), fits + "字"]).expect_err("too long");
        assert!(matches!(
            error,
            EngineError::TooManyCharacters { index: 1, .. }
        ));
        let many = vec![String::new(); MAX_INFERENCE_TEXTS + 1];
        let error = check_texts(&many).expect_err("too many");
        assert!(matches!(error, EngineError::TooManyTexts { .. }));
    }
}
