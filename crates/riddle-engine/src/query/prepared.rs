use std::sync::Arc;

use riddle_core::{AnswerEvent, ChatMessage, Notice};
use tokio::sync::OwnedSemaphorePermit;

use super::AnswerEvents;
use super::answer::{self, AnswerSettings, Found};
use super::events::{Sink, event_stream};
use super::parts::QueryParts;
use super::plan::SearchPlan;
use super::timing::Stopwatch;
use super::{hits, rerank, retrieve};
use crate::engine::Inner;
use crate::error::EngineError;

/// A question that is checked and may run.
pub(crate) struct PreparedQuestion {
    pub(super) plan: SearchPlan,
    pub(super) settings: AnswerSettings,
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) watch: Stopwatch,
    pub(super) rewrite_ms: Option<f64>,
    pub(super) notice: Option<Notice>,
}

impl PreparedQuestion {
    /// The question, trimmed.
    pub(crate) fn question(&self) -> &str {
        &self.plan.query
    }

    /// Earlier messages, oldest first.
    pub(crate) fn history(&self) -> &[ChatMessage] {
        &self.settings.history
    }

    /// Searches and answers another question, if there is one.
    pub(crate) fn search_instead(&mut self, question: Option<String>) {
        if let Some(question) = question {
            self.plan.query = question;
        }
    }

    /// What the answer shall tell of the rewriting.
    pub(crate) fn note_rewriting(&mut self, ms: Option<f64>, notice: Option<Notice>) {
        (self.rewrite_ms, self.notice) = (ms, notice);
    }
}

/// Searches and answers within the stream, so that every error comes through it.
pub(crate) fn answer_prepared(inner: Arc<Inner>, question: PreparedQuestion) -> AnswerEvents {
    event_stream(move |events| async move {
        let sink = Sink::Stream(events);
        let parts = inner.query_parts();
        let answer = async {
            let found = find(parts, &question).await?;
            let PreparedQuestion {
                plan,
                settings,
                permit: _permit,
                watch,
                ..
            } = question;
            let task = answer::prepare(parts, plan, settings, found).await?;
            answer::run(parts, task, &sink, &watch).await
        };
        let end = answer.await;
        let end = end.map(|answer| AnswerEvent::Done(Box::new(answer)));
        sink.send(end).await;
    })
}

/// The passages that a question is answered from.
pub(super) async fn find(
    parts: QueryParts<'_>,
    question: &PreparedQuestion,
) -> Result<Found, EngineError> {
    let plan = &question.plan;
    let retrieval = retrieve::retrieve(parts, plan).await?;
    let ranking = rerank::rank(parts, plan, &retrieval).await;
    let mut search = hits::response(plan, &retrieval, &ranking, &question.watch);
    search.timings.rewrite_ms = question.rewrite_ms;
    search.notices.extend(question.notice.clone());
    Ok(Found {
        search,
        query_vector: retrieval.query_vector,
    })
}
