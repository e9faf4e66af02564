mod choose;
mod report;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use riddle_core::{
    Blended, LongPassages, RerankKind, RerankReason, RerankReasonCode, RerankReport, RerankScore,
    ScoreOptions, ScoreScale, error_chain, lead,
};

use crate::error::EngineError;
use crate::models::{EmbedderHandle, PairScores, RerankerHandle};
use crate::query::ports::QueryPorts;
use crate::query::retrieval::Retrieval;
use crate::query::search_plan::SearchPlan;
use crate::reranking::late_scores;
use choose::{ScorerChoice, choose};
use report::{applied, failed};

pub(super) use choose::{foreign_language, named_reranker};

/// The final order of the candidates and how it came about.
#[derive(Debug)]
pub(super) struct Ranking {
    /// Best first.
    pub(super) order: Vec<Blended>,
    /// The reranker's score of each candidate, in fused order.
    pub(super) stages: Vec<Option<RerankScore>>,
    /// Candidates whose passage was scored without a part of it, as indices in fused order.
    pub(super) cut: Vec<usize>,
    pub(super) report: RerankReport,
    pub(super) queue_ms: f64,
    pub(super) rerank_ms: Option<f64>,
}

impl Ranking {
    /// The fused order, as without a reranker.
    pub(super) fn fused(retrieval: &Retrieval, report: RerankReport) -> Self {
        let order = retrieval.candidates.iter().enumerate();
        Self {
            order: order
                .map(|(index, candidate)| Blended {
                    index,
                    score: candidate.fused.fused.score,
                })
                .collect(),
            stages: vec![None; retrieval.candidates.len()],
            cut: Vec::new(),
            queue_ms: report.queue_ms,
            rerank_ms: None,
            report,
        }
    }
}

/// What scores the candidates.
struct Scorer {
    model: String,
    kind: RerankKind,
    scale: ScoreScale,
    device: String,
    weight: f32,
    /// Why this is the fallback, if it is.
    fallback: Option<String>,
    long_passages: LongPassages,
    cutoff_layer: Option<u32>,
    /// The fallback's own time, where neither the request nor the knowledge base sets a deadline.
    budget: Option<Duration>,
    engine: ScorerEngine,
}

enum ScorerEngine {
    CrossEncoder(RerankerHandle),
    LateInteraction(EmbedderHandle),
}

/// Orders the candidates within the deadline, which includes the wait for the model. After a failure the fused order
/// stays, and the report says why.
#[tracing::instrument(name = "rerank", skip_all)]
pub(super) async fn rank(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    retrieval: &Retrieval,
) -> Ranking {
    if let Some(reason) = needless(plan, retrieval) {
        return Ranking::fused(retrieval, RerankReport::skipped(reason));
    }
    let started = Instant::now();
    let deadline = started + plan.reranking.left(ports.options.rerank_deadline);
    let scorer = match choose(ports, plan, retrieval, deadline).await {
        ScorerChoice::Score(scorer) => scorer,
        ScorerChoice::Leave(report) => return Ranking::fused(retrieval, *report),
        ScorerChoice::Loading(model) => {
            return report::loading(ports, retrieval, model, started.elapsed());
        }
    };
    let loading = started.elapsed();
    let own = scorer.budget.map(|budget| Instant::now() + budget);
    let deadline = own.map_or(deadline, |own| own.min(deadline));
    let scored = score(plan, retrieval, &scorer, deadline).await;
    let elapsed = started.elapsed();
    match scored {
        Ok(scored) => {
            let scored = PairScores {
                waited: scored.waited + loading,
                ..scored
            };
            if scored.scores.iter().any(Option::is_some) {
                return applied(retrieval, &scorer, &scored, elapsed);
            }
            let times = (elapsed, scored.waited);
            if own == Some(deadline) && Instant::now() >= deadline {
                return report::too_slow(retrieval, &scorer, times);
            }
            let reason = nothing_scored(Instant::now() >= deadline);
            failed(retrieval, &scorer, reason, times)
        }
        Err(error) => {
            log_failure(&scorer.model, &error);
            let reason = report::failure(&error);
            failed(retrieval, &scorer, reason, (elapsed, loading))
        }
    }
}

/// The search goes on without reranking, but an internal error has to be mended.
fn log_failure(model: &str, error: &EngineError) {
    let cause = error_chain(error);
    match error {
        EngineError::Internal { .. } => {
            tracing::error!(model, error = cause, "reranking failed");
        }
        _ => tracing::warn!(model, error = cause, "reranking failed"),
    }
}

/// Why nothing is reranked, where no model need be asked.
fn needless(plan: &SearchPlan, retrieval: &Retrieval) -> Option<RerankReason> {
    if !plan.rerank {
        return Some(RerankReasonCode::NotAskedFor.because("not asked for"));
    }
    if retrieval.candidates.len() < 2 {
        let why = "there are no two candidates to order";
        return Some(RerankReasonCode::TooFewCandidates.because(why));
    }
    clear_lead(plan, retrieval).or_else(|| {
        let why = "the question names a number that was found as it is written, and to a model one is like another";
        retrieval
            .by_name
            .then(|| RerankReasonCode::FoundByName.because(why))
    })
}

/// Why reranking is not worth its time, if the first candidate leads as far as the settings say.
fn clear_lead(plan: &SearchPlan, retrieval: &Retrieval) -> Option<RerankReason> {
    let least = plan.reranking.skip_lead?;
    let candidates = retrieval.candidates.iter();
    let fused: Vec<f32> = candidates.map(|c| c.fused.fused.score).collect();
    let found = lead(&fused).filter(|found| *found >= least)?;
    let reason = format!(
        "the first candidate leads by {found:.2} of the range of scores, and from {least} on nothing is reranked"
    );
    Some(RerankReasonCode::ClearLead.because(reason))
}

fn nothing_scored(late: bool) -> RerankReason {
    if late {
        RerankReasonCode::DeadlinePassed
            .because("the deadline passed before any passage was scored")
    } else {
        RerankReasonCode::NoScores
            .because("the reranker gave no score that is a number; its files may be damaged")
    }
}

/// Scores in fused order, so that the deadline leaves the last candidates unscored.
async fn score(
    plan: &SearchPlan,
    retrieval: &Retrieval,
    scorer: &Scorer,
    deadline: Instant,
) -> Result<PairScores, EngineError> {
    let passages: Vec<String> = retrieval
        .candidates
        .iter()
        .map(|candidate| candidate.chunk.chunk.indexed_text())
        .collect();
    let query = plan.query.clone();
    match &scorer.engine {
        ScorerEngine::CrossEncoder(reranker) => {
            let options = plan.reranking.options(&reranker.info, deadline);
            reranker.score(query, passages, options).await
        }
        ScorerEngine::LateInteraction(embedder) => {
            let options = ScoreOptions {
                long_passages: scorer.long_passages,
                ..ScoreOptions::until(deadline)
            };
            late_scores(embedder, query, passages, &options).await
        }
    }
}
