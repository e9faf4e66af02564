mod reranking;

use std::time::Instant;

use riddle_core::{AskRequest, CompareRequest, Filter, Fusion, RetrievalMode, SearchRequest};

use crate::bounds::{MAX_QUERY_CHARS, MAX_TOP_K};
use crate::error::EngineError;
use crate::fusion::check_fusion;
use crate::models::ChatChoice;
use crate::query::ports::QueryPorts;
use crate::reranking::check_reranker;
use crate::scope::Scope;
use crate::timing::by;

pub(crate) use reranking::Reranking;

/// Default candidates and passages of a comparison.
const COMPARE_TOP: (u32, u32) = (10, 3);

/// A checked request: all values are set and within bounds.
#[derive(Clone, Debug)]
pub(crate) struct SearchPlan {
    pub(crate) scope: Scope,
    /// The question, trimmed.
    pub(crate) query: String,
    /// The question as it was typed, where another one is searched in its place.
    pub(crate) typed: Option<String>,
    pub(crate) top_k: usize,
    pub(crate) top_n: usize,
    pub(crate) mode: RetrievalMode,
    /// Whether the request named the mode itself.
    pub(crate) mode_asked: bool,
    pub(crate) fusion: Fusion,
    pub(crate) rerank: bool,
    pub(crate) reranking: Reranking,
    pub(crate) filter: Filter,
    /// Which language model answers.
    pub(crate) chat: ChatChoice,
}

/// How hits become one list where the question is a name: to an embedder one number is like another, so it only adds
/// what BM25 does not find.
const FUSION_BY_NAME: Fusion = Fusion::Weighted { dense_weight: 0.2 };

impl SearchPlan {
    /// How the hits of both retrievers become one list.
    pub(crate) fn fusion(&self, by_name: bool) -> Fusion {
        if by_name { FUSION_BY_NAME } else { self.fusion }
    }

    pub(crate) fn for_search(
        scope: impl Into<Scope>,
        request: SearchRequest,
    ) -> Result<Self, EngineError> {
        let scope = scope.into();
        let query = check_query(&request.query, "query")?;
        let settings = &scope.first.settings.retrieval;
        let (top_k, top_n) = check_top(
            (request.top_k, request.top_n),
            (settings.top_k, settings.top_n),
        )?;
        if let Some(fusion) = request.fusion {
            check_fusion("fusion", fusion)?;
        }
        let reranking = Reranking::of(request.reranking, settings)?;
        Ok(Self {
            query,
            typed: None,
            top_k,
            top_n,
            mode: request.mode.unwrap_or(settings.mode),
            mode_asked: request.mode.is_some(),
            fusion: request.fusion.unwrap_or(settings.fusion),
            rerank: request.rerank.unwrap_or(settings.rerank),
            reranking,
            filter: request.filter,
            chat: ChatChoice::of(None, scope.first.settings.chat_model.as_deref()),
            scope,
        })
    }

    pub(crate) fn for_question(
        scope: impl Into<Scope>,
        request: &AskRequest,
    ) -> Result<Self, EngineError> {
        check_query(&request.question, "question")?;
        let asked = request.chat_model.clone();
        let plan = Self::for_search(
            scope,
            SearchRequest {
                query: request.question.clone(),
                top_k: request.top_k,
                top_n: request.top_n,
                mode: None,
                fusion: request.fusion,
                rerank: request.rerank,
                reranking: request.reranking.clone(),
                filter: request.filter.clone(),
                explain: false,
            },
        )?;
        Ok(plan.asking_model(asked))
    }

    pub(crate) fn for_comparison(
        scope: impl Into<Scope>,
        request: CompareRequest,
    ) -> Result<Self, EngineError> {
        check_query(&request.question, "question")?;
        // Both are set, so that those of the knowledge base do not count.
        let (top_k, top_n) = check_top((request.top_k, request.top_n), COMPARE_TOP)?;
        let asked = request.chat_model;
        let of_comparison = |top: usize| u32::try_from(top).ok();
        let plan = Self::for_search(
            scope,
            SearchRequest {
                query: request.question,
                top_k: of_comparison(top_k),
                top_n: of_comparison(top_n),
                mode: None,
                fusion: request.fusion,
                rerank: Some(true),
                reranking: request.reranking,
                filter: request.filter,
                explain: false,
            },
        )?;
        Ok(plan.asking_model(asked))
    }

