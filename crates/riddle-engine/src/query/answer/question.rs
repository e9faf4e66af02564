use std::sync::Arc;

use riddle_core::{Answer, AnswerEvent, Notice};
use tokio::sync::OwnedSemaphorePermit;

use crate::error::EngineError;
use crate::events::{AnswerEvents, event_stream};
use crate::models::ChatChoice;
use crate::query::answer::sink::Sink;
use crate::query::answer::{self, AnswerInput, AnswerSettings};
use crate::query::ports::QueryPorts;
use crate::query::search::find;
use crate::query::search_plan::SearchPlan;
use crate::query::slow_log;
use crate::slow_work::SlowWork;
use crate::timing::Stopwatch;

/// A question that is checked and may run.
pub(crate) struct PreparedQuestion {
    pub(in crate::query) plan: SearchPlan,
    pub(in crate::query) settings: AnswerSettings,
    pub(in crate::query) permit: OwnedSemaphorePermit,
    pub(in crate::query) watch: Stopwatch,
    pub(in crate::query) rewrite_ms: Option<f64>,
    pub(in crate::query) notice: Option<Notice>,
}

impl PreparedQuestion {
    /// The question, trimmed.
    pub(crate) fn question(&self) -> &str {
        &self.plan.query
    }

    /// Which language model answers.
    pub(crate) fn chat(&self) -> &ChatChoice {
        &self.plan.chat
    }

    /// With the language model that is kept for the chat, if there is one.
    pub(crate) fn in_chat_with(self, kept: Option<String>) -> Self {
        let chat = self.plan.chat.clone().keeping(kept);
        let plan = SearchPlan { chat, ..self.plan };
        Self { plan, ..self }
    }

    /// Replaces the question, if there is another.
    pub(crate) fn asking(self, question: Option<String>) -> Self {
        let Some(query) = question else { return self };
        let typed = Some(self.plan.query.clone());
        let plan = SearchPlan {
            query,
            typed,
            ..self.plan
        };
        Self { plan, ..self }
    }

    /// Adds what the answer says about the rewriting.
    pub(crate) fn rewritten(self, rewrite_ms: Option<f64>, notice: Option<Notice>) -> Self {
        Self {
            rewrite_ms,
            notice,
            ..self
        }
    }

    /// Searches and prepares the answer.
    pub(in crate::query) async fn find(
        self,
        ports: QueryPorts<'_>,
    ) -> Result<ReadyAnswer, EngineError> {
        let watch = self.watch;
        let slow = slow_log::watch(ports, "answer", &self.plan.scope, watch);
        match self.prepare(ports).await {
            Ok((input, permit)) => Ok(ReadyAnswer {
                input,
                watch,
                slow,
                _permit: permit,
            }),
            Err(error) => slow.unless_done(Err(error)),
        }
    }

    async fn prepare(
        self,
        ports: QueryPorts<'_>,
    ) -> Result<(AnswerInput, OwnedSemaphorePermit), EngineError> {
        let (_candidates, mut found) = find(ports, &self.plan, &self.watch).await?;
        found.search.timings.rewrite_ms = self.rewrite_ms;
        found.search.notices.extend(self.notice);
        let chat = ports.models.chosen_chat(&self.plan.chat).await?;
        let input = answer::prepare(ports, self.plan, self.settings, found, chat).await?;
        Ok((input, self.permit))
    }
}

/// An answer that is ready to be written.
pub(in crate::query) struct ReadyAnswer {
    input: AnswerInput,
    watch: Stopwatch,
    slow: SlowWork,
    /// Held until the answer is written.
    _permit: OwnedSemaphorePermit,
}

impl ReadyAnswer {
    pub(in crate::query) async fn write(
        self,
        ports: QueryPorts<'_>,
        sink: &Sink,
    ) -> Result<Answer, EngineError> {
        let answer = answer::run(ports, &self.input, sink, &self.watch).await;
        let answer = self.slow.unless_done(answer)?;
        slow_log::answer(ports, &self.input, &answer);
        Ok(answer)
    }
}

/// The events of an answer, ended by what `write` returns.
pub(in crate::query) fn answer_stream<W, F>(write: W) -> AnswerEvents
where
    W: FnOnce(Arc<Sink>) -> F + Send + 'static,
    F: Future<Output = Result<Answer, EngineError>> + Send + 'static,
{
    event_stream(move |events| async move {
        let sink = Arc::new(Sink::new(events, |event| event));
        let answer = write(Arc::clone(&sink)).await;
        let end = answer.map(|answer| AnswerEvent::Done(Box::new(answer)));
        sink.send(end).await;
    })
}
