use std::time::Instant;

use riddle_core::{
    CandidateSentence, Evidence, ExtractivePassage, PairScore, Purpose, RerankReasonCode, Span,
    candidate_sentences, cosine, error_chain, names_unknown, not_in_sources, select_sentences,
};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::model_thread::Priority;
use crate::models::PairScores;
use crate::query::answer::sources::{Context, TokenCounter};
use crate::query::answer::writer::AnswerWriter;
use crate::query::answer::{AnswerInput, AnswerReport};
use crate::query::ports::QueryPorts;
use crate::query::rerank::{foreign_language, named_reranker};
use crate::query::search_plan::SearchPlan;
use crate::timing::{by, millis};

/// Most sentences that the models score. If there are more, those that share the most words with the question count.
const MAX_CANDIDATES: usize = 48;

/// Answers with sentences of the contexts, each followed by its citation.
pub(in crate::query) async fn write(
    ports: QueryPorts<'_>,
    input: &AnswerInput,
    language: Option<&str>,
    writer: &mut AnswerWriter<'_>,
) -> Result<AnswerReport, EngineError> {
    let started = Instant::now();
    let candidates = candidates(input).await?;
    let mut report = AnswerReport::default();
    let evidence = gather(ports, input, language, &candidates, &mut report).await;
    let passages: Vec<ExtractivePassage<'_>> = input.contexts.iter().map(passage).collect();
    let selected = select_sentences(&candidates, &evidence, &passages);
    report.extract_ms = Some((millis(started.elapsed()) - report.queue_ms).max(0.0));
    for index in &selected {
        let candidate = &candidates[*index];
        let separator = if writer.length() == 0 { "" } else { " " };
        let number = input.contexts[candidate.passage].record.number;
        let citation = format!("[{number}]");
        writer
            .write(format!("{separator}{} {citation}", candidate.text))
            .await;
        let end = writer.length();
        let start = end - u32::try_from(citation.len()).unwrap_or(0);
        let span = Span { start, end };
        writer.cite(number, span, Some(candidate.span)).await;
        if writer.has_stopped() {
            break;
        }
    }
    if selected.is_empty() {
        writer.write(not_in_sources(language).to_owned()).await;
    }
    Ok(report)
}

/// Counts tokens as the knowledge base's embedder does, if it is there.
pub(in crate::query) async fn token_counter(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
) -> TokenCounter {
    let Some(name) = &plan.scope.first.settings.embedder else {
        return TokenCounter::Estimate;
    };
    match ports.models.embedder(name).await {
        Ok(embedder) => TokenCounter::Embedder(embedder.tokenizer),
        Err(_missing) => TokenCounter::Estimate,
    }
}

async fn candidates(input: &AnswerInput) -> Result<Vec<CandidateSentence>, EngineError> {
    let contexts = input.contexts.clone();
    let question = input.plan.query.clone();
    let typed = input.plan.typed.clone();
    run_blocking("looking for sentences", move || {
        let passages: Vec<ExtractivePassage<'_>> = contexts.iter().map(passage).collect();
        // The words that a follow-up takes from the question before must not answer for a name that is nowhere.
        if typed.is_some_and(|typed| names_unknown(&typed, &passages)) {
            return Vec::new();
        }
        let mut candidates = candidate_sentences(&question, &passages);
        if candidates.len() > MAX_CANDIDATES {
            // Stable, so that equal ones stay in the order of their passages.
            candidates.sort_by(|a, b| b.overlap.total_cmp(&a.overlap));
            candidates.truncate(MAX_CANDIDATES);
        }
        candidates
    })
    .await
}

fn passage(context: &Context) -> ExtractivePassage<'_> {
    ExtractivePassage {
        text: &context.given,
        heading_path: &context.record.hit.chunk.chunk.heading_path,
        document: &context.record.hit.chunk.document_name,
        score: context.record.hit.score,
    }
}

