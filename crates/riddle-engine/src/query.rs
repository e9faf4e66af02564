//! Search, answer, compare.
//!
//! One way for all three: `search_plan` reads the request, `retrieval` finds and fuses candidates, `rerank` orders
//! them, `response` shows them. `answer` goes on from there; `compare` answers twice over the same candidates, and
//! `compare/kept` keeps what came of it. `evaluate` asks a question of an
//! evaluation in several ways. `examples` searches to see which questions have an answer.

mod answer;
mod compare;
mod evaluate;
mod examples;
mod ports;
mod rerank;
mod response;
mod retrieval;
mod search;
mod search_plan;
mod slow_log;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use riddle_core::{AskRequest, SearchRequest, SearchResponse};

use crate::blocking::run_blocking;
use crate::error::EngineError;
pub use compare::CompareEvent;
pub use compare::kept::CompareEvents;
pub use examples::{ExampleQuestion, ExampleSource};

use crate::events::AnswerEvents;
use crate::scope::Scope;
use crate::shared::Shared;
use crate::timing::Stopwatch;
use answer::AnswerSettings;
use answer::question::{PreparedQuestion, answer_stream};
use examples::KeptExamples;
use ports::QueryPorts;
use search::find;
use search_plan::SearchPlan;

/// Searches, answers and compares.
#[derive(Clone)]
pub(crate) struct Query {
    shared: Arc<Shared>,
    examples: Arc<KeptExamples>,
}

impl Query {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            examples: Arc::default(),
        }
    }

    pub(crate) async fn search<S: AsRef<str> + Sync>(
        &self,
        knowledge_bases: &[S],
        request: SearchRequest,
    ) -> Result<SearchResponse, EngineError> {
        let watch = Stopwatch::start();
        let _permit = self.shared.query_permit()?;
        let scope = self.shared.find_scope(knowledge_bases).await?;
        let watched = slow_log::watch(self.ports(), "search", &scope, watch);
        watched.unless_done(self.search_in(scope, request, &watch).await)
    }

    async fn search_in(
        &self,
        scope: Scope,
        request: SearchRequest,
        watch: &Stopwatch,
    ) -> Result<SearchResponse, EngineError> {
        let explain = request.explain;
        let plan = SearchPlan::for_search(scope, request)?;
        let ports = self.ports();
        let plan = plan.with_checked_models(ports).await?;
        let (candidates, found) = find(ports, &plan, watch).await?;
        let mut response = found.search;
        if explain {
            let candidates = candidates.ranked().collect();
            let (index, query) = (Arc::clone(ports.index), plan.query.clone());
            let work = move || response::explanation(index.as_ref(), &query, candidates);
            response.explanation = Some(run_blocking("marking words", work).await?);
        }
        slow_log::search(ports, &plan, &response);
        Ok(response)
    }

    pub(crate) async fn ask<S: AsRef<str> + Sync>(
        &self,
        knowledge_bases: &[S],
        request: AskRequest,
    ) -> Result<AnswerEvents, EngineError> {
        let question = self.check_question(knowledge_bases, request).await?;
        let ready = question.find(self.ports()).await?;
        let query = self.clone();
        Ok(answer_stream(move |sink| async move {
            ready.write(query.ports(), &sink).await
        }))
    }

    /// Checks a question and takes its permit; nothing is searched yet.
    pub(crate) async fn check_question<S: AsRef<str> + Sync>(
        &self,
        knowledge_bases: &[S],
        request: AskRequest,
    ) -> Result<PreparedQuestion, EngineError> {
        let watch = Stopwatch::start();
        let permit = self.shared.query_permit()?;
        let scope = self.shared.find_scope(knowledge_bases).await?;
        let plan = SearchPlan::for_question(scope, &request)?;
        Ok(PreparedQuestion {
            plan: plan.with_checked_models(self.ports()).await?,
            settings: AnswerSettings::of(request)?,
            permit,
            watch,
            rewrite_ms: None,
            notice: None,
        })
    }

    /// Searches and answers within the stream, so that every error comes through it.
    pub(crate) fn answer(&self, question: PreparedQuestion) -> AnswerEvents {
        let query = self.clone();
        answer_stream(move |sink| async move {
            let ports = query.ports();
            let ready = question.find(ports).await?;
            ready.write(ports, &sink).await
        })
    }

    fn ports(&self) -> QueryPorts<'_> {
        QueryPorts {
            documents: self.shared.store.as_ref(),
            index: &self.shared.index,
            models: &self.shared.models,
            options: &self.shared.options,
        }
    }
}
