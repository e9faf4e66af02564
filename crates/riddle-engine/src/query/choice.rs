use riddle_core::{ModelError, Notice, RetrievalMode};

use super::parts::QueryParts;
use super::plan::{SearchPlan, invalid};
use crate::error::EngineError;
use crate::models::EmbedderHandle;

/// Which arms search, and what the user should know about it.
pub(super) struct ArmChoice {
    pub(super) mode: RetrievalMode,
    /// The embedder, if the dense arm searches.
    pub(super) dense: Option<EmbedderHandle>,
    pub(super) notices: Vec<Notice>,
}

/// Decides which arms search. A hybrid search does without its dense arm where that cannot help; a dense search is
/// what the user asked for, so there a missing embedder is an error.
pub(super) async fn choose_arms(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
    language: Option<&str>,
) -> Result<ArmChoice, EngineError> {
    if plan.mode == RetrievalMode::Bm25 {
        return Ok(bm25(None));
    }
    let Some(name) = &plan.knowledge_base.settings.embedder else {
        return without_embedder(plan);
    };
    let embedder = match load_matching(parts, plan, name).await {
        Ok(embedder) => embedder,
        Err(EngineError::Model(error)) => return degraded(plan.mode, name, error),
        Err(other) => return Err(other),
    };
    let foreign = language.filter(|language| !embedder.info.languages.covers(language));
    let Some(foreign) = foreign else {
        return Ok(with_dense(plan.mode, embedder, Vec::new()));
    };
    let (model, language) = (name.clone(), foreign.to_owned());
    if plan.mode == RetrievalMode::Hybrid {
        return Ok(bm25(Some(Notice::EmbedderLeftOut { model, language })));
    }
    let notice = Notice::EmbedderUnfit { model, language };
    Ok(with_dense(plan.mode, embedder, vec![notice]))
}

/// What becomes of a search whose embedder is missing or fails.
pub(super) fn degraded(
    mode: RetrievalMode,
    name: &str,
    error: ModelError,
) -> Result<ArmChoice, EngineError> {
    if mode == RetrievalMode::Dense {
        return Err(EngineError::Model(error));
    }
    tracing::warn!(model = name, %error, "dense search is left out");
    let model = name.to_owned();
    Ok(bm25(Some(Notice::EmbedderUnavailable { model })))
}

fn without_embedder(plan: &SearchPlan) -> Result<ArmChoice, EngineError> {
    if plan.mode == RetrievalMode::Dense {
        return Err(invalid(
            "this knowledge base has no embedder; search with mode bm25, or give it an embedder",
        ));
    }
    Ok(bm25(plan.mode_asked.then_some(Notice::NoEmbedder)))
}

/// The knowledge base's embedder, if its vectors may be compared with those in the index.
async fn load_matching(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
    name: &str,
) -> Result<EmbedderHandle, EngineError> {
    let embedder = parts.models.embedder(name).await?;
    let stored = plan.knowledge_base.embedder_fingerprint.as_ref();
    if stored.is_some_and(|stored| *stored != embedder.info.fingerprint) {
        return Err(EngineError::Model(ModelError::Unavailable {
            model: name.to_owned(),
            remedy: "its files differ from those that embedded this knowledge base; restore them or embed it again"
                .to_owned(),
        }));
    }
    Ok(embedder)
}

fn bm25(notice: Option<Notice>) -> ArmChoice {
    ArmChoice {
        mode: RetrievalMode::Bm25,
        dense: None,
        notices: notice.into_iter().collect(),
    }
}

fn with_dense(mode: RetrievalMode, embedder: EmbedderHandle, notices: Vec<Notice>) -> ArmChoice {
    ArmChoice {
        mode,
        dense: Some(embedder),
        notices,
    }
}
