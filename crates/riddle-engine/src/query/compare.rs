pub(in crate::query) mod kept;

use std::collections::HashSet;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::try_join;
use riddle_core::{
    Answer, AnswerEvent, ChatRequest, ChunkId, CompareArm, CompareOrder, Comparison,
    KeptComparison, RerankReasonCode, RerankReport, answer_messages,
};
use tokio::sync::mpsc;

use crate::error::EngineError;
use crate::events::Event;
use crate::query::answer::sink::Sink;
use crate::query::answer::{self, AnswerSettings};
use crate::query::ports::QueryParts;
use crate::query::rerank::{Ranking, named_reranker, rank};
use crate::query::retrieval::{Retrieval, retrieve};
use crate::query::search::respond;
use crate::query::search_plan::SearchPlan;
use crate::timing::Stopwatch;

/// Device of a model on another machine, whose cache is not ours to arrange.
const REMOTE: &str = "remote";

/// One event of a comparison. Those of one arm come in the order of [`AnswerEvent`], ended by its `Done`; where the
/// arms run at the same time they come as they are made. The last is `Done`. An error ends the stream instead.
#[derive(Clone, PartialEq, Debug)]
pub enum CompareEvent {
    /// Of one of the two answers.
    Arm(CompareArm, AnswerEvent),
    /// Both are there, and the comparison is kept.
    Done(Box<KeptComparison>),
}

pub(super) type Sender = mpsc::Sender<Event<CompareEvent>>;

/// What both arms start from.
pub(super) struct Shared {
    retrieval: Retrieval,
    /// How long it took; each arm's clock starts with it.
    elapsed: Duration,
}

/// Loads the reranker, however long it takes: one that loads within an arm would count against it.
pub(super) async fn load(parts: QueryParts<'_>, plan: &SearchPlan) {
    if let Some(name) = named_reranker(parts, plan) {
        // Whether it can be loaded is told by the arm that uses it.
        let _ = parts.models.reranker(&name).await;
    }
}

/// Finds the candidates of both arms. The language model is loaded before, for the same reason as in [`load`].
pub(super) async fn search(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
) -> Result<Shared, EngineError> {
    parts.models.chat().await?;
    let watch = Stopwatch::start();
    let retrieval = retrieve(parts, plan).await?;
    let elapsed = watch.elapsed();
    Ok(Shared { retrieval, elapsed })
}

/// Answers in the fused order and in the reranker's. An arm that fails takes the other with it.
pub(super) async fn run(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
    shared: &Shared,
    order: CompareOrder,
    events: &Sender,
) -> Result<Comparison, EngineError> {
    let arms = Arms {
        parts,
        plan,
        shared,
        events,
    };
    prime(parts).await?;
    let (without, with) = match order {
        CompareOrder::OneAfterOther => {
            let without = arms.without_rerank().await?;
            prime(parts).await?;
            (without, arms.with_rerank().await?)
        }
        CompareOrder::Parallel => try_join(arms.without_rerank(), arms.with_rerank()).await?,
    };
    let candidates = shared.retrieval.candidates.len();
    Ok(Comparison {
        candidates: u32::try_from(candidates).unwrap_or(u32::MAX),
        shared_contexts: shared_contexts(&without, &with),
        total_ratio: with.timings.total_ms / without.timings.total_ms,
        first_token_ratio: with
            .timings
            .first_token_ms
            .zip(without.timings.first_token_ms)
            .map(|(with, without)| with / without),
        without_rerank: without,
        with_rerank: with,
    })
}

/// Leaves the instructions, and nothing else, in the cache of a local language model, as the answer to another
/// question would. Otherwise the second of two arms would find passages of the first there and seem faster than it is;
/// arms that run at the same time cannot be kept from that.
async fn prime(parts: QueryParts<'_>) -> Result<(), EngineError> {
    let Some(chat) = parts.models.chat().await? else {
        return Ok(());
    };
    if chat.info().device == REMOTE {
        return Ok(());
    }
    let mut stream = chat.chat(ChatRequest {
        messages: answer_messages("", &[], &[]),
        max_tokens: 1,
        temperature: 0.0,
        seed: None,
        thinking: false,
    });
    while let Some(delta) = stream.next().await {
        delta?;
    }
    Ok(())
}

/// What the arms of one comparison work with.
struct Arms<'a> {
    parts: QueryParts<'a>,
    plan: &'a SearchPlan,
    shared: &'a Shared,
    events: &'a Sender,
}

impl Arms<'_> {
    async fn without_rerank(&self) -> Result<Answer, EngineError> {
        let watch = Stopwatch::after(self.shared.elapsed);
        let reason = RerankReasonCode::OtherArm.because("this arm goes without");
        let ranking = Ranking::fused(&self.shared.retrieval, RerankReport::skipped(reason));
        self.answer(CompareArm::WithoutRerank, &ranking, &watch)
            .await
    }

    async fn with_rerank(&self) -> Result<Answer, EngineError> {
        let watch = Stopwatch::after(self.shared.elapsed);
        let ranking = rank(self.parts, self.plan, &self.shared.retrieval).await;
        self.answer(CompareArm::WithRerank, &ranking, &watch).await
    }

    async fn answer(
        &self,
        arm: CompareArm,
        ranking: &Ranking,
        watch: &Stopwatch,
    ) -> Result<Answer, EngineError> {
        let Self { parts, plan, .. } = *self;
        let retrieval = &self.shared.retrieval;
        let found = respond(plan, retrieval, ranking, watch);
        let settings = AnswerSettings::default();
        let task = answer::prepare(parts, plan.clone(), settings, found).await?;
        let sink = Sink::new(self.events.clone(), move |event| {
            CompareEvent::Arm(arm, event)
        });
        let answer = answer::run(parts, &task, &sink, watch).await?;
        let end = AnswerEvent::Done(Box::new(answer.clone()));
        sink.send(Ok(end)).await;
        Ok(answer)
    }
}

fn shared_contexts(a: &Answer, b: &Answer) -> u32 {
    let ids = |answer: &Answer| -> HashSet<ChunkId> {
        let contexts = answer.contexts.iter();
        contexts.map(|context| context.hit.chunk.id).collect()
    };
    let shared = ids(a).intersection(&ids(b)).count();
    u32::try_from(shared).unwrap_or(u32::MAX)
}
