use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use riddle_core::{
    DenseQuery, LexicalQuery, ModelError, Purpose, RetrievalMode, ScoredChunk, Timings, join_scaled,
};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::model_thread::Priority;
use crate::models::EmbedderHandle;
use crate::query::ports::QueryPorts;
use crate::query::retrieval::choice::{DenseGroup, RetrieverChoice};
use crate::query::search_plan::SearchPlan;
use crate::timing::millis;

/// How long a question waits for its vector; words alone can answer it. A model of another server may be busy with
/// passages for longer.
const QUESTION_WAIT: Duration = Duration::from_secs(15);

/// Hits of both retrievers, best first.
pub(in crate::query) struct RetrieverHits {
    pub(in crate::query) bm25: Vec<ScoredChunk>,
    pub(in crate::query) dense: Vec<ScoredChunk>,
    /// Whether the question is a name that its words find as it is written.
    pub(in crate::query) by_name: bool,
    /// Whether neither retriever has more hits.
    pub(in crate::query) exhausted: bool,
}

/// Both retrievers of a search. They can be asked again for more hits; the query is embedded once.
pub(in crate::query) struct Retrievers<'a> {
    ports: QueryPorts<'a>,
    plan: &'a SearchPlan,
    pub(in crate::query) choice: RetrieverChoice,
    pub(in crate::query) timings: Timings,
}

impl<'a> Retrievers<'a> {
    pub(in crate::query) fn new(
        ports: QueryPorts<'a>,
        plan: &'a SearchPlan,
        choice: RetrieverChoice,
    ) -> Self {
        Self {
            ports,
            plan,
            choice,
            timings: Timings::default(),
        }
    }

    /// The best `depth` hits of each retriever; BM25 searches while the query is being embedded.
    pub(in crate::query) async fn search(
        &mut self,
        depth: usize,
    ) -> Result<RetrieverHits, EngineError> {
        let (ports, plan) = (self.ports, self.plan);
        let with_words = self.choice.mode != RetrievalMode::Dense;
        let bm25 = async {
            if !with_words {
                return Ok::<_, EngineError>((Vec::new(), None));
            }
            let (hits, ms) = search_bm25(ports, plan, depth).await?;
            Ok((hits, Some(ms)))
        };
        let groups = self.choice.dense.drain(..);
        let dense = join_all(groups.map(|group| search_dense(ports, plan, group, depth)));
        let (bm25, dense) = tokio::join!(bm25, dense);
        let (bm25, bm25_ms) = bm25?;
        add(&mut self.timings.bm25_ms, bm25_ms);
        let mut exhausted = bm25.len() < depth;
        let mut lists = Vec::with_capacity(dense.len());
        for (group, found) in dense {
            match found {
                Ok(found) => {
                    exhausted &= found.hits.len() < depth;
                    add(&mut self.timings.embed_ms, found.embed_ms);
                    add(&mut self.timings.dense_ms, found.dense_ms);
                    self.timings.queue_ms += found.queue_ms;
                    lists.push(found.hits);
                    self.choice.dense.push(group);
                }
                Err(EngineError::Model(error)) => {
                    self.choice.degrade(&group.embedder.info.name, error)?;
                }
                Err(EngineError::Index(error)) if error.is_away => {
                    self.choice.leave_vectors_out(error)?;
                }
                Err(other) => return Err(other),
            }
        }
        self.choice.settle();
        Ok(RetrieverHits {
            bm25,
            dense: join_scaled(lists),
            by_name: self.choice.by_name,
            exhausted,
        })
    }
}

#[derive(Default)]
struct DenseHits {
    hits: Vec<ScoredChunk>,
    embed_ms: Option<f64>,
    dense_ms: Option<f64>,
    queue_ms: f64,
}

async fn search_bm25(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    depth: usize,
) -> Result<(Vec<ScoredChunk>, f64), EngineError> {
    let index = Arc::clone(ports.index);
    let (knowledge_bases, text) = (plan.scope.ids(), plan.query.clone());
    let filter = plan.filter.clone();
    let search = move || {
        let started = Instant::now();
        let hits = index.search_lexical(&LexicalQuery {
            knowledge_bases: &knowledge_bases,
            text: &text,
            filter: &filter,
            limit: depth,
        });
        hits.map(|hits| (hits, millis(started.elapsed())))
    };
    Ok(run_blocking("searching by words", search).await??)
}

/// Searches the knowledge bases of one embedder, and gives the group back with the embedded question in it.
async fn search_dense(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    mut group: DenseGroup,
    depth: usize,
) -> (DenseGroup, Result<DenseHits, EngineError>) {
    let found = dense_hits(ports, plan, &mut group, depth).await;
    (group, found)
}

async fn dense_hits(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    group: &mut DenseGroup,
    depth: usize,
) -> Result<DenseHits, EngineError> {
    let mut found = DenseHits::default();
    let vector = match group.vector.take() {
        Some(vector) => vector,
        None => embed(&group.embedder, &plan.query, &mut found).await?,
    };
    let index = Arc::clone(ports.index);
    let knowledge_bases = group.knowledge_bases.clone();
    let fingerprint = group.embedder.info.fingerprint.clone();
    let filter = plan.filter.clone();
    let search = move || {
        let started = Instant::now();
        let hits = index.search_dense(&DenseQuery {
            embedder: &fingerprint,
            knowledge_bases: &knowledge_bases,
            vector: &vector,
            filter: &filter,
            limit: depth,
        });
        hits.map(|hits| (hits, vector, millis(started.elapsed())))
    };
    let (hits, vector, ms) = run_blocking("searching by meaning", search).await??;
    found.hits = hits;
    group.vector = Some(vector);
    found.dense_ms = Some(ms);
    Ok(found)
}

async fn embed(
    embedder: &EmbedderHandle,
    query: &str,
    found: &mut DenseHits,
) -> Result<Vec<f32>, EngineError> {
    let started = Instant::now();
    let embedding = embedder.embed_one(query.to_owned(), Purpose::Query, Priority::Question);
    let (vector, waited) = in_time(&embedder.info.name, QUESTION_WAIT, embedding).await?;
    found.queue_ms += millis(waited);
    found.embed_ms = Some(millis(started.elapsed().saturating_sub(waited)));
    Ok(vector)
}

async fn in_time<T>(
    model: &str,
    limit: Duration,
    embedding: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, EngineError> {
    let made = tokio::time::timeout(limit, embedding).await;
    made.unwrap_or_else(|_elapsed| {
        Err(EngineError::Model(ModelError::Away {
            model: model.to_owned(),
            message: "it had no time for the question; it may be busy with documents".to_owned(),
        }))
    })
}

fn add(sum: &mut Option<f64>, more: Option<f64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0.0) + more);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_question_does_not_wait_for_its_vector_for_long() {
        let late = in_time::<()>("m", Duration::ZERO, pending()).await;
        assert!(
            matches!(late, Err(EngineError::Model(ModelError::Away { .. }))),
            "{late:?}"
        );
        let made = in_time("m", QUESTION_WAIT, ready(Ok(7))).await;
        assert_eq!(made.expect("in time"), 7);
    }
}
