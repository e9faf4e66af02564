mod check;
mod choose;
mod late;
mod report;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use riddle_core::{
    Blended, LongPassages, RerankKind, RerankReasonCode, RerankReport, RerankScore, ScoreScale,
};

use super::parts::QueryParts;
use super::plan::SearchPlan;
use super::retrieve::Retrieval;
use super::timing::within;
use crate::error::EngineError;
use crate::models::{EmbedderHandle, RerankerHandle, Scored};
use choose::{Choice, choose};
use report::{applied, failed};

pub(crate) use check::check_reranker;
pub(super) use choose::named_reranker;
pub(crate) use late::late_scores;

/// The final order of the candidates and how it came about.
#[derive(Debug)]
pub(super) struct Ranking {
    /// Best first.
    pub(super) order: Vec<Blended>,
    /// What the reranker made of each candidate, in fused order.
    pub(super) stages: Vec<Option<RerankScore>>,
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
            queue_ms: 0.0,
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
    /// Why it stands in for a cross-encoder, where it does.
    stand_in: Option<String>,
    long_passages: LongPassages,
    cutoff_layer: Option<u32>,
    engine: ScorerEngine,
}

enum ScorerEngine {
    CrossEncoder(RerankerHandle),
    LateInteraction(EmbedderHandle),
}

/// Orders the candidates. Whatever goes wrong is told in the report, and the fused order stands.
pub(super) async fn rank(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
    retrieval: &Retrieval,
) -> Ranking {
    if !plan.rerank {
        return Ranking::fused(
            retrieval,
            RerankReport::skipped(RerankReasonCode::NotAskedFor.because("not asked for")),
        );
    }
    if retrieval.candidates.len() < 2 {
        let reason =
            RerankReasonCode::TooFewCandidates.because("there are no two candidates to order");
        return Ranking::fused(retrieval, RerankReport::skipped(reason));
    }
    let scorer = match choose(parts, plan, retrieval.language).await {
        Choice::Score(scorer) => scorer,
        Choice::Leave(report) => return Ranking::fused(retrieval, *report),
    };
    let started = Instant::now();
    let scored = score(parts, plan, retrieval, &scorer).await;
    let elapsed = started.elapsed();
    match scored {
        Ok(Some(scored)) if scored.scores.iter().any(Option::is_some) => {
            applied(retrieval, &scorer, &scored, elapsed)
        }
        Ok(Some(scored)) if elapsed < plan.reranking.deadline(parts.options.rerank_deadline) => {
            let reason = RerankReasonCode::NoScores
                .because("the reranker gave no score that is a number; its files may be damaged");
            failed(retrieval, &scorer, reason, (elapsed, scored.waited))
        }
        Ok(scored) => {
            let reason = RerankReasonCode::DeadlinePassed
                .because("the deadline passed before any passage was scored");
            let waited = scored.map_or(Duration::ZERO, |scored| scored.waited);
            failed(retrieval, &scorer, reason, (elapsed, waited))
        }
        Err(error) => {
            tracing::warn!(model = scorer.model, %error, "reranking failed");
            let reason = report::failure(&error);
            failed(retrieval, &scorer, reason, (elapsed, Duration::ZERO))
        }
    }
}

/// Scores in fused order, so that the deadline leaves the tail; `None` when even the grace after it has passed.
async fn score(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
    retrieval: &Retrieval,
    scorer: &Scorer,
) -> Result<Option<Scored>, EngineError> {
    let allowed = plan.reranking.deadline(parts.options.rerank_deadline);
    let deadline = Instant::now() + allowed;
    let passages: Vec<String> = retrieval
        .candidates
        .iter()
        .map(|candidate| candidate.chunk.chunk.indexed_text())
        .collect();
    let query = plan.query.clone();
    let work = async {
        match &scorer.engine {
            ScorerEngine::CrossEncoder(reranker) => {
                let options = plan.reranking.options(&reranker.info, deadline);
                reranker.score(query, passages, options).await
            }
            ScorerEngine::LateInteraction(embedder) => {
                late_scores(embedder, query, passages, deadline).await
            }
        }
    };
    within(allowed, work).await.transpose()
}
