use riddle_api::{
    ChunkingDto, ChunkingPatch, CreateKnowledgeBase, EmbedderChangeDto, EmbedderSuggestionDto,
    KnowledgeBaseDto, KnowledgeBaseListDto, PatchKnowledgeBase, RetrievalPatch,
    RetrievalSettingsDto,
};
use riddle_core::{
    ChunkingSettings, KnowledgeBase, KnowledgeBaseSettings, KnowledgeBaseSummary, RetrievalMode,
    RetrievalSettings, language_name, rfc3339,
};
use riddle_engine::{
    EmbedderChange, EmbedderSuggestion, KnowledgeBasePatch, KnowledgeBaseView, NewKnowledgeBase,
};

use super::convert::{Convert, ConvertFrom};
use super::rerank_options::change_reranking;
use super::search::mode_name;

/// The name that asks for no embedder.
const NO_EMBEDDER: &str = "none";

impl ConvertFrom<CreateKnowledgeBase> for NewKnowledgeBase {
    fn convert_from(body: CreateKnowledgeBase) -> Self {
        let embedder = body.embedder.clone().filter(|name| name != NO_EMBEDDER);
        let without = body.embedder.as_deref() == Some(NO_EMBEDDER);
        // Whether the server has a default embedder is the engine's to know; a mode nobody chose must suit both.
        let mut defaults = KnowledgeBaseSettings::with_embedder(embedder);
        if !without {
            defaults.retrieval.mode = RetrievalMode::Hybrid;
        }
        Self {
            name: body.name,
            description: body.description,
            embedder: body.embedder,
            chunking: body
                .chunking
                .map(|patch| chunking(patch, defaults.chunking)),
            retrieval: body
                .retrieval
                .map(|patch| changed_retrieval(patch, defaults.retrieval)),
            chat_model: body.chat_model,
            examples: body.examples,
        }
    }
}

/// The change of a knowledge base, given its settings of now.
pub(crate) fn knowledge_base_patch(
    patch: PatchKnowledgeBase,
    current: Option<KnowledgeBaseSettings>,
) -> KnowledgeBasePatch {
    let current = current.unwrap_or_else(|| KnowledgeBaseSettings::with_embedder(None));
    KnowledgeBasePatch {
        name: patch.name,
        description: patch.description,
        chunking: patch
            .chunking
            .map(|patch| chunking(patch, current.chunking)),
        retrieval: patch
            .retrieval
            .map(|patch| changed_retrieval(patch, current.retrieval)),
        chat_model: patch.chat_model,
        examples: patch.examples,
        embedder: patch.embedder,
        dismiss_suggestion: patch.dismiss_suggestion,
    }
}

fn chunking(patch: ChunkingPatch, current: ChunkingSettings) -> ChunkingSettings {
    ChunkingSettings {
        max_tokens: patch.max_tokens.unwrap_or(current.max_tokens),
        overlap_tokens: patch.overlap_tokens.unwrap_or(current.overlap_tokens),
    }
}

/// Settings with a change in them.
pub(crate) fn changed_retrieval(
    patch: RetrievalPatch,
    mut settings: RetrievalSettings,
) -> RetrievalSettings {
    settings.top_k = patch.top_k.unwrap_or(settings.top_k);
    settings.top_n = patch.top_n.unwrap_or(settings.top_n);
    settings.mode = patch.mode.map_or(settings.mode, Convert::convert);
    settings.fusion = patch.fusion.map_or(settings.fusion, Convert::convert);
    if let Some(rerank) = patch.rerank {
        change_reranking(&mut settings, rerank);
    }
    settings
}

impl ConvertFrom<KnowledgeBaseView> for KnowledgeBaseDto {
    fn convert_from(view: KnowledgeBaseView) -> Self {
        Self {
            embedder_suggestion: view.suggestion.map(Convert::convert),
            embedder_change: view.change.map(Convert::convert),
            ..Self::convert_from(view.summary)
        }
    }
}

impl ConvertFrom<EmbedderSuggestion> for EmbedderSuggestionDto {
    fn convert_from(suggestion: EmbedderSuggestion) -> Self {
        let reason = format!(
            "Some of its documents are in {}, which the embedder `{}` does not know, so they are found by their words \
             alone. `{}` knows about a hundred languages.",
            language_name(&suggestion.language),
            suggestion.present,
            suggestion.embedder
        );
        Self {
            embedder: suggestion.embedder,
            here: suggestion.here,
            language: suggestion.language,
            reason,
        }
    }
}

impl ConvertFrom<EmbedderChange> for EmbedderChangeDto {
    fn convert_from(change: EmbedderChange) -> Self {
        Self {
            embedder: change.embedder,
            done: change.done,
            total: change.total,
            problem: change.problem,
        }
    }
}

impl ConvertFrom<KnowledgeBaseSummary> for KnowledgeBaseDto {
    fn convert_from(summary: KnowledgeBaseSummary) -> Self {
        Self {
            documents: summary.documents,
            chunks: summary.chunks,
            ..Self::convert_from(summary.knowledge_base)
        }
    }
}

impl ConvertFrom<KnowledgeBase> for KnowledgeBaseDto {
    /// A new knowledge base, with nothing in it.
    fn convert_from(knowledge_base: KnowledgeBase) -> Self {
        let settings = knowledge_base.settings;
        Self {
            id: knowledge_base.id.0,
            name: knowledge_base.name,
            description: knowledge_base.description,
            embedder: settings.embedder,
            chunking: ChunkingDto {
                max_tokens: settings.chunking.max_tokens,
                overlap_tokens: settings.chunking.overlap_tokens,
            },
            retrieval: settings.retrieval.convert(),
            chat_model: settings.chat_model,
            examples: settings.examples,
            embedder_suggestion: None,
            embedder_change: None,
            documents: 0,
            chunks: 0,
            created_at: rfc3339(knowledge_base.created_at),
        }
    }
}

impl ConvertFrom<RetrievalSettings> for RetrievalSettingsDto {
    fn convert_from(retrieval: RetrievalSettings) -> Self {
        Self {
            top_k: retrieval.top_k,
            top_n: retrieval.top_n,
            mode: mode_name(retrieval.mode),
            fusion: retrieval.fusion.convert(),
            rerank: retrieval.rerank,
            reranker: retrieval.reranker,
            rerank_weight: retrieval.rerank_weight,
            rerank_skip_lead: retrieval.rerank_skip_lead,
            long_passages: retrieval.long_passages.as_str().to_owned(),
            cutoff_layer: retrieval.cutoff_layer,
            rerank_deadline_ms: retrieval.rerank_deadline_ms,
        }
    }
}

impl ConvertFrom<Vec<KnowledgeBaseView>> for KnowledgeBaseListDto {
    fn convert_from(views: Vec<KnowledgeBaseView>) -> Self {
        Self {
            knowledge_bases: views.into_iter().map(Convert::convert).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_null_resets_and_an_absent_field_stays() {
        let mut current = KnowledgeBaseSettings::with_embedder(None);
        current.retrieval.reranker = Some("x".to_owned());
        current.retrieval.rerank_weight = Some(0.5);
        let patch: PatchKnowledgeBase =
            serde_json::from_value(json!({"retrieval": {"rerank": {"model": null}, "top_n": 5}}))
                .expect("fits");
        let retrieval = knowledge_base_patch(patch, Some(current))
            .retrieval
            .expect("changed");
        assert_eq!(retrieval.reranker, None);
        assert_eq!(retrieval.rerank_weight, Some(0.5));
        assert_eq!((retrieval.top_k, retrieval.top_n), (20, 5));
    }
}
