use std::collections::HashSet;

use riddle_core::{
    ChunkIndex, ChunkRecord, ExplainedHit, Explanation, FusedCandidate, Hit, SearchResponse,
};

use crate::query::rerank::Ranking;
use crate::query::retrieval::Retrieval;
use crate::query::search_plan::SearchPlan;
use crate::timing::Stopwatch;

/// The response of a search: the best `top_n` texts of the ranking, with their scores of each stage.
pub(super) fn response(
    plan: &SearchPlan,
    retrieval: &Retrieval,
    ranking: &Ranking,
    watch: &Stopwatch,
) -> SearchResponse {
    let hits = ranked(retrieval, ranking, plan.top_n).collect();
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
        explanation: None,
    }
}

/// All candidates in the final order, with the places of the query's terms. The terms are those of the index.
pub(super) fn explanation(
    index: &dyn ChunkIndex,
    query: &str,
    candidates: Vec<Hit>,
) -> Explanation {
    let mut query_terms = index.analyse(query);
    let mut seen = HashSet::new();
    query_terms.retain(|term| seen.insert(term.clone()));
    let explained = |hit: Hit| ExplainedHit {
        highlights: index.highlights(&query_terms, &hit.chunk.chunk.text),
        hit,
    };
    let candidates = candidates.into_iter().map(explained).collect();
    query_terms.retain(|term| !is_of_language(term));
    Explanation {
        query_terms,
        candidates,
    }
}

/// Whether a term stands for a form or a part of a word, of which a reader sees the word.
fn is_of_language(term: &str) -> bool {
    term.starts_with('~')
}

/// The first `most` candidates in the final order, each with its copies behind it.
pub(super) fn ranked<'a>(
    retrieval: &'a Retrieval,
    ranking: &'a Ranking,
    most: usize,
) -> impl Iterator<Item = Hit> + 'a {
    let places = ranking.order.iter().take(most).zip(1..);
    places.flat_map(move |(place, rank)| {
        let candidate = &retrieval.candidates[place.index];
        let hit = move |fused: &FusedCandidate, chunk: &ChunkRecord, copy_of| Hit {
            chunk: chunk.clone(),
            rank,
            copy_of,
            score: place.score,
            bm25: fused.bm25,
            dense: fused.dense,
            fused: fused.fused,
            rerank: ranking.stages.get(place.index).copied().flatten(),
        };
        let first = hit(&candidate.fused, &candidate.chunk, None);
        let copies = candidate.copies.iter();
        let copies = copies.map(move |(fused, chunk)| hit(fused, chunk, Some(candidate.chunk.id)));
        std::iter::once(first).chain(copies)
    })
}
