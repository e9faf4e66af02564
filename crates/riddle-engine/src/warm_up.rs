use std::sync::Arc;

use riddle_core::error_chain;

use crate::models::{ChatChoice, Models};
use crate::shared::Shared;

/// Loads the models that the first question needs, so that it does not wait: first the default ones, then those of
/// knowledge bases that have documents. If a model cannot be loaded, health and the request that needs it report it.
pub(crate) async fn warm_up(shared: Arc<Shared>) {
    let models = &shared.models;
    let embedder = models.default_embedder();
    let reranker = models.default_reranker();
    warm_embedder(models, embedder.as_deref()).await;
    warm_reranker(models, reranker.as_deref()).await;
    if let Err(error) = models.chosen_chat(&ChatChoice::default()).await {
        tracing::warn!(%error, "the language model cannot be loaded");
    }
    let knowledge_bases = match shared.store.list_knowledge_bases().await {
        Ok(knowledge_bases) => knowledge_bases,
        Err(error) => {
            tracing::warn!(
                error = %error_chain(&error),
                "the models of the knowledge bases are not loaded yet"
            );
            return;
        }
    };
    for knowledge_base in knowledge_bases.iter().filter(|kb| kb.documents > 0) {
        let settings = &knowledge_base.knowledge_base.settings;
        warm_embedder(models, settings.embedder.as_deref()).await;
        let reranks = settings.retrieval.rerank;
        let reranker = settings.retrieval.reranker.as_deref();
        warm_reranker(models, reranker.filter(|_| reranks)).await;
    }
}

async fn warm_embedder(models: &Models, name: Option<&str>) {
    if let Some(model) = name
        && let Err(error) = models.embedder(model).await
    {
        tracing::warn!(model, %error, "an embedder cannot be loaded");
    }
}

async fn warm_reranker(models: &Models, name: Option<&str>) {
    if let Some(model) = name
        && let Err(error) = models.reranker(model).await
    {
        tracing::warn!(model, %error, "a reranker cannot be loaded");
    }
}
