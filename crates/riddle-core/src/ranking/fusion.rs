use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::id::ChunkId;
use crate::domain::retrieval::StageScore;
use crate::ports::index::ScoredChunk;
use crate::ranking::scale::min_max_scale;

/// The usual constant of reciprocal rank fusion.
const RRF_K: f32 = 60.0;

/// How the hits of both retrievers become one list. A retriever without hits counts nothing.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Fusion {
    /// The weighted sum of scores that are min-max scaled by retriever.
    Weighted {
        /// Weight of dense retrieval, 0 to 1; BM25 has the rest.
        dense_weight: f32,
    },
    /// Reciprocal rank fusion, which looks at ranks alone.
    ReciprocalRank,
}

impl Default for Fusion {
    /// Both retrievers alike: measured best where nothing is known about the documents.
    fn default() -> Self {
        Self::Weighted { dense_weight: 0.5 }
    }
}

/// The fusions among which a run of an evaluation looks for the best one: weights of dense retrieval in steps of a
/// tenth, then reciprocal rank fusion. The first and the last weight are each retriever alone.
pub fn fusions_to_try() -> Vec<Fusion> {
    let weights = (0_u8..=10).map(|tenths| Fusion::Weighted {
        dense_weight: f32::from(tenths) / 10.0,
    });
    weights.chain([Fusion::ReciprocalRank]).collect()
}

/// A chunk that one retriever or both found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FusedCandidate {
    /// The chunk.
    pub chunk: ChunkId,
    /// Rank and score among the hits of BM25.
    pub bm25: Option<StageScore>,
    /// Rank and score among the dense hits.
    pub dense: Option<StageScore>,
    /// Rank from 1 and score in the fused list.
    pub fused: StageScore,
}

/// Fuses the hits of both retrievers, best first. A chunk that a retriever did not find scores 0 there. Equal scores
/// are ordered by reciprocal rank fusion, then by id, so the order of the input does not matter. Scores are from 0 to
/// 1. Hits whose score is not finite are left out.
pub fn fuse(bm25: &[ScoredChunk], dense: &[ScoredChunk], fusion: Fusion) -> Vec<FusedCandidate> {
    let dense_weight = match fusion {
        Fusion::Weighted { dense_weight } if dense_weight.is_finite() => {
            dense_weight.clamp(0.0, 1.0)
        }
        Fusion::Weighted { .. } | Fusion::ReciprocalRank => 0.5,
    };
    let bm25 = Retrieved::new(bm25, 1.0 - dense_weight);
    let dense = Retrieved::new(dense, dense_weight);
    let total = bm25.weight + dense.weight;
    let mut fused: Vec<(FusedCandidate, f32)> = union(&bm25, &dense)
        .into_iter()
        .map(|chunk| {
            let sum = bm25.share(chunk) + dense.share(chunk);
            let reciprocal = bm25.reciprocal_rank(chunk) + dense.reciprocal_rank(chunk);
            let score = match fusion {
                Fusion::ReciprocalRank => reciprocal * (RRF_K + 1.0) / 2.0,
                Fusion::Weighted { .. } if total > 0.0 => sum / total,
                Fusion::Weighted { .. } => 0.0,
            };
            let candidate = FusedCandidate {
                chunk,
                bm25: bm25.stage(chunk),
                dense: dense.stage(chunk),
                fused: StageScore { rank: 0, score },
            };
            (candidate, reciprocal)
        })
        .collect();
    fused.sort_by(|(a, a_reciprocal), (b, b_reciprocal)| {
        b.fused
            .score
            .total_cmp(&a.fused.score)
            .then(b_reciprocal.total_cmp(a_reciprocal))
            .then(a.chunk.cmp(&b.chunk))
    });
    let mut rank = 0;
    fused
        .into_iter()
        .map(|(mut candidate, _)| {
            rank += 1;
            candidate.fused.rank = rank;
            candidate
        })
        .collect()
}

/// Joins lists whose scores mean different things, such as cosines of several embedders, best first. The scores of each
/// list are min-max scaled before that; a single list keeps its scores.
pub fn join_scaled(mut lists: Vec<Vec<ScoredChunk>>) -> Vec<ScoredChunk> {
    if lists.len() <= 1 {
        return lists.pop().unwrap_or_default();
    }
    for list in &mut lists {
        list.retain(|hit| hit.score.is_finite());
        let scores: Vec<f32> = list.iter().map(|hit| hit.score).collect();
        for (hit, scaled) in list.iter_mut().zip(min_max_scale(&scores)) {
            hit.score = scaled;
        }
    }
    ordered(&lists.concat())
}