/// Scores the sentences by the models that are there. Goes on without a model that fails, because the words count too.
async fn gather(
    ports: QueryPorts<'_>,
    input: &AnswerInput,
    language: Option<&str>,
    candidates: &[CandidateSentence],
    report: &mut AnswerReport,
) -> Vec<Evidence> {
    let mut evidence = vec![Evidence::default(); candidates.len()];
    match cross_encode(ports, input, language, candidates, report).await {
        Ok(scores) => {
            for (evidence, score) in evidence.iter_mut().zip(scores) {
                evidence.cross_encoder = score.map(|pair| pair.raw);
            }
        }
        Err(error) => {
            let error = error_chain(&error);
            tracing::warn!(error, "the reranker could not score sentences");
        }
    }
    match similarities(ports, input, language, candidates, report).await {
        Ok(similarities) => {
            for (evidence, similarity) in evidence.iter_mut().zip(similarities) {
                evidence.similarity = Some(similarity);
            }
        }
        Err(error) => {
            let error = error_chain(&error);
            tracing::warn!(error, "the embedder could not compare sentences");
        }
    }
    evidence
}

/// Scores of the sentences, within a deadline of their own; none by a reranker that does not know the language. If the
/// search has given up waiting for the reranker to load, it is not waited for again.
async fn cross_encode(
    ports: QueryPorts<'_>,
    input: &AnswerInput,
    language: Option<&str>,
    candidates: &[CandidateSentence],
    report: &mut AnswerReport,
) -> Result<Vec<Option<PairScore>>, EngineError> {
    let plan = &input.plan;
    let reason = input.search.rerank.reason.as_ref();
    let loading = reason.is_some_and(|reason| reason.code == RerankReasonCode::Loading);
    let Some(name) = named_reranker(ports, plan).filter(|_| !loading) else {
        return Ok(Vec::new());
    };
    if foreign_language(ports, plan, &name, language).is_some() {
        return Ok(Vec::new());
    }
    let started = Instant::now();
    let deadline = started + plan.reranking.deadline(ports.options.rerank_deadline);
    let Some(reranker) = by(deadline, ports.models.reranker(&name)).await else {
        return Ok(Vec::new());
    };
    let reranker = reranker?;
    report.queue_ms += millis(started.elapsed());
    let texts = candidates.iter().map(|c| c.scored_text.clone()).collect();
    let options = plan.reranking.options(&reranker.info, deadline);
    let PairScores { scores, waited } = reranker.score(plan.query.clone(), texts, options).await?;
    report.queue_ms += millis(waited);
    Ok(scores)
}

/// Cosines of question and sentences, whatever passages are found by, as how much is enough is a cosine; empty if no
/// embedder knows the language.
async fn similarities(
    ports: QueryPorts<'_>,
    input: &AnswerInput,
    language: Option<&str>,
    candidates: &[CandidateSentence],
    report: &mut AnswerReport,
) -> Result<Vec<f32>, EngineError> {
    let plan = &input.plan;
    let Some(name) = &plan.scope.first.settings.embedder else {
        return Ok(Vec::new());
    };
    let embedder = ports.models.embedder(name).await?;
    if language.is_some_and(|l| !embedder.info.languages.covers(l)) {
        return Ok(Vec::new());
    }
    let texts = candidates.iter().map(|c| c.scored_text.clone()).collect();
    let query = match &input.query_vector {
        Some(vector) => vector.clone(),
        None => {
            let query = plan.query.clone();
            let embedded = embedder.embed_one(query, Purpose::Query, Priority::Interactive);
            let (vector, waited) = embedded.await?;
            report.queue_ms += millis(waited);
            vector
        }
    };
    let embedded = embedder.embed(texts, Purpose::Passage, Priority::Interactive);
    let (sentences, waited) = embedded.await?;
    report.queue_ms += millis(waited);
    let cosines = sentences.iter().map(|vector| cosine(&query, vector));
    Ok(cosines.collect())
}
