mod choose;
mod late;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use riddle_core::{
    Blended, PairScore, RerankKind, RerankReport, RerankStatus, ScoreOptions, StageScore, blend,
};

use super::parts::QueryParts;
use super::plan::SearchPlan;
use super::retrieve::Retrieval;
use super::timing::{millis, within};
use crate::error::EngineError;
use crate::models::{EmbedderHandle, RerankerHandle};
use choose::{Choice, choose};

pub(super) use choose::named_reranker;

/// The final order of the candidates and how it came about.
#[derive(Debug)]
pub(super) struct Ranking {
    /// Best first.
    pub(super) order: Vec<Blended>,
    /// Raw score and rank by it for each candidate, in fused order.
    pub(super) stages: Vec<Option<StageScore>>,
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
    stand_in: bool,
    device: String,
    weight: f32,
    reason: Option<String>,
    engine: ScorerEngine,
}

enum ScorerEngine {
    CrossEncoder(RerankerHandle),
    LateInteraction(EmbedderHandle),
}

/// MaxSim of the query with each passage, `None` for those the deadline left out, and the time spent waiting.
pub(crate) async fn late_scores(
    embedder: &EmbedderHandle,
    query: String,
    passages: Vec<String>,
    deadline: Instant,
) -> Result<(Vec<Option<PairScore>>, Duration), EngineError> {
    let scored = late::score(embedder, query, passages, deadline).await?;
    Ok((scored.scores, scored.waited))
}

/// What a scorer has done.
struct Scored {
    scores: Vec<Option<PairScore>>,
    waited: Duration,
}

/// Orders the candidates. Whatever goes wrong is told in the report, and the fused order stands.
pub(super) async fn rank(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
    retrieval: &Retrieval,
) -> Ranking {
    if !plan.rerank {
        return Ranking::fused(retrieval, RerankReport::skipped("not asked for"));
    }
    if retrieval.candidates.len() < 2 {
        let report = RerankReport::skipped("there are no two candidates to order");
        return Ranking::fused(retrieval, report);
    }
    let scorer = match choose(parts, plan, retrieval.language).await {
        Choice::Score(scorer) => scorer,
        Choice::Leave(report) => return Ranking::fused(retrieval, *report),
    };
    let started = Instant::now();
    let scored = score(parts, plan, retrieval, &scorer).await;
    let elapsed = started.elapsed();
    match scored {
        Ok(scored) if scored.scores.iter().any(Option::is_some) => {
            applied(retrieval, &scorer, &scored, elapsed)
        }
        Ok(_) => {
            let reason = "the deadline passed before any passage was scored";
            failed(retrieval, &scorer, reason, elapsed)
        }
        Err(error) => {
            tracing::warn!(model = scorer.model, %error, "reranking failed");
            failed(retrieval, &scorer, failure_reason(&error), elapsed)
        }
    }
}

async fn score(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
    retrieval: &Retrieval,
    scorer: &Scorer,
) -> Result<Scored, EngineError> {
    let deadline = Instant::now() + parts.options.rerank_deadline;
    let passages: Vec<String> = retrieval
        .candidates
        .iter()
        .map(|candidate| candidate.chunk.chunk.indexed_text())
        .collect();
    let query = plan.query.clone();
    let work = async {
        match &scorer.engine {
            ScorerEngine::CrossEncoder(reranker) => {
                let (scores, waited) = reranker
                    .score(query, passages, ScoreOptions::until(deadline))
                    .await?;
                Ok(Scored { scores, waited })
            }
            ScorerEngine::LateInteraction(embedder) => {
                late::score(embedder, query, passages, deadline).await
            }
        }
    };
    let deadline = parts.options.rerank_deadline;
    within(deadline, work).await.unwrap_or_else(|| {
        Ok(Scored {
            scores: Vec::new(),
            waited: Duration::ZERO,
        })
    })
}

fn applied(retrieval: &Retrieval, scorer: &Scorer, scored: &Scored, elapsed: Duration) -> Ranking {
    let raw: Vec<Option<f32>> = (0..retrieval.candidates.len())
        .map(|index| scored.scores.get(index).copied().flatten())
        .map(|pair| pair.map(|pair| pair.raw).filter(|raw| raw.is_finite()))
        .collect();
    let fused: Vec<f32> = retrieval
        .candidates
        .iter()
        .map(|candidate| candidate.fused.fused.score)
        .collect();
    let pairs = raw.iter().flatten().count();
    let ms = millis(elapsed.saturating_sub(scored.waited));
    let mut report = report(scorer, RerankStatus::Applied, scorer.reason.clone(), ms);
    let known = scored.scores.iter().flatten();
    report.pairs = count(pairs);
    report.unscored_pairs = count(raw.len() - pairs);
    report.tokens = known.clone().map(|pair| u64::from(pair.tokens)).sum();
    report.truncated_pairs = count(known.filter(|pair| pair.truncated).count());
    Ranking {
        order: blend(&fused, &raw, scorer.weight),
        stages: stages(&raw),
        report,
        queue_ms: millis(scored.waited),
        rerank_ms: Some(ms),
    }
}

fn failed(retrieval: &Retrieval, scorer: &Scorer, reason: &str, elapsed: Duration) -> Ranking {
    let ms = millis(elapsed);
    let mut report = report(scorer, RerankStatus::Failed, Some(reason.to_owned()), ms);
    report.unscored_pairs = count(retrieval.candidates.len());
    let mut ranking = Ranking::fused(retrieval, report);
    ranking.rerank_ms = Some(ms);
    ranking
}

fn report(scorer: &Scorer, status: RerankStatus, reason: Option<String>, ms: f64) -> RerankReport {
    RerankReport {
        status,
        reason,
        model: Some(scorer.model.clone()),
        kind: Some(scorer.kind),
        stand_in: scorer.stand_in,
        device: Some(scorer.device.clone()),
        weight: Some(scorer.weight),
        ms,
        pairs: 0,
        unscored_pairs: 0,
        tokens: 0,
        truncated_pairs: 0,
    }
}

/// Raw scores with the rank by them alone; equal ones in fused order.
fn stages(raw: &[Option<f32>]) -> Vec<Option<StageScore>> {
    let mut stages = vec![None; raw.len()];
    let by_score = blend(&vec![0.0; raw.len()], raw, 1.0);
    for (place, rank) in by_score.iter().zip(1..) {
        stages[place.index] = raw[place.index].map(|score| StageScore { rank, score });
    }
    stages
}

fn failure_reason(error: &EngineError) -> &'static str {
    match error {
        EngineError::Overloaded { .. } => "the reranker is busy; try again in a moment",
        _ => "the reranker failed; the server's log says why",
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
