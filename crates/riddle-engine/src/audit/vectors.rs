//! Whether chunks are found by the vectors that were made of them, wherever these are kept.

use riddle_core::{
    ChunkId, ChunkIndex, DenseQuery, Filter, IndexError, KnowledgeBase, KnowledgeBaseId,
    ScoredChunk,
};

use crate::audit::Audit;
use crate::blocking::run_blocking;
use crate::error::EngineError;

/// Vectors of a knowledge base that are searched for at most.
const SAMPLED: usize = 1_000;
/// Vectors that are searched for in one go.
const PAGE: usize = 50;
/// Hits of a search among which the chunk has to be. Chunks with the same text have the same vector.
const HITS: usize = 20;
/// Chunks that a report names.
const MOST_NAMED: usize = 100;
/// Of longer vectors the indexes take none (`riddle-index/src/vectors/embedder.rs`).
const MAX_SQUARE: f32 = 1e37;
/// How far the similarity of a vector with itself may be off, as a part of it; a server may keep a smaller form.
const TOLERANCE: f32 = 0.01;

/// The result of searching for vectors by themselves.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VectorsAudit {
    /// Vectors that were searched for.
    pub checked: u64,
    /// Those whose chunk was not among the hits, or there with another vector.
    pub not_found: u64,
    /// The first of their chunks.
    pub named: Vec<ChunkId>,
}

/// A chunk and what was made of its text.
type Embedded = (ChunkId, Vec<f32>);

impl Audit {
    /// Takes vectors of every knowledge base out of the database and searches for each.
    pub(super) async fn audit_vectors(&self) -> Result<VectorsAudit, EngineError> {
        let mut report = VectorsAudit::default();
        for summary in self.shared.store.list_knowledge_bases().await? {
            self.search_for_sample(&summary.knowledge_base, &mut report)
                .await?;
        }
        Ok(report)
    }

    async fn search_for_sample(
        &self,
        knowledge_base: &KnowledgeBase,
        report: &mut VectorsAudit,
    ) -> Result<(), EngineError> {
        let Some(fingerprint) = &knowledge_base.embedder_fingerprint else {
            return Ok(());
        };
        let chunks = self
            .shared
            .store
            .expected_chunk_ids(knowledge_base.id)
            .await?;
        for page in sample(chunks).chunks(PAGE) {
            if self.shared.stopping.is_cancelled() {
                return Err(EngineError::Stopping);
            }
            let embedded = self.embedded(knowledge_base.id, fingerprint, page).await?;
            report.checked += embedded.len() as u64;
            let (index, id, embedder) = (
                self.shared.index.clone(),
                knowledge_base.id,
                fingerprint.clone(),
            );
            let search = move || not_found(&*index, id, &embedder, &embedded);
            let missing = run_blocking("searching for vectors", search).await??;
            report.not_found += missing.len() as u64;
            let left = MOST_NAMED.saturating_sub(report.named.len());
            report.named.extend(missing.into_iter().take(left));
        }
        Ok(())
    }

    /// Those of the chunks that the indexes have as they are now, and of which there is a vector.
    async fn embedded(
        &self,
        knowledge_base: KnowledgeBaseId,
        fingerprint: &str,
        chunks: &[ChunkId],
    ) -> Result<Vec<Embedded>, EngineError> {
        let hits: Vec<ScoredChunk> = chunks
            .iter()
            .map(|chunk| ScoredChunk {
                chunk: *chunk,
                score: 0.0,
            })
            .collect();
        let store = &self.shared.store;
        let position = self.shared.index_progress.position();
        let records = store
            .live_chunks(&[knowledge_base], &hits, position)
            .await?;
        let hashes: Vec<_> = records
            .iter()
            .map(|record| record.chunk.text_hash())
            .collect();
        let vectors = store.cached_embeddings(fingerprint, &hashes).await?;
        let both = records.iter().zip(vectors);
        Ok(both
            .filter_map(|(record, vector)| Some((record.id, vector?)))
            .filter(|(_, vector)| compares(vector))
            .collect())
    }
}

