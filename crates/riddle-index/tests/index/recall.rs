use riddle_core::{ChunkIndex, DenseQuery, Filter};

use crate::place::open;
use crate::support::{EMBEDDER, chunk, delete, entry, kb, upsert};

const VECTORS: u32 = 22_000;
const DIMENSIONS: usize = 384;
const CENTRES: usize = 100;
const QUERIES: usize = 100;

/// A small generator, so that every run has the same vectors.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
    }

    fn vector(&mut self) -> Vec<f32> {
        (0..DIMENSIONS).map(|_| self.uniform()).collect()
    }
}

#[test]
fn the_graph_finds_what_a_full_scan_finds() {
    let mut random = Random(42);
    let centres: Vec<Vec<f32>> = (0..CENTRES).map(|_| random.vector()).collect();
    let mut near_a_centre = |n: usize| -> Vec<f32> {
        centres[n % CENTRES]
            .iter()
            .zip(random.vector())
            .map(|(centre, noise)| centre + noise)
            .collect()
    };
    let vectors: Vec<Vec<f32>> = (0..VECTORS as usize).map(&mut near_a_centre).collect();
    let queries: Vec<Vec<f32>> = (0..QUERIES).map(|n| near_a_centre(n * 7)).collect();

    let folder = tempfile::tempdir().expect("folder");
    let index = open(folder.path());
    let operations: Vec<_> = (0_u32..)
        .zip(&vectors)
        .map(|(n, vector)| {
            let mut entry = entry(n, "text");
            entry.embedding = Some((EMBEDDER.to_owned(), vector.clone()));
            upsert(u64::from(n) + 1, entry)
        })
        .collect();
    index.apply(&operations).expect("applies");
    index.optimize().expect("optimizes");
    let deleted: Vec<_> = (0..VECTORS)
        .step_by(10)
        .map(|n| delete(u64::from(VECTORS + n) + 1, chunk(n)))
        .collect();
    index.apply(&deleted).expect("deletes");

    let mut found = 0;
    for query in &queries {
        let filter = Filter::default();
        let hits = index
            .search_dense(&DenseQuery {
                embedder: EMBEDDER,
                knowledge_bases: &[kb(1)],
                vector: query,
                filter: &filter,
                limit: 10,
            })
            .expect("search");
        let exact = nearest(&vectors, query);
        found += hits.iter().filter(|hit| exact.contains(&hit.chunk)).count();
    }
    let recall = found as f64 / (QUERIES * 10) as f64;
    eprintln!("recall@10 {recall:.4} on {VECTORS} vectors");
    assert!(recall >= 0.98, "recall@10 is {recall}");

    drop(index);
    let index = open(folder.path());
    let digests = index.digests(kb(1)).expect("digests");
    assert_eq!(digests[0].1, digests[1].1);
    assert_eq!(digests[1].1.count, u64::from(VECTORS - VECTORS / 10));
}

fn nearest(vectors: &[Vec<f32>], query: &[f32]) -> Vec<riddle_core::ChunkId> {
    let mut scored: Vec<(f32, u32)> = (0_u32..)
        .zip(vectors)
        .filter(|(n, _)| n % 10 != 0)
        .map(|(n, vector)| (cosine(vector, query), n))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored[..10].iter().map(|(_, n)| chunk(*n)).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
