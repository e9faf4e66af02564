use std::collections::HashSet;

use futures_util::StreamExt;
use riddle_core::{
    Answer, ChatRequest, ChunkId, CompareArm, Comparison, RerankReasonCode, RerankReport,
    answer_messages,
};

use super::answer::{self, AnswerSettings, Found};
use super::events::Sink;
use super::hits;
use super::parts::QueryParts;
use super::plan::SearchPlan;
use super::rerank::{Ranking, named_reranker, rank};
use super::retrieve::{Retrieval, retrieve};
use super::timing::Stopwatch;
use crate::error::EngineError;

/// Device of a model on another machine, whose cache is not ours to arrange.
const REMOTE: &str = "remote";

/// Answers in the fused order and in the reranker's, one after the other so that neither slows the other down. Each
/// arm's clock starts with the time that the shared retrieval took.
pub(super) async fn compare(
    parts: QueryParts<'_>,
    plan: SearchPlan,
) -> Result<Comparison, EngineError> {
    load_models(parts, &plan).await?;
    let shared = Stopwatch::start();
    let retrieval = retrieve(parts, &plan).await?;
    let retrieved = shared.elapsed();

    prime(parts).await?;
    let watch = Stopwatch::after(retrieved);
    let reason = RerankReasonCode::OtherArm.because("this arm goes without");
    let ranking = Ranking::fused(&retrieval, RerankReport::skipped(reason));
    let without = arm(parts, &plan, &retrieval, &ranking, &watch).await?;

    prime(parts).await?;
    let watch = Stopwatch::after(retrieved);
    let ranking = rank(parts, &plan, &retrieval).await;
    let with = arm(parts, &plan, &retrieval, &ranking, &watch).await?;

    Ok(Comparison {
        candidates: u32::try_from(retrieval.candidates.len()).unwrap_or(u32::MAX),
        shared_contexts: shared_contexts(&without, &with),
        total_ratio: with.timings.total_ms / without.timings.total_ms,
        first_token_ratio: with
            .timings
            .first_token_ms
            .zip(without.timings.first_token_ms)
            .map(|(with, without)| with / without),
        without_rerank: CompareArm { answer: without },
        with_rerank: CompareArm { answer: with },
    })
}

/// Loads what either arm needs first: a model that loads within an arm would count against it.
async fn load_models(parts: QueryParts<'_>, plan: &SearchPlan) -> Result<(), EngineError> {
    parts.models.chat().await?;
    if let Some(name) = named_reranker(parts, plan) {
        // Whether it can be loaded is told by the arm that uses it.
        let _ = parts.models.reranker(&name).await;
    }
    Ok(())
}

/// Leaves the instructions, and nothing else, in the cache of a local language model, as the answer to another
/// question would. Otherwise the second arm would find passages of the first there and seem faster than it is.
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

async fn arm(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
    retrieval: &Retrieval,
    ranking: &Ranking,
    watch: &Stopwatch,
) -> Result<Answer, EngineError> {
    let found = Found {
        search: hits::response(plan, retrieval, ranking, watch),
        query_vector: retrieval.query_vector.clone(),
    };
    let settings = AnswerSettings::default();
    let task = answer::prepare(parts, plan.clone(), settings, found).await?;
    answer::run(parts, task, &Sink::Discard, watch).await
}

fn shared_contexts(a: &Answer, b: &Answer) -> u32 {
    let ids = |answer: &Answer| -> HashSet<ChunkId> {
        let contexts = answer.contexts.iter();
        contexts.map(|context| context.hit.chunk.id).collect()
    };
    let shared = ids(a).intersection(&ids(b)).count();
    u32::try_from(shared).unwrap_or(u32::MAX)
}
