use riddle_api::RerankBody;
use riddle_core::{RerankOptions, RetrievalSettings};

use super::convert::Convert;

/// Whether a request wants its candidates reranked, and how. A null takes the knowledge base's setting, as a field that
/// is not there does.
pub(crate) fn rerank_options(body: Option<RerankBody>) -> (Option<bool>, RerankOptions) {
    let body = body.unwrap_or_default();
    let options = RerankOptions {
        reranker: body.model,
        weight: body.weight,
        skip_lead: body.skip_lead,
        long_passages: body.long_passages.map(Convert::convert),
        cutoff_layer: body.cutoff_layer,
        deadline_ms: body.deadline_ms,
    };
    (body.enabled, options)
}

/// Changes the settings of a knowledge base; a null takes a setting back.
pub(super) fn change_reranking(settings: &mut RetrievalSettings, patch: RerankBody) {
    settings.rerank = patch.enabled.unwrap_or(settings.rerank);
    if let Some(model) = patch.model {
        settings.reranker = model;
    }
    settings.rerank_weight = patch.weight.unwrap_or(settings.rerank_weight);
    settings.rerank_skip_lead = patch.skip_lead.unwrap_or(settings.rerank_skip_lead);
    if let Some(long_passages) = patch.long_passages {
        settings.long_passages = long_passages.convert();
    }
    settings.cutoff_layer = patch.cutoff_layer.unwrap_or(settings.cutoff_layer);
    settings.rerank_deadline_ms = patch.deadline_ms.unwrap_or(settings.rerank_deadline_ms);
}
