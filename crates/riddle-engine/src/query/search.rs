use riddle_core::{Hit, SearchResponse};

use crate::error::EngineError;
use crate::query::ports::QueryPorts;
use crate::query::rerank::{Ranking, rank};
use crate::query::response;
use crate::query::retrieval::{Retrieval, retrieve};
use crate::query::search_plan::SearchPlan;
use crate::timing::Stopwatch;

/// The response of a search, with the vector that an answer goes on with.
pub(super) struct SearchOutcome {
    pub(super) search: SearchResponse,
    /// The embedded question, if the dense retriever searched.
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
        response::ranked(&self.retrieval, &self.ranking, usize::MAX)
    }
}

/// Finds candidates, orders them and shows the best.
pub(super) async fn find(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    watch: &Stopwatch,
) -> Result<(Candidates, SearchOutcome), EngineError> {
    let retrieval = retrieve(ports, plan).await?;
    let ranking = rank(ports, plan, &retrieval).await;
    let found = respond(plan, &retrieval, &ranking, watch);
    Ok((Candidates { retrieval, ranking }, found))
}

/// The best of candidates that are found and ordered already.
pub(super) fn respond(
    plan: &SearchPlan,
    retrieval: &Retrieval,
    ranking: &Ranking,
    watch: &Stopwatch,
) -> SearchOutcome {
    SearchOutcome {
        search: response::response(plan, retrieval, ranking, watch),
        query_vector: retrieval.query_vector.clone(),
    }
}
