//! Search, answer, compare.
//!
//! One way for all three: `plan` reads the request, `retrieve` finds and fuses candidates, `rerank` orders them,
//! `hits` shows them. `answer` goes on from there; `compare` answers twice over the same candidates, and `comparisons`
//! keeps what came of it.

mod answer;
mod arms;
mod choice;
mod citing;
mod compare;
mod comparisons;
mod contexts;
mod events;
mod extractive;
mod generated;
mod hits;
mod live;
mod parts;
mod plan;
mod prepared;
mod rerank;
mod retrieve;
mod scope;
mod slow;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod timing;

use std::sync::Arc;

use riddle_core::{AnswerEvent, AskRequest, SearchRequest, SearchResponse};
use tokio::sync::OwnedSemaphorePermit;

use crate::blocking::run_blocking;
use crate::engine::Engine;
use crate::error::EngineError;
pub use comparisons::{CompareEvent, CompareEvents};
pub(crate) use plan::{check_deadline, check_skip_lead, invalid};
pub(crate) use prepared::{PreparedQuestion, answer_prepared};
pub(crate) use rerank::{check_layer, check_reranker, late_scores};
pub(crate) use timing::millis;

use answer::AnswerSettings;
use events::{Events, Sink, event_stream};
use plan::SearchPlan;
use prepared::find;
use timing::Stopwatch;

/// Seconds after which a request that was refused may come again.
const RETRY_AFTER_S: u32 = 1;

/// An answer as it comes. Dropping it stops the work.
pub type AnswerEvents = Events<AnswerEvent>;

impl Engine {
    /// Searches knowledge bases, 1 to 16 by id or name. What the request leaves out takes the setting of the first.
    ///
    /// # Errors
    /// One of them is not there, values out of bounds, a store failed. A reranker that fails is reported, not an error.
    pub async fn search<S: AsRef<str> + Sync>(
        &self,
        knowledge_bases: &[S],
        request: SearchRequest,
    ) -> Result<SearchResponse, EngineError> {
        let watch = Stopwatch::start();
        let _permit = self.query_permit()?;
        let scope = self.find_scope(knowledge_bases).await?;
        let explain = request.explain;
        let mut plan = SearchPlan::for_search(scope, request)?;
        let parts = self.inner.query_parts();
        plan.check_models(parts).await?;
        let retrieval = retrieve::retrieve(parts, &plan).await?;
        let ranking = rerank::rank(parts, &plan, &retrieval).await;
        let mut response = hits::response(&plan, &retrieval, &ranking, &watch);
        if explain {
            let candidates = hits::ranked(&retrieval, &ranking).collect();
            let (index, query) = (Arc::clone(parts.index), plan.query.clone());
            let work = move || hits::explanation(index.as_ref(), &query, candidates);
            response.explanation = Some(run_blocking("marking words", work).await?);
        }
        slow::search(parts, &plan, &response);
        Ok(response)
    }

    /// Answers a question. The stream yields events as they come; see [`AnswerEvent`] for their order.
    ///
    /// # Errors
    /// As [`Self::search`], before the stream starts.
    pub async fn ask<S: AsRef<str> + Sync>(
        &self,
        knowledge_bases: &[S],
        request: AskRequest,
    ) -> Result<AnswerEvents, EngineError> {
        let question = self.prepare_question(knowledge_bases, request).await?;
        let parts = self.inner.query_parts();
        let found = find(parts, &question).await?;
        let task = answer::prepare(parts, question.plan, question.settings, found).await?;
        let (permit, watch) = (question.permit, question.watch);
        let inner = Arc::clone(&self.inner);
        Ok(event_stream(move |events| async move {
            let _permit = permit;
            let sink = Sink::Stream(events);
            let answer = answer::run(inner.query_parts(), task, &sink, &watch).await;
            let end = answer.map(|answer| AnswerEvent::Done(Box::new(answer)));
            sink.send(end).await;
        }))
    }

    /// Checks a question and takes its permit; nothing is searched yet.
    pub(crate) async fn prepare_question<S: AsRef<str> + Sync>(
        &self,
        knowledge_bases: &[S],
        request: AskRequest,
    ) -> Result<PreparedQuestion, EngineError> {
        let watch = Stopwatch::start();
        let permit = self.query_permit()?;
        let scope = self.find_scope(knowledge_bases).await?;
        let mut plan = SearchPlan::for_question(scope, &request)?;
        plan.check_models(self.inner.query_parts()).await?;
        Ok(PreparedQuestion {
            plan,
            settings: AnswerSettings::of(request)?,
            permit,
            watch,
            rewrite_ms: None,
            notice: None,
        })
    }

    pub(crate) fn query_permit(&self) -> Result<OwnedSemaphorePermit, EngineError> {
        let permits = Arc::clone(&self.inner.query_permits);
        permits
            .try_acquire_owned()
            .map_err(|_none_left| EngineError::Overloaded {
                retry_after_s: RETRY_AFTER_S,
            })
    }
}
