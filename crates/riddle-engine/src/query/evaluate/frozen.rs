use std::collections::HashMap;
use std::time::Duration;

use riddle_core::{
    ChunkId, ChunkRecord, FusedCandidate, IndexError, ModelError, Notice, RetrievalMode, fuse,
};

use crate::error::EngineError;
use crate::query::ports::QueryPorts;
use crate::query::retrieval::candidates::{Candidate, texts};
use crate::query::retrieval::{LiveHits, Retrieval, depth_of, live_hits};
use crate::query::search_plan::SearchPlan;
use crate::timing::Stopwatch;

/// The hits of both retrievers for a question, which all arms that search alike begin with.
pub(super) struct Frozen {
    mode: RetrievalMode,
    depth: usize,
    top_k: usize,
    found: LiveHits,
    elapsed: Duration,
}

/// Searches as deep as a search of this plan does.
pub(super) async fn freeze(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
) -> Result<Frozen, EngineError> {
    let watch = Stopwatch::start();
    let found = live_hits(ports, plan).await?;
    // What is measured as a search by meaning must be one.
    if let Some(error) = without(&found) {
        return Err(error);
    }
    Ok(Frozen {
        mode: plan.mode,
        depth: depth_of(plan),
        top_k: plan.top_k,
        found,
        elapsed: watch.elapsed(),
    })
}

/// What was left out because the embedder gave no vector, or the server of the vectors no hits.
fn without(found: &LiveHits) -> Option<EngineError> {
    let message = || "a run does not go on by words alone".to_owned();
    let mut notices = found.retrieval.notices.iter();
    notices.find_map(|notice| match notice {
        Notice::EmbedderUnavailable { model } => Some(EngineError::Model(ModelError::Away {
            model: model.clone(),
            message: message(),
        })),
        Notice::VectorsUnavailable => Some(EngineError::Index(IndexError {
            store: "vectors",
            message: message(),
            is_disk_full: false,
            has_panicked: false,
            is_away: true,
        })),
        _ => None,
    })
}

impl Frozen {
    /// Whether a search of this plan would find the same hits.
    pub(super) fn serves(&self, plan: &SearchPlan) -> bool {
        let as_deep = self.top_k == plan.top_k || plan.top_k <= self.found.most_candidates;
        self.mode == plan.mode && self.depth == depth_of(plan) && as_deep
    }

    /// How long the search took.
    pub(super) fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The hits, fused as the plan says.
    pub(super) fn retrieval(&self, plan: &SearchPlan) -> Retrieval {
        let LiveHits {
            bm25,
            dense,
            chunks,
            retrieval,
            ..
        } = &self.found;
        let fused = fuse(bm25, dense, plan.fusion(retrieval.by_name));
        Retrieval {
            candidates: candidates(fused, chunks, plan.top_k),
            ..retrieval.clone()
        }
    }
}

fn candidates(
    fused: Vec<FusedCandidate>,
    chunks: &HashMap<ChunkId, ChunkRecord>,
    top_k: usize,
) -> Vec<Candidate> {
    let found = fused.into_iter().map(|fused| {
        let chunk = chunks.get(&fused.chunk)?.clone();
        Some((fused, chunk))
    });
    texts(found.flatten(), top_k)
}
