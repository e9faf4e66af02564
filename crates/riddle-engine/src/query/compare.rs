pub(in crate::query) mod kept;

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::try_join;
use riddle_core::{
    Answer, AnswerEvent, ChatRequest, ChunkId, CompareOrder, ComparePassages, CompareVariant,
    Comparison, KeptComparison, REMOTE, RerankReasonCode, RerankReport, answer_messages,
};
use tokio::sync::mpsc;

use crate::error::EngineError;
use crate::events::Event;
use crate::models::ChatChoice;
use crate::query::answer::sink::Sink;
use crate::query::answer::{self, AnswerSettings};
use crate::query::ports::QueryPorts;
use crate::query::rerank::{Ranking, named_reranker, rank};
use crate::query::retrieval::{Retrieval, retrieve};
use crate::query::search::respond;
use crate::query::search_plan::SearchPlan;
use crate::timing::Stopwatch;

/// One event of a comparison. Those of a variant come in the order of [`AnswerEvent`] and end with its `Done`. If the
/// variants run at the same time, their events are mixed. The last event is `Done`, or an error.
#[derive(Clone, PartialEq, Debug)]
pub enum CompareEvent {
    /// An event of one of the two answers.
    Variant(CompareVariant, AnswerEvent),
    /// Both answers are there, and the comparison is kept.
    Done(Box<KeptComparison>),
}

pub(super) type Sender = mpsc::Sender<Event<CompareEvent>>;

/// When the variants run, and from what.
#[derive(Clone, Copy, Default)]
pub(super) struct CompareSettings {
    pub(super) order: CompareOrder,
    pub(super) passages: ComparePassages,
}

/// The retrieval that both variants start from.
pub(super) struct SharedRetrieval {
    retrieval: Retrieval,
    /// How long it took. It counts as time of each variant.
    elapsed: Duration,
}

/// Loads the reranker, however long it takes, so that its loading does not count against the variant that uses it.
pub(super) async fn load(ports: QueryPorts<'_>, plan: &SearchPlan) {
    if let Some(name) = named_reranker(ports, plan) {
        // If it cannot be loaded, the variant that uses it says so.
        let _ = ports.models.reranker(&name).await;
    }
}

/// Finds the candidates of both variants. Loads the language model first, for the same reason as [`load`].
pub(super) async fn search(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
) -> Result<SharedRetrieval, EngineError> {
    ports.models.chat_to_compare(&plan.chat).await?;
    let watch = Stopwatch::start();
    let retrieval = retrieve(ports, plan).await?;
    let elapsed = watch.elapsed();
    Ok(SharedRetrieval { retrieval, elapsed })
}

/// Answers in the fused order and in the reranker's. If one variant fails, so does the comparison.
pub(super) async fn run(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    shared: &SharedRetrieval,
    CompareSettings { order, passages }: CompareSettings,
    events: &Sender,
) -> Result<Comparison, EngineError> {
    let variants = Variants {
        ports,
        plan,
        shared,
        passages,
        events,
    };
    let settings = as_if_first(ports, &plan.chat).await?;
    let (without, with) = match order {
        CompareOrder::OneAfterOther => {
            let without = variants.without_rerank(settings).await?;
            let settings = as_if_first(ports, &plan.chat).await?;
            (without, variants.with_rerank(settings).await?)
        }
        CompareOrder::Parallel => {
            let other = as_if_first(ports, &plan.chat).await?;
            try_join(
                variants.without_rerank(settings),
                variants.with_rerank(other),
            )
            .await?
        }
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
        token_ratio: token_ms(&with)
            .zip(token_ms(&without))
            .map(|(with, without)| with / without),
        passages,
        without_rerank: without,
        with_rerank: with,
    })
}

/// Time of writing one token, by a language model.
fn token_ms(answer: &Answer) -> Option<f64> {
    let tokens = f64::from(answer.usage.completion_tokens);
    let whole = answer.timings.decode_ms?;
    (tokens > 0.0 && whole > 0.0).then(|| whole / tokens)
}

/// Sees to it that an answer finds nothing of another one in the language model's cache. Otherwise the second variant
/// would find passages of the first there and seem faster than it is. The cache of a local model is filled with the
/// instructions alone, as an answer to another question would; variants that run at the same time cannot be kept from
/// sharing it. Elsewhere servers keep the beginnings of many prompts, so each prompt begins in a way of its own.
pub(in crate::query) async fn as_if_first(
    ports: QueryPorts<'_>,
    choice: &ChatChoice,
) -> Result<AnswerSettings, EngineError> {
    let Some(chat) = ports.models.chat_to_compare(choice).await?.model else {
        return Ok(AnswerSettings::default());
    };
    // The cache of another server is not ours to fill.
    if chat.info().device == REMOTE {
        return Ok(AnswerSettings {
            beginning: Some(beginning()),
            ..AnswerSettings::default()
        });
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
    Ok(AnswerSettings::default())
}

/// A line that no prompt before began with. Its number is that of the standard library's hashing, which is another one
/// each time.
fn beginning() -> String {
    let number = RandomState::new().build_hasher().finish();
    format!("Request {number:016x}.")
}

/// The variants of one comparison, with what both use.
struct Variants<'a> {
    ports: QueryPorts<'a>,
    plan: &'a SearchPlan,
    shared: &'a SharedRetrieval,
    passages: ComparePassages,
    events: &'a Sender,
}

impl Variants<'_> {
    async fn without_rerank(&self, settings: AnswerSettings) -> Result<Answer, EngineError> {
        let watch = Stopwatch::after(self.shared.elapsed);
        let reason = RerankReasonCode::OtherVariant.because("this variant goes without");
        let ranking = Ranking::fused(&self.shared.retrieval, RerankReport::skipped(reason));
        let plan = match self.passages {
            ComparePassages::SameNumber => self.plan.clone(),
            ComparePassages::AllCandidates => SearchPlan {
                top_n: self.plan.top_k,
                ..self.plan.clone()
            },
        };
        let written = (plan, settings);
        self.answer(CompareVariant::WithoutRerank, written, &ranking, &watch)
            .await
    }

    async fn with_rerank(&self, settings: AnswerSettings) -> Result<Answer, EngineError> {
        let watch = Stopwatch::after(self.shared.elapsed);
        let ranking = rank(self.ports, self.plan, &self.shared.retrieval).await;
        let written = (self.plan.clone(), settings);
        self.answer(CompareVariant::WithRerank, written, &ranking, &watch)
            .await
    }

    async fn answer(
        &self,
        variant: CompareVariant,
        (plan, settings): (SearchPlan, AnswerSettings),
        ranking: &Ranking,
        watch: &Stopwatch,
    ) -> Result<Answer, EngineError> {
        let ports = self.ports;
        let retrieval = &self.shared.retrieval;
        let found = respond(&plan, retrieval, ranking, watch);
        let chat = ports.models.chat_to_compare(&plan.chat).await?;
        let input = answer::prepare(ports, plan, settings, found, chat).await?;
        let sink = Sink::new(self.events.clone(), move |event| {
            CompareEvent::Variant(variant, event)
        });
        let answer = answer::run(ports, &input, &sink, watch).await?;
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
