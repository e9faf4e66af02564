pub(in crate::query) mod candidates;
mod choice;
mod retrievers;

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use riddle_core::{
    ChunkId, ChunkRecord, Notice, RetrievalMode, ScoredChunk, Timings, detect_language,
};

use crate::error::EngineError;
use crate::query::ports::QueryPorts;
use crate::query::retrieval::candidates::{Candidate, live_among, live_candidates};
use crate::query::retrieval::choice::choose_retrievers;
use crate::query::retrieval::retrievers::Retrievers;
use crate::query::search_plan::SearchPlan;
use crate::timing::millis;

/// Fewest hits to ask of each retriever, because min-max scaling needs to see how far scores fall.
const MIN_DEPTH: usize = 100;
/// Factor by which the depth grows when too many hits turn out to be deleted.
const DEEPER: usize = 4;
/// How often it grows.
const MAX_ROUNDS: u32 = 3;

/// Candidates of a search, before reranking.
#[derive(Clone, Debug)]
pub(super) struct Retrieval {
    /// Best first in fused order, at most `top_k`.
    pub(super) candidates: Vec<Candidate>,
    /// The retrievers that searched.
    pub(super) mode: RetrievalMode,
    /// Language of the question, if it is clear.
    pub(super) language: Option<&'static str>,
    /// Whether the question is a name that its words find as it is written.
    pub(super) by_name: bool,
    pub(super) notices: Vec<Notice>,
    pub(super) timings: Timings,
    /// The embedded question, if the dense retriever searched.
    pub(super) query_vector: Option<Vec<f32>>,
}

/// Searches with every retriever that can help and fuses what is live.
#[tracing::instrument(skip_all)]
pub(super) async fn retrieve(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
) -> Result<Retrieval, EngineError> {
    let language = detect_language(&plan.query);
    let loading = Instant::now();
    let choice = choose_retrievers(ports, plan, language).await?;
    let mut retrievers = Retrievers::new(ports, plan, choice);
    retrievers.timings.queue_ms += millis(loading.elapsed());
    let mut depth = depth_of(plan);
    let mut rounds = 0;
    let candidates = loop {
        let position = ports.index.position();
        let hits = retrievers.search(depth).await?;
        let fusing = Instant::now();
        let exhausted = hits.exhausted;
        let candidates = live_candidates(ports, plan, hits, position).await?;
        retrievers.timings.fuse_ms += millis(fusing.elapsed());
        rounds += 1;
        if candidates.len() >= plan.top_k || exhausted || rounds == MAX_ROUNDS {
            break candidates;
        }
        depth *= DEEPER;
    };
    let query_vector = retrievers.choice.first_vector(plan);
    Ok(Retrieval {
        candidates,
        mode: retrievers.choice.mode,
        language,
        by_name: retrievers.choice.by_name,
        notices: retrievers.choice.notices,
        timings: retrievers.timings,
        query_vector,
    })
}

/// How many hits are asked of each retriever first.
pub(super) fn depth_of(plan: &SearchPlan) -> usize {
    MIN_DEPTH.max(2 * plan.top_k)
}

/// All live hits of both retrievers before they are fused.
pub(super) struct LiveHits {
    pub(super) bm25: Vec<ScoredChunk>,
    pub(super) dense: Vec<ScoredChunk>,
    pub(super) chunks: HashMap<ChunkId, ChunkRecord>,
    /// The most candidates for which a search would have found these hits too, and not looked deeper.
    pub(super) most_candidates: usize,
    /// What there is to say of the search; it has no candidates yet.
    pub(super) retrieval: Retrieval,
}

/// Searches with every retriever that can help, as deep as [`retrieve`] does, for several fusions of the same hits.
pub(super) async fn live_hits(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
) -> Result<LiveHits, EngineError> {
    let language = detect_language(&plan.query);
    let choice = choose_retrievers(ports, plan, language).await?;
    let mut retrievers = Retrievers::new(ports, plan, choice);
    let mut depth = depth_of(plan);
    let mut rounds = 0;
    let (hits, chunks, most_candidates) = loop {
        let position = ports.index.position();
        let mut hits = retrievers.search(depth).await?;
        let joining = Instant::now();
        let chunks = live_among(ports, plan, &hits, position).await?;
        hits.bm25.retain(|hit| chunks.contains_key(&hit.chunk));
        hits.dense.retain(|hit| chunks.contains_key(&hit.chunk));
        retrievers.timings.fuse_ms += millis(joining.elapsed());
        rounds += 1;
        let texts = count_texts(&chunks);
        if texts >= plan.top_k || hits.exhausted || rounds == MAX_ROUNDS {
            let most = match (rounds, hits.exhausted) {
                (1, true) => usize::MAX,
                (1, false) => texts,
                _ => 0,
            };
            break (hits, chunks, most);
        }
        depth *= DEEPER;
    };
    let query_vector = retrievers.choice.first_vector(plan);
    Ok(LiveHits {
        bm25: hits.bm25,
        dense: hits.dense,
        chunks,
        most_candidates,
        retrieval: Retrieval {
            candidates: Vec::new(),
            mode: retrievers.choice.mode,
            language,
            by_name: retrievers.choice.by_name,
            notices: retrievers.choice.notices,
            timings: retrievers.timings,
            query_vector,
        },
    })
}

/// A text that several chunks have is one candidate.
fn count_texts(chunks: &HashMap<ChunkId, ChunkRecord>) -> usize {
    let texts: HashSet<String> = chunks
        .values()
        .map(|chunk| chunk.chunk.indexed_text())
        .collect();
    texts.len()
}