    /// With the language model that the request names, if it names one.
    pub(crate) fn asking_model(self, asked: Option<String>) -> Self {
        let kept = self.scope.first.settings.chat_model.as_deref();
        let chat = ChatChoice::of(asked, kept);
        Self { chat, ..self }
    }

    /// Refuses a language model, a reranker or a layer that the request named and that cannot be used. A reranker that
    /// is still being loaded at the deadline is accepted, and the report says so. The time of the check counts as time
    /// of reranking.
    pub(super) async fn with_checked_models(
        self,
        ports: QueryPorts<'_>,
    ) -> Result<Self, EngineError> {
        ports.models.check_asked_chat(&self.chat)?;
        let Reranking {
            asked_model,
            reranker,
            cutoff_layer,
            ..
        } = &self.reranking;
        if !self.rerank || !asked_model {
            return Ok(self);
        }
        let started = Instant::now();
        let deadline = started + self.reranking.left(ports.options.rerank_deadline);
        let check = check_reranker(ports.models, "rerank", reranker.as_deref(), *cutoff_layer);
        by(deadline, check).await.transpose()?;
        let reranking = self.reranking.having_spent(started.elapsed());
        Ok(Self { reranking, ..self })
    }
}

fn check_query(query: &str, field: &str) -> Result<String, EngineError> {
    let trimmed = query.trim();
    let length = trimmed.chars().take(MAX_QUERY_CHARS + 1).count();
    if length == 0 {
        return Err(EngineError::invalid(field, "is empty; send a question"));
    }
    if length > MAX_QUERY_CHARS {
        let problem = format!("is too long; send at most {MAX_QUERY_CHARS} characters");
        return Err(EngineError::invalid(field, problem));
    }
    Ok(trimmed.to_owned())
}

/// Fills in defaults and checks the bounds. A default `top_n` is lowered to the `top_k` of the request.
fn check_top(
    (top_k, top_n): (Option<u32>, Option<u32>),
    (default_k, default_n): (u32, u32),
) -> Result<(usize, usize), EngineError> {
    let k = top_k.unwrap_or(default_k.max(top_n.unwrap_or(0)));
    if !(1..=MAX_TOP_K).contains(&k) {
        let problem = format!("must be between 1 and {MAX_TOP_K}");
        return Err(EngineError::invalid("top_k", problem));
    }
    let n = top_n.unwrap_or(default_n.min(k));
    if !(1..=k).contains(&n) {
        let problem = format!("must be between 1 and `top_k`, which is {k}");
        return Err(EngineError::invalid("top_n", problem));
    }
    Ok((k as usize, n as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_checked_with_a_remedy() {
        let defaults = (20, 3);
        assert_eq!(check_top((None, None), defaults).expect("fits"), (20, 3));
        assert_eq!(check_top((Some(2), None), defaults).expect("fits"), (2, 2));
        assert_eq!(
            check_top((None, Some(30)), defaults).expect("fits"),
            (30, 30)
        );
        for bad in [
            (Some(0), None),
            (Some(1_001), None),
            (Some(5), Some(6)),
            (None, Some(0)),
        ] {
            let error = check_top(bad, defaults).expect_err("out of bounds");
            assert!(error.to_string().contains("must be between"), "{error}");
        }
    }

    #[test]
    fn a_question_has_a_length() {
        assert_eq!(check_query("  why? ", "query").expect("fits"), "why?");
        assert!(check_query(" \n", "query").is_err());
        assert!(check_query(&"字".repeat(8_000), "query").is_ok());
        assert!(check_query(&"字".repeat(8_001), "query").is_err());
    }
}