/// Whether the indexes have taken it: they leave out one that compares with nothing, whose chunk is found by its words.
fn compares(vector: &[f32]) -> bool {
    square(vector) <= MAX_SQUARE
}

fn square(vector: &[f32]) -> f32 {
    vector.iter().map(|number| number * number).sum()
}

/// Chunks that lie evenly among all. Their ids are hashes, so that is by chance, and the same the next time.
fn sample(mut chunks: Vec<ChunkId>) -> Vec<ChunkId> {
    chunks.sort();
    let step = chunks.len().div_ceil(SAMPLED).max(1);
    chunks.into_iter().step_by(step).collect()
}

/// Those that are not found by their own vectors.
fn not_found(
    index: &dyn ChunkIndex,
    knowledge_base: KnowledgeBaseId,
    embedder: &str,
    embedded: &[Embedded],
) -> Result<Vec<ChunkId>, IndexError> {
    let mut missing = Vec::new();
    for (chunk, vector) in embedded {
        let hits = index.search_dense(&DenseQuery {
            embedder,
            knowledge_bases: &[knowledge_base],
            vector,
            filter: &Filter::default(),
            limit: HITS,
        })?;
        if !is_among(&hits, *chunk, vector) {
            missing.push(*chunk);
        }
    }
    Ok(missing)
}

/// Whether the chunk is a hit with this very vector, or all hits are as similar: copies of its text, or, where vectors
/// are compared by their dot product, longer ones.
fn is_among(hits: &[ScoredChunk], chunk: ChunkId, vector: &[f32]) -> bool {
    let own = square(vector);
    let is_own = |hit: &ScoredChunk| (hit.score - own).abs() <= TOLERANCE * own;
    match hits.iter().find(|hit| hit.chunk == chunk) {
        Some(hit) => is_own(hit),
        None => hits.len() == HITS && hits.iter().all(|hit| hit.score >= own - TOLERANCE * own),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ids(count: u128) -> Vec<ChunkId> {
        (0..count).map(|id| ChunkId(Uuid::from_u128(id))).collect()
    }

    #[test]
    fn a_sample_is_spread_over_all_and_bounded() {
        for (all, taken) in [
            (0, 0),
            (1, 1),
            (1_000, 1_000),
            (1_001, 501),
            (10_000, 1_000),
        ] {
            assert_eq!(sample(ids(all)).len(), taken, "{all}");
        }
        let mut backwards = ids(2_000);
        backwards.reverse();
        assert_eq!(sample(backwards), sample(ids(2_000)));
    }

    #[test]
    fn a_chunk_is_found_by_the_vector_that_it_was_given() {
        let vector = [3.0, 4.0];
        let all = ids(u128::from(HITS as u64) + 1);
        let hit = |chunk: usize, score: f32| ScoredChunk {
            chunk: all[chunk],
            score,
        };
        assert!(is_among(&[hit(1, 25.5), hit(0, 25.1)], all[0], &vector));
        assert!(!is_among(&[hit(1, 25.0), hit(0, 20.0)], all[0], &vector));
        assert!(!is_among(&[hit(1, 25.0)], all[0], &vector));
        assert!(!is_among(&[], all[0], &vector));
        let same: Vec<ScoredChunk> = (1..=HITS).map(|other| hit(other, 25.0)).collect();
        assert!(is_among(&same, all[0], &vector));
        assert!(!is_among(&same[1..], all[0], &vector));
        let longer: Vec<ScoredChunk> = (1..=HITS).map(|other| hit(other, 40.0)).collect();
        assert!(is_among(&longer, all[0], &vector));
        assert!(compares(&vector) && !compares(&[f32::NAN]) && !compares(&[1e19]));
    }
}
