use std::time::Duration;

use riddle_core::{
    PairScore, RerankReason, RerankReasonCode, RerankReport, RerankScore, RerankStatus, Span,
    Window, blend,
};

use super::{Ranking, Scorer};
use crate::error::EngineError;
use crate::models::PairScores;
use crate::query::ports::QueryPorts;
use crate::query::retrieval::Retrieval;
use crate::query::retrieval::candidates::Candidate;
use crate::timing::millis;

/// The order by the scores, with its report.
pub(super) fn applied(
    retrieval: &Retrieval,
    scorer: &Scorer,
    scored: &PairScores,
    elapsed: Duration,
) -> Ranking {
    let candidates = &retrieval.candidates;
    let pairs: Vec<Option<PairScore>> = (0..candidates.len())
        .map(|index| scored.scores.get(index).copied().flatten())
        .map(|pair| pair.filter(|pair| pair.raw.is_finite()))
        .collect();
    let raw: Vec<Option<f32>> = pairs.iter().map(|pair| pair.map(|pair| pair.raw)).collect();
    let fused: Vec<f32> = candidates.iter().map(|c| c.fused.fused.score).collect();
    let unscored = pairs.iter().filter(|pair| pair.is_none()).count();
    let reason = scorer.fallback.as_ref().map(|why| {
        let rest = out_of_time(scorer, unscored).unwrap_or_default();
        RerankReasonCode::StandIn.because(format!("{why}{rest}"))
    });
    let times = (elapsed, scored.waited);
    let report = report(scorer, RerankStatus::Applied, reason, times).counted(&pairs);
    let cut = (0..).zip(&pairs);
    let cut = cut.filter(|(_, pair)| pair.is_some_and(|pair| pair.truncated));
    Ranking {
        cut: cut.map(|(index, _)| index).collect(),
        order: blend(&fused, &raw, scorer.weight),
        stages: stages(scorer, candidates, &pairs, &raw),
        queue_ms: report.queue_ms,
        rerank_ms: Some(report.ms),
        report,
    }
}

/// The fused order, and why the reranker did not change it. `times` are those of the whole stage and of the waiting in
/// it.
pub(super) fn failed(
    retrieval: &Retrieval,
    scorer: &Scorer,
    reason: RerankReason,
    times: (Duration, Duration),
) -> Ranking {
    let mut report = report(scorer, RerankStatus::Failed, Some(reason), times);
    report.unscored_pairs = count(retrieval.candidates.len());
    let (queue_ms, rerank_ms) = (report.queue_ms, Some(report.ms));
    Ranking {
        queue_ms,
        rerank_ms,
        ..Ranking::fused(retrieval, report)
    }
}

/// The fused order, because the fallback scored nothing within its own time.
pub(super) fn too_slow(
    retrieval: &Retrieval,
    scorer: &Scorer,
    times: (Duration, Duration),
) -> Ranking {
    let unscored = retrieval.candidates.len();
    let why = scorer.fallback.as_deref().unwrap_or_default();
    let rest = out_of_time(scorer, unscored).unwrap_or_default();
    let reason = RerankReasonCode::DeadlinePassed.because(format!("{why}{rest}"));
    let report = RerankReport {
        unscored_pairs: count(unscored),
        ..report(scorer, RerankStatus::Skipped, Some(reason), times)
    };
    Ranking {
        rerank_ms: Some(report.ms),
        ..Ranking::fused(retrieval, report)
    }
}

/// What the fallback's own time has left unscored, as the end of a sentence.
fn out_of_time(scorer: &Scorer, unscored: usize) -> Option<String> {
    let budget = scorer.budget.filter(|_| unscored > 0)?;
    Some(format!(
        "; its {} ms (`stand_in_deadline_ms`) left {unscored} candidates unscored, which keep their fused order",
        budget.as_millis()
    ))
}

/// The fused order, while the model is still being loaded.
pub(super) fn loading(
    ports: QueryPorts<'_>,
    retrieval: &Retrieval,
    model: String,
    waited: Duration,
) -> Ranking {
    let reason = RerankReasonCode::Loading.because(format!(
        "the reranker {model} is still being loaded; searches are reranked when it is ready"
    ));
    let report = RerankReport {
        kind: ports.models.reranker_kind(&model),
        model: Some(model),
        queue_ms: millis(waited),
        unscored_pairs: count(retrieval.candidates.len()),
        ..RerankReport::skipped(reason)
    };
    Ranking::fused(retrieval, report)
}

/// The reason that a user sees. The error itself goes to the log.
pub(super) fn failure(error: &EngineError) -> RerankReason {
    match error {
        EngineError::Overloaded { .. } => {
            RerankReasonCode::Busy.because("the reranker is busy; try again in a moment")
        }
        _ => {
            RerankReasonCode::ModelFailed.because("the reranker failed; the server's log says why")
        }
    }
}

fn report(
    scorer: &Scorer,
    status: RerankStatus,
    reason: Option<RerankReason>,
    (elapsed, waited): (Duration, Duration),
) -> RerankReport {
    RerankReport {
        model: Some(scorer.model.clone()),
        kind: Some(scorer.kind),
        stand_in: scorer.fallback.is_some(),
        device: Some(scorer.device.clone()),
        weight: Some(scorer.weight),
        scale: Some(scorer.scale),
        long_passages: Some(scorer.long_passages),
        cutoff_layer: scorer.cutoff_layer,
        ms: millis(elapsed.saturating_sub(waited)),
        queue_ms: millis(waited),
        ..RerankReport::new(status, reason)
    }
}

/// Each candidate's score with its rank by the raw scores alone; equal ones in fused order.
fn stages(
    scorer: &Scorer,
    candidates: &[Candidate],
    pairs: &[Option<PairScore>],
    raw: &[Option<f32>],
) -> Vec<Option<RerankScore>> {
    let mut stages = vec![None; pairs.len()];
    let by_score = blend(&vec![0.0; raw.len()], raw, 1.0);
    for (place, rank) in by_score.iter().zip(1..) {
        stages[place.index] = pairs[place.index].map(|pair| RerankScore {
            rank,
            raw: pair.raw,
            score: scorer.scale.normalize(pair.raw),
            scale: scorer.scale,
            window: pair
                .window
                .map(|window| placed(&candidates[place.index], window)),
        });
    }
    stages
}

/// Moves a window of the scored text, which begins with the headings, into the document.
fn placed(candidate: &Candidate, window: Window) -> Window {
    let chunk = &candidate.chunk.chunk;
    let scored = chunk.indexed_text().chars().count();
    let headings = count(scored.saturating_sub(chunk.text.chars().count()));
    let place = |at: u32| {
        let place = chunk.span.start.saturating_add(at.saturating_sub(headings));
        place.min(chunk.span.end)
    };
    Window {
        span: Span {
            start: place(window.span.start),
            end: place(window.span.end),
        },
        ..window
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
