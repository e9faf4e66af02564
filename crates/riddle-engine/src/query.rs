//! Search, answer, compare.
//!
//! One way for all three: `plan` reads the request, `retrieve` finds and fuses candidates, `rerank` orders them,
//! `hits` shows them. `answer` goes on from there; `compare` answers twice over the same candidates, and `comparisons`
//! keeps what came of it.

mod answer;
mod compare;
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

use riddle_core::{AnswerEvent, AskRequest, SearchRequest, SearchResponse};
use tokio::sync::OwnedSemaphorePermit;

use crate::blocking::run_blocking;
use crate::engine::Engine;
use crate::error::EngineError;
pub(crate) use answer::question::{PreparedQuestion, answer_prepared};
pub use compare::CompareEvent;
pub use compare::kept::CompareEvents;

use crate::events::Events;
use crate::timing::Stopwatch;
use answer::AnswerSettings;
use answer::question::answer_stream;
use search::find;
use search_plan::SearchPlan;

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
        let plan = SearchPlan::for_search(scope, request)?;
        let parts = self.inner.query_parts();
        let plan = plan.with_checked_models(parts).await?;
        let (candidates, found) = find(parts, &plan, &watch).await?;
        let mut response = found.search;
        if explain {
            let candidates = candidates.ranked().collect();
            let (index, query) = (Arc::clone(parts.index), plan.query.clone());
            let work = move || response::explanation(index.as_ref(), &query, candidates);
            response.explanation = Some(run_blocking("marking words", work).await?);
        }
        slow_log::search(parts, &plan, &response);
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
        let ready = question.find(self.inner.query_parts()).await?;
        let inner = Arc::clone(&self.inner);
        Ok(answer_stream(move |sink| async move {
            ready.write(inner.query_parts(), &sink).await
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
        let plan = SearchPlan::for_question(scope, &request)?;
        Ok(PreparedQuestion {
            plan: plan.with_checked_models(self.inner.query_parts()).await?,
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