/// One retriever's hits by chunk: rank and score, and the score min-max scaled.
struct Retrieved {
    weight: f32,
    hits: HashMap<ChunkId, (StageScore, f32)>,
}

impl Retrieved {
    fn new(hits: &[ScoredChunk], weight: f32) -> Self {
        let hits = ordered(hits);
        let scores: Vec<f32> = hits.iter().map(|hit| hit.score).collect();
        let scaled = min_max_scale(&scores);
        let weight = if hits.is_empty() {
            0.0
        } else {
            weight.max(0.0)
        };
        let hits = hits
            .iter()
            .zip(scaled)
            .zip(1..)
            .map(|((hit, scaled), rank)| {
                let score = hit.score;
                (hit.chunk, (StageScore { rank, score }, scaled))
            })
            .collect();
        Self { weight, hits }
    }

    fn stage(&self, chunk: ChunkId) -> Option<StageScore> {
        self.hits.get(&chunk).map(|(stage, _)| *stage)
    }

    fn share(&self, chunk: ChunkId) -> f32 {
        self.hits
            .get(&chunk)
            .map_or(0.0, |(_, scaled)| self.weight * scaled)
    }

    fn reciprocal_rank(&self, chunk: ChunkId) -> f32 {
        self.hits
            .get(&chunk)
            .map_or(0.0, |(stage, _)| 1.0 / (RRF_K + stage.rank as f32))
    }
}

fn union(a: &Retrieved, b: &Retrieved) -> Vec<ChunkId> {
    let only_b = b.hits.keys().filter(|chunk| !a.hits.contains_key(*chunk));
    a.hits.keys().chain(only_b).copied().collect()
}

