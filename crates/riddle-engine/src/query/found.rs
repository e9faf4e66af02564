use riddle_core::{Hit, SearchResponse};

use super::hits;
use super::parts::QueryParts;
use super::plan::SearchPlan;
use super::rerank::{Ranking, rank};
use super::retrieve::{Retrieval, retrieve};
use super::timing::Stopwatch;
use crate::error::EngineError;

/// What an answer is made from.
pub(super) struct Found {
    pub(super) search: SearchResponse,
    /// The embedded question, where the dense arm searched.
    pub(super) query_vector: Option<Vec<f32>>,
}

/// All candidates of a search in their final order.
pub(super) struct Candidates {
    retrieval: Retrieval,
    ranking: Ranking,
}

impl Candidates {
    /// As hits, best first.
    pub(super) fn ranked(&self) -> impl Iterator<Item = Hit> + '_ {
        hits::ranked(&self.retrieval, &self.ranking)
    }
}

/// Finds candidates, orders them and shows the best.
pub(super) async fn find(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
    watch: &Stopwatch,
) -> Result<(Candidates, Found), EngineError> {
    let retrieval = retrieve(parts, plan).await?;
    let ranking = rank(parts, plan, &retrieval).await;
    let found = respond(plan, &retrieval, &ranking, watch);
    Ok((Candidates { retrieval, ranking }, found))
}

/// The best of candidates that are found and ordered already.
pub(super) fn respond(
    plan: &SearchPlan,
    retrieval: &Retrieval,
    ranking: &Ranking,
    watch: &Stopwatch,
) -> Found {
    Found {
        search: hits::response(plan, retrieval, ranking, watch),
        query_vector: retrieval.query_vector.clone(),
    }
}
