use std::time::{Duration, Instant};

use riddle_core::{
    ModelError, RerankKind, RerankReason, RerankReasonCode, RerankReport, RerankStatus, ScoreScale,
    language_name,
};

use super::{Scorer, ScorerEngine};
use crate::error::EngineError;
use crate::models::{EmbedderHandle, RerankerHandle};
use crate::query::ports::QueryPorts;
use crate::query::retrieval::Retrieval;
use crate::query::search_plan::SearchPlan;
use crate::timing::by;

/// Weight of the fallback. The embedder was not trained for late interaction, so its score helps the fused score but
/// must not replace it.
const FALLBACK_WEIGHT: f32 = 0.5;

pub(super) enum ScorerChoice {
    Score(Scorer),
    Leave(Box<RerankReport>),
    /// The model of this name is still being loaded at the deadline.
    Loading(String),
}

/// A cross-encoder if its weights are here, else late interaction over the knowledge base's embedder. Loading goes on
/// after the deadline, for later searches.
pub(super) async fn choose(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    retrieval: &Retrieval,
    deadline: Instant,
) -> ScorerChoice {
    let Some(name) = named_reranker(ports, plan) else {
        let why = "no cross-encoder is on this machine";
        return fallback(ports, plan, retrieval, deadline, why).await;
    };
    if let Some(report) = of_another_language(ports, plan, &name, retrieval.language) {
        return ScorerChoice::Leave(Box::new(report));
    }
    let Some(reranker) = by(deadline, ports.models.reranker(&name)).await else {
        return ScorerChoice::Loading(name);
    };
    match reranker {
        Ok(reranker) => ScorerChoice::Score(cross_encoder(plan, reranker)),
        Err(EngineError::Model(ModelError::Unavailable { .. })) => {
            let why = format!("the cross-encoder {name} is not on this machine");
            fallback(ports, plan, retrieval, deadline, &why).await
        }
        Err(error) => {
            tracing::warn!(model = name, %error, "a reranker cannot be loaded");
            let reason = RerankReasonCode::LoadFailed
                .because("the reranker cannot be loaded; the server's log says why");
            let mut report = RerankReport::skipped(reason);
            report.status = RerankStatus::Failed;
            report.kind = ports.models.reranker_kind(&name);
            report.model = Some(name);
            ScorerChoice::Leave(Box::new(report))
        }
    }
}

/// Why the reranker that nobody has named does not order a question in a language that it does not know: it would bring
/// down the passages that the question's own words have found.
fn of_another_language(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    name: &str,
    language: Option<&str>,
) -> Option<RerankReport> {
    let foreign = foreign_language(ports, plan, name, language)?;
    let mut report = RerankReport::skipped(RerankReasonCode::LanguageUnknown.because(format!(
        "the reranker {name} does not know {}; name it in the request or the knowledge base to have it order all the same",
        language_name(foreign)
    )));
    report.kind = ports.models.reranker_kind(name);
    report.model = Some(name.to_owned());
    Some(report)
}

/// The language of the question, if the cross-encoder does not know it and nobody has asked for it all the same.
pub(crate) fn foreign_language<'a>(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    name: &str,
    language: Option<&'a str>,
) -> Option<&'a str> {
    if plan.reranking.reranker.is_some() {
        return None;
    }
    let known = ports.models.reranker_languages(name)?;
    language.filter(|language| !known.covers(language))
}

/// Catalogue name of the cross-encoder that the request or the knowledge base wants.
pub(crate) fn named_reranker(ports: QueryPorts<'_>, plan: &SearchPlan) -> Option<String> {
    let named = plan.reranking.reranker.clone();
    named.or_else(|| ports.models.default_reranker())
}

fn cross_encoder(plan: &SearchPlan, reranker: RerankerHandle) -> Scorer {
    let info = &reranker.info;
    let reranking = &plan.reranking;
    let weight = reranking.asked_weight.or(reranking.set_weight);
    Scorer {
        model: info.name.clone(),
        kind: info.kind,
        scale: info.scale,
        device: info.device.clone(),
        weight: weight.unwrap_or(info.default_weight),
        fallback: None,
        long_passages: reranking.long_passages,
        cutoff_layer: reranking.layer_of(info),
        budget: None,
        engine: ScorerEngine::CrossEncoder(reranker),
    }
}

/// Late interaction over the embedder. The knowledge base's weight does not count, because it is that of a
/// cross-encoder.
async fn fallback(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    retrieval: &Retrieval,
    deadline: Instant,
    why: &str,
) -> ScorerChoice {
    let leave = |reason: RerankReason| ScorerChoice::Leave(Box::new(RerankReport::skipped(reason)));
    let Some(name) = &plan.scope.first.settings.embedder else {
        return leave(RerankReasonCode::NoReranker.because(format!(
            "{why}, and this knowledge base has no embedder to stand in for it"
        )));
    };
    let budget = ports.options.fallback_deadline;
    let budget = (!plan.reranking.has_deadline()).then_some(budget);
    if budget.is_some_and(|budget| budget.is_zero()) {
        return leave(RerankReasonCode::NoReranker.because(format!(
            "{why}, and the configuration lets no embedder stand in for it (`stand_in_deadline_ms = 0`)"
        )));
    }
    let Some(embedder) = by(deadline, ports.models.embedder(name)).await else {
        return ScorerChoice::Loading(name.clone());
    };
    match fit_to_score(name, embedder, retrieval.language) {
        Ok(embedder) => ScorerChoice::Score(late_interaction(plan, name, embedder, budget, why)),
        Err((code, but)) => leave(code.because(format!("{why}, and the embedder {name} {but}"))),
    }
}

/// The embedder, if it can score passages for a question in this language, or else what keeps it from that.
fn fit_to_score(
    name: &str,
    embedder: Result<EmbedderHandle, EngineError>,
    language: Option<&str>,
) -> Result<EmbedderHandle, (RerankReasonCode, String)> {
    let embedder = embedder.map_err(|error| {
        tracing::warn!(model = name, %error, "the fallback for a reranker cannot be loaded");
        let but = "that would stand in for it is not available";
        (RerankReasonCode::NoReranker, but.to_owned())
    })?;
    if !embedder.gives_token_vectors {
        let but = "is on another server and cannot stand in for it";
        return Err((RerankReasonCode::NoReranker, but.to_owned()));
    }
    match language.filter(|language| !embedder.info.languages.covers(language)) {
        Some(foreign) => Err((
            RerankReasonCode::LanguageUnknown,
            format!(
                "that would stand in for it does not know {}",
                language_name(foreign)
            ),
        )),
        None => Ok(embedder),
    }
}

fn late_interaction(
    plan: &SearchPlan,
    name: &str,
    embedder: EmbedderHandle,
    budget: Option<Duration>,
    why: &str,
) -> Scorer {
    Scorer {
        model: name.to_owned(),
        kind: RerankKind::LateInteraction,
        scale: ScoreScale::Similarity,
        device: embedder.info.device.clone(),
        weight: plan.reranking.asked_weight.unwrap_or(FALLBACK_WEIGHT),
        fallback: Some(format!(
            "{why}; late interaction (MaxSim) over the embedder {name} stands in for it"
        )),
        long_passages: plan.reranking.long_passages,
        cutoff_layer: None,
        budget,
        engine: ScorerEngine::LateInteraction(embedder),
    }
}
