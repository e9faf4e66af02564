use riddle_core::{Hit, SearchResponse};

use super::plan::SearchPlan;
use super::rerank::Ranking;
use super::retrieve::Retrieval;
use super::timing::Stopwatch;

/// What the user sees of a search: the best `top_n` of the ranking with their way through the stages.
pub(super) fn response(
    plan: &SearchPlan,
    retrieval: &Retrieval,
    ranking: &Ranking,
    watch: &Stopwatch,
) -> SearchResponse {
    let hits = ranking
        .order
        .iter()
        .take(plan.top_n)
        .zip(1..)
        .map(|(place, rank)| {
            let candidate = &retrieval.candidates[place.index];
            Hit {
                chunk: candidate.chunk.clone(),
                rank,
                score: place.score,
                bm25: candidate.fused.bm25,
                dense: candidate.fused.dense,
                fused: candidate.fused.fused,
                rerank: ranking.stages.get(place.index).copied().flatten(),
            }
        })
        .collect();
    let mut timings = retrieval.timings;
    timings.queue_ms += ranking.queue_ms;
    timings.rerank_ms = ranking.rerank_ms;
    timings.total_ms = watch.elapsed_ms();
    SearchResponse {
        hits,
        candidates: u32::try_from(retrieval.candidates.len()).unwrap_or(u32::MAX),
        mode: retrieval.mode,
        notices: retrieval.notices.clone(),
        rerank: ranking.report.clone(),
        timings,
    }
}
