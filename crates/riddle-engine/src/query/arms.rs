use std::sync::Arc;
use std::time::Instant;

use riddle_core::{DenseQuery, LexicalQuery, Purpose, RetrievalMode, ScoredChunk, Timings};

use super::choice::{ArmChoice, degraded};
use super::parts::{QueryParts, run_cpu};
use super::plan::SearchPlan;
use super::timing::millis;
use crate::error::EngineError;
use crate::model_thread::Priority;
use crate::models::EmbedderHandle;

/// Hits of both arms, best first.
pub(super) struct ArmHits {
    pub(super) bm25: Vec<ScoredChunk>,
    pub(super) dense: Vec<ScoredChunk>,
}

/// Both arms of one search. They may be asked again for more hits; the query is embedded once.
pub(super) struct Arms<'a> {
    parts: QueryParts<'a>,
    plan: &'a SearchPlan,
    pub(super) choice: ArmChoice,
    /// The embedded question.
    pub(super) vector: Option<Vec<f32>>,
    pub(super) timings: Timings,
}

impl<'a> Arms<'a> {
    pub(super) fn new(parts: QueryParts<'a>, plan: &'a SearchPlan, choice: ArmChoice) -> Self {
        Self {
            parts,
            plan,
            choice,
            vector: None,
            timings: Timings::default(),
        }
    }

    /// The best `depth` hits of each arm; BM25 searches while the query is being embedded.
    pub(super) async fn search(&mut self, depth: usize) -> Result<ArmHits, EngineError> {
        let bm25 = async {
            if self.choice.mode == RetrievalMode::Dense {
                return Ok::<_, EngineError>((Vec::new(), None));
            }
            let (hits, ms) = search_bm25(self.parts, self.plan, depth).await?;
            Ok((hits, Some(ms)))
        };
        let dense = search_dense(
            self.parts,
            self.plan,
            self.choice.dense.as_ref(),
            self.vector.take(),
            depth,
        );
        let (bm25, dense) = tokio::join!(bm25, dense);
        let (bm25, bm25_ms) = bm25?;
        add(&mut self.timings.bm25_ms, bm25_ms);
        let dense = match dense {
            Ok(dense) => dense,
            Err(EngineError::Model(error)) => {
                let name = self.plan.knowledge_base.settings.embedder.as_deref();
                self.choice = degraded(self.choice.mode, name.unwrap_or_default(), error)?;
                DenseHits::default()
            }
            Err(other) => return Err(other),
        };
        add(&mut self.timings.embed_ms, dense.embed_ms);
        add(&mut self.timings.dense_ms, dense.dense_ms);
        self.timings.queue_ms += dense.queue_ms;
        self.vector = dense.vector;
        Ok(ArmHits {
            bm25,
            dense: dense.hits,
        })
    }
}

#[derive(Default)]
struct DenseHits {
    hits: Vec<ScoredChunk>,
    vector: Option<Vec<f32>>,
    embed_ms: Option<f64>,
    dense_ms: Option<f64>,
    queue_ms: f64,
}

async fn search_bm25(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
    depth: usize,
) -> Result<(Vec<ScoredChunk>, f64), EngineError> {
    let index = Arc::clone(parts.index);
    let (knowledge_base, text) = (plan.knowledge_base.id, plan.query.clone());
    let filter = plan.filter.clone();
    let search = move || {
        let started = Instant::now();
        let hits = index.search_lexical(&LexicalQuery {
            knowledge_bases: &[knowledge_base],
            text: &text,
            filter: &filter,
            limit: depth,
        });
        hits.map(|hits| (hits, millis(started.elapsed())))
    };
    Ok(run_cpu(search).await??)
}

async fn search_dense(
    parts: QueryParts<'_>,
    plan: &SearchPlan,
    embedder: Option<&EmbedderHandle>,
    vector: Option<Vec<f32>>,
    depth: usize,
) -> Result<DenseHits, EngineError> {
    let Some(embedder) = embedder else {
        return Ok(DenseHits::default());
    };
    let mut found = DenseHits::default();
    let vector = match vector {
        Some(vector) => vector,
        None => embed(embedder, &plan.query, &mut found).await?,
    };
    let index = Arc::clone(parts.index);
    let knowledge_base = plan.knowledge_base.id;
    let (filter, fingerprint) = (plan.filter.clone(), embedder.info.fingerprint.clone());
    let search = move || {
        let started = Instant::now();
        let hits = index.search_dense(&DenseQuery {
            embedder: &fingerprint,
            knowledge_bases: &[knowledge_base],
            vector: &vector,
            filter: &filter,
            limit: depth,
        });
        hits.map(|hits| (hits, vector, millis(started.elapsed())))
    };
    let (hits, vector, ms) = run_cpu(search).await??;
    found.hits = hits;
    found.vector = Some(vector);
    found.dense_ms = Some(ms);
    Ok(found)
}

async fn embed(
    embedder: &EmbedderHandle,
    query: &str,
    found: &mut DenseHits,
) -> Result<Vec<f32>, EngineError> {
    let started = Instant::now();
    let texts = vec![query.to_owned()];
    let (mut vectors, waited) = embedder
        .embed(texts, Purpose::Query, Priority::Interactive)
        .await?;
    found.queue_ms += millis(waited);
    found.embed_ms = Some(millis(started.elapsed().saturating_sub(waited)));
    // The port promises one vector for each text.
    vectors.pop().ok_or(EngineError::Stopping)
}

fn add(sum: &mut Option<f64>, more: Option<f64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0.0) + more);
    }
}
