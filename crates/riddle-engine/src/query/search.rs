use riddle_core::{Hit, SearchResponse};

use crate::error::EngineError;
use crate::query::ports::QueryParts;
use crate::query::rerank::{Ranking, rank};
use crate::query::response;
use crate::query::retrieval::{Retrieval, retrieve};
use crate::query::search_plan::SearchPlan;
use crate::timing::Stopwatch;

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
        response::ranked(&self.retrieval, &self.ranking)
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
        search: response::response(plan, retrieval, ranking, watch),
        query_vector: retrieval.query_vector.clone(),
    }
}