/// Best first, equal scores by id, each chunk once, finite scores only.
fn ordered(hits: &[ScoredChunk]) -> Vec<ScoredChunk> {
    let mut hits: Vec<ScoredChunk> = hits
        .iter()
        .copied()
        .filter(|hit| hit.score.is_finite())
        .collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
    let mut seen = std::collections::HashSet::with_capacity(hits.len());
    hits.retain(|hit| seen.insert(hit.chunk));
    hits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn hit(id: u128, score: f32) -> ScoredChunk {
        ScoredChunk {
            chunk: ChunkId(Uuid::from_u128(id)),
            score,
        }
    }

    fn ids(fused: &[FusedCandidate]) -> Vec<u128> {
        fused.iter().map(|f| f.chunk.0.as_u128()).collect()
    }

    #[test]
    fn found_by_both_beats_found_by_one() {
        let bm25 = [hit(1, 12.0), hit(2, 9.0), hit(3, 2.0)];
        let dense = [hit(4, 0.9), hit(2, 0.8), hit(5, 0.1)];
        let fused = fuse(&bm25, &dense, Fusion::default());
        assert_eq!(ids(&fused), [2, 1, 4, 3, 5]);
        assert_eq!(fused[0].fused.rank, 1);
        assert_eq!(
            fused[0].bm25,
            Some(StageScore {
                rank: 2,
                score: 9.0
            })
        );
        assert_eq!(fused[1].dense, None);
        assert!((fused[0].fused.score - (0.7 + 0.875) / 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_single_arm_keeps_its_order_and_uses_the_whole_range() {
        let fused = fuse(
            &[hit(1, 3.0), hit(2, 2.0), hit(3, 1.0)],
            &[],
            Fusion::default(),
        );
        assert_eq!(ids(&fused), [1, 2, 3]);
        assert_eq!(
            fused.iter().map(|f| f.fused.score).collect::<Vec<_>>(),
            [1.0, 0.5, 0.0]
        );
    }

    #[test]
    fn ranks_alone_count_where_asked() {
        let bm25 = [hit(1, 1_000.0), hit(2, 2.0), hit(3, 1.0)];
        let dense = [hit(2, 0.9), hit(4, 0.2)];
        let fused = fuse(&bm25, &dense, Fusion::ReciprocalRank);
        assert_eq!(ids(&fused), [2, 1, 4, 3]);
        let expected = (1.0 / 62.0 + 1.0 / 61.0) * 61.0 / 2.0;
        assert!((fused[0].fused.score - expected).abs() < 1e-6);
    }

    #[test]
    fn the_fusions_to_try_begin_and_end_with_one_retriever_alone() {
        let (bm25, dense) = ([hit(1, 2.0), hit(2, 1.0)], [hit(3, 0.9), hit(4, 0.1)]);
        let order = |fusion| ids(&fuse(&bm25, &dense, fusion));
        let tried = fusions_to_try();
        assert_eq!(tried.len(), 12);
        assert_eq!(order(tried[0])[0], 1);
        assert_eq!(order(tried[10])[0], 3);
        assert_eq!(tried[5], Fusion::default());
    }

    #[test]
    fn a_score_that_is_no_number_is_left_out() {
        let fused = fuse(
            &[hit(1, f32::NAN), hit(2, 1.0)],
            &[hit(3, f32::INFINITY)],
            Fusion::default(),
        );
        assert_eq!(ids(&fused), [2]);
    }

    fn retrieved() -> impl Strategy<Value = Vec<ScoredChunk>> {
        prop::collection::btree_map(0_u128..40, -5.0_f32..50.0, 0..30)
            .prop_map(|hits| hits.into_iter().map(|(id, score)| hit(id, score)).collect())
    }

    proptest! {
        #[test]
        fn the_order_of_the_input_does_not_matter(bm25 in retrieved(), dense in retrieved(), seed in any::<u64>()) {
            let straight = fuse(&bm25, &dense, Fusion::default());
            let shuffled = fuse(&shuffle(&bm25, seed), &shuffle(&dense, seed), Fusion::default());
            prop_assert_eq!(straight, shuffled);
        }

        #[test]
        fn better_in_both_retrievers_is_better_fused(
            bm25 in retrieved(),
            dense in retrieved(),
            weight in 0.0_f32..=1.0,
        ) {
            let fused = fuse(&bm25, &dense, Fusion::Weighted { dense_weight: weight });
            for a in &fused {
                for b in &fused {
                    let better = |x: Option<StageScore>, y: Option<StageScore>| match (x, y) {
                        (Some(x), Some(y)) => x.score > y.score,
                        (Some(_), None) => true,
                        _ => false,
                    };
                    if better(a.bm25, b.bm25) && better(a.dense, b.dense) {
                        prop_assert!(a.fused.rank < b.fused.rank);
                    }
                }
            }
        }

        #[test]
        fn every_hit_is_there_once_with_a_score_in_bounds(
            bm25 in retrieved(),
            dense in retrieved(),
            fusion in prop::sample::select(fusions_to_try()),
        ) {
            let fused = fuse(&bm25, &dense, fusion);
            let expected: std::collections::BTreeSet<_> = bm25.iter().chain(&dense).map(|h| h.chunk).collect();
            let found: std::collections::BTreeSet<_> = fused.iter().map(|f| f.chunk).collect();
            prop_assert_eq!(fused.len(), found.len());
            prop_assert_eq!(expected, found);
            for (candidate, rank) in fused.iter().zip(1..) {
                prop_assert_eq!(candidate.fused.rank, rank);
                prop_assert!((0.0..=1.0).contains(&candidate.fused.score));
            }
        }
    }

    fn shuffle(hits: &[ScoredChunk], seed: u64) -> Vec<ScoredChunk> {
        let mut hits = hits.to_vec();
        let mut state = seed | 1;
        for index in (1..hits.len()).rev() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            hits.swap(index, (state >> 33) as usize % (index + 1));
        }
        hits
    }

    #[test]
    fn lists_of_several_embedders_are_scaled_before_they_are_joined() {
        let hit = |number: u128, score| ScoredChunk {
            chunk: ChunkId(uuid::Uuid::from_u128(number)),
            score,
        };
        let alone = vec![hit(1, 0.82), hit(2, 0.80)];
        assert_eq!(join_scaled(vec![alone.clone()]), alone);
        assert_eq!(join_scaled(Vec::new()), []);
        let other = vec![hit(3, 0.4), hit(4, 0.3), hit(5, f32::NAN), hit(6, 0.2)];
        let joined = join_scaled(vec![alone, other]);
        let order: Vec<u128> = joined.iter().map(|hit| hit.chunk.0.as_u128()).collect();
        assert_eq!(order, [1, 3, 4, 2, 6]);
        assert!((joined[2].score - 0.5).abs() < 1e-6);
    }
}
