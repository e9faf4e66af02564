use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use riddle_core::{ChunkId, ChunkRecord, FusedCandidate, ScoredChunk, fuse};

use crate::error::EngineError;
use crate::query::ports::QueryPorts;
use crate::query::retrieval::retrievers::RetrieverHits;
use crate::query::search_plan::SearchPlan;

/// Copies of one text that a search shows; a form may stand in hundreds of documents.
const MAX_COPIES: usize = 10;

/// A text that may answer, with the chunk of the document whose name comes first.
#[derive(Clone, Debug)]
pub(in crate::query) struct Candidate {
    pub(in crate::query) fused: FusedCandidate,
    pub(in crate::query) chunk: ChunkRecord,
    /// Other chunks with the same text under the same headings, by the names of their documents. They are scored and
    /// read once.
    pub(in crate::query) copies: Vec<(FusedCandidate, ChunkRecord)>,
}

/// Fuses the live hits of both retrievers and returns the best `top_k` texts with their chunks. An index may still have
/// chunks that are deleted, replaced, or changed after `position`, its position before the search. Their hits are
/// removed before fusion, so that they change no rank and no score.
pub(in crate::query) async fn live_candidates(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    mut hits: RetrieverHits,
    position: u64,
) -> Result<Vec<Candidate>, EngineError> {
    let mut known: HashMap<ChunkId, ChunkRecord> = HashMap::new();
    // Usually the best hits are all live, and the first round is the last. Else the second round looks at all hits.
    let mut looked_at = plan.top_k;
    let knowledge_bases = plan.scope.ids();
    loop {
        let fused = fuse(&hits.bm25, &hits.dense, plan.fusion(hits.by_name));
        let unknown = unknown_hits(fused.iter().take(looked_at), &known);
        let asked = unknown.len();
        if asked > 0 {
            let live = ports
                .documents
                .live_chunks(&knowledge_bases, &unknown, position)
                .await?;
            let all_live = live.len() == asked;
            known.extend(live.into_iter().map(|chunk| (chunk.id, chunk)));
            if !all_live {
                let dead = |hit: &ScoredChunk| {
                    unknown.iter().any(|u| u.chunk == hit.chunk) && !known.contains_key(&hit.chunk)
                };
                hits.bm25.retain(|hit| !dead(hit));
                hits.dense.retain(|hit| !dead(hit));
                looked_at = usize::MAX;
                continue;
            }
        }
        let more = fused.len() > looked_at;
        let found = fused.into_iter().map(|fused| {
            let chunk = known.get(&fused.chunk)?.clone();
            Some((fused, chunk))
        });
        let candidates = texts(found.flatten(), plan.top_k);
        // Where copies take places, there are other texts behind them.
        if candidates.len() >= plan.top_k || !more {
            return Ok(candidates);
        }
        looked_at = usize::MAX;
    }
}

/// The first `top_k` texts of a list of chunks, each once.
pub(in crate::query) fn texts(
    chunks: impl Iterator<Item = (FusedCandidate, ChunkRecord)>,
    top_k: usize,
) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (fused, chunk) in chunks {
        match places.entry(chunk.chunk.indexed_text()) {
            Entry::Occupied(place) => candidates[*place.get()].copies.push((fused, chunk)),
            Entry::Vacant(_) if candidates.len() == top_k => break,
            Entry::Vacant(place) => {
                place.insert(candidates.len());
                candidates.push(Candidate {
                    fused,
                    chunk,
                    copies: Vec::new(),
                });
            }
        }
    }
    candidates.iter_mut().for_each(settle);
    candidates
}

/// Puts the chunks of a text in the order of their documents' names. Their scores are alike, and an index gives them in
/// any order.
fn settle(candidate: &mut Candidate) {
    let best = candidate.fused.fused;
    let key = |chunk: &ChunkRecord| (chunk.document_name.clone(), chunk.id);
    candidate.copies.sort_by_cached_key(|(_, chunk)| key(chunk));
    if let Some((fused, chunk)) = candidate.copies.first_mut()
        && key(chunk) < key(&candidate.chunk)
    {
        std::mem::swap(fused, &mut candidate.fused);
        std::mem::swap(chunk, &mut candidate.chunk);
        candidate.fused.fused = best;
        candidate.copies.sort_by_cached_key(|(_, chunk)| key(chunk));
    }
    candidate.copies.truncate(MAX_COPIES);
}

fn unknown_hits<'a>(
    fused: impl Iterator<Item = &'a FusedCandidate>,
    known: &HashMap<ChunkId, ChunkRecord>,
) -> Vec<ScoredChunk> {
    fused
        .filter(|candidate| !known.contains_key(&candidate.chunk))
        .map(|candidate| ScoredChunk {
            chunk: candidate.chunk,
            score: candidate.fused.score,
        })
        .collect()
}

/// The chunks of all hits that are live, by id.
pub(in crate::query) async fn live_among(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    hits: &RetrieverHits,
    position: u64,
) -> Result<HashMap<ChunkId, ChunkRecord>, EngineError> {
    let mut seen = HashSet::new();
    let all = hits.bm25.iter().chain(&hits.dense).copied();
    let all: Vec<ScoredChunk> = all.filter(|hit| seen.insert(hit.chunk)).collect();
    let live = ports
        .documents
        .live_chunks(&plan.scope.ids(), &all, position)
        .await?;
    Ok(live.into_iter().map(|chunk| (chunk.id, chunk)).collect())
}
