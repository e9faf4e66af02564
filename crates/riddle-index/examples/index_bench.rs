//! Prints how fast the indexes fill and answer:
//! `cargo run --release -p riddle-index --example index_bench -- [chunks] [sentences.jsonl]`.
//!
//! Passages are made of sentences of a BEIR corpus when one is given (its `corpus.jsonl`), else of words that are
//! distributed as Zipf says. Vectors are random around 200 centres, which is about how embeddings of texts lie.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::env;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use riddle_core::{
    ChunkId, ChunkIndex, Condition, DenseQuery, DocumentId, Filter, IndexEntry, IndexError,
    IndexOperation, KnowledgeBaseId, LexicalQuery, Metadata, MetadataValue, Predicate,
    SequencedOperation,
};
use riddle_index::{ChunkIndexes, IndexOptions};

const DIMENSIONS: usize = 384;
const CENTRES: usize = 200;
const BATCH: usize = 1_000;
const SEARCHES: usize = 500;
const EMBEDDER: &str = "bench";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let chunks: usize = arguments.next().map_or(Ok(100_000), |n| n.parse())?;
    let sentences = match arguments.next() {
        Some(path) => read_sentences(Path::new(&path))?,
        None => zipf_sentences(),
    };
    let folder = tempfile::tempdir()?;
    let index = ChunkIndexes::open(
        folder.path(),
        IndexOptions {
            writer_memory_bytes: 50_000_000,
            writer_threads: 1,
        },
    )?;
    let mut corpus = Corpus::new(sentences);
    fill(&index, &mut corpus, chunks)?;
    measure_all(&index, &mut corpus, chunks, "before optimize")?;

    optimize(&index, &mut corpus)?;
    measure_all(&index, &mut corpus, chunks, "after optimize")?;

    let start = Instant::now();
    let digests = index.digests(knowledge_base(0))?;
    println!(
        "digests of {} chunks: {:?}",
        digests[0].1.count,
        start.elapsed()
    );
    println!("resident: {}", resident());

    drop(index);
    let start = Instant::now();
    let index = ChunkIndexes::open(
        folder.path(),
        IndexOptions {
            writer_memory_bytes: 50_000_000,
            writer_threads: 1,
        },
    )?;
    println!(
        "reopen: {:?} at position {}",
        start.elapsed(),
        index.position()
    );
    let start = Instant::now();
    let doomed: Vec<_> = (0..chunks / 10)
        .map(|n| SequencedOperation {
            sequence: (chunks + n + 1) as u64,
            operation: IndexOperation::Delete(chunk(n * 10)),
        })
        .collect();
    index.apply(&doomed)?;
    println!("delete {} chunks: {:?}", doomed.len(), start.elapsed());
    Ok(())
}

fn fill(index: &ChunkIndexes, corpus: &mut Corpus, chunks: usize) -> Result<(), IndexError> {
    let start = Instant::now();
    let mut slowest = Duration::ZERO;
    for first in (0..chunks).step_by(BATCH) {
        let batch: Vec<_> = (first..chunks.min(first + BATCH))
            .map(|n| SequencedOperation {
                sequence: n as u64 + 1,
                operation: IndexOperation::Upsert(Box::new(corpus.entry(n))),
            })
            .collect();
        let applied = Instant::now();
        index.apply(&batch)?;
        slowest = slowest.max(applied.elapsed());
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "fill: {chunks} chunks in {seconds:.1} s, {:.0} chunks/s, slowest batch of {BATCH} {slowest:?}",
        chunks as f64 / seconds
    );
    Ok(())
}

/// Optimizes while another thread searches, because a server's users do not wait for it.
fn optimize(index: &ChunkIndexes, corpus: &mut Corpus) -> Result<(), IndexError> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let searcher = scope.spawn(|| -> Result<Vec<Duration>, IndexError> {
            let mut times = Vec::new();
            while !done.load(Ordering::Acquire) {
                let vector = corpus.vector();
                let start = Instant::now();
                black_box(index.search_dense(&DenseQuery {
                    embedder: EMBEDDER,
                    knowledge_bases: &[knowledge_base(0)],
                    vector: &vector,
                    filter: &Filter::default(),
                    limit: 20,
                })?);
                times.push(start.elapsed());
                thread::sleep(Duration::from_millis(20));
            }
            Ok(times)
        });
        let start = Instant::now();
        let optimized = index.optimize();
        println!("optimize: {:.1} s", start.elapsed().as_secs_f64());
        done.store(true, Ordering::Release);
        if let Ok(times) = searcher.join() {
            let times = times?;
            let longest = times.iter().max().copied().unwrap_or_default();
            println!(
                "meanwhile {} dense searches: {}, longest {longest:?}",
                times.len(),
                percentiles(times)
            );
        }
        optimized
    })
}

fn measure_all(
    index: &ChunkIndexes,
    corpus: &mut Corpus,
    chunks: usize,
    label: &str,
) -> Result<(), IndexError> {
    println!("-- {label}");
    let everything = Filter::default();
    let tenth = equals("team", MetadataValue::Text("t3".to_owned()));
    let rare = equals("serial", MetadataValue::Number((chunks / 2) as f64));
    let range = Filter {
        all: vec![Condition {
            key: "year".to_owned(),
            predicate: Predicate::Range {
                gt: None,
                gte: Some(2_000.0),
                lt: Some(2_010.0),
                lte: None,
            },
        }],
    };
    for (name, kbs, filter) in [
        ("one kb of 90 %", vec![0], &everything),
        ("one kb of 10 %", vec![1], &everything),
        ("both kbs", vec![0, 1], &everything),
        ("filter 10 %", vec![0], &tenth),
        ("filter 1 chunk", vec![0], &rare),
        ("range 30 %", vec![0], &range),
    ] {
        let kbs: Vec<_> = kbs.into_iter().map(knowledge_base).collect();
        let mut bm25 = Vec::with_capacity(SEARCHES);
        let mut dense = Vec::with_capacity(SEARCHES);
        for _ in 0..SEARCHES {
            let text = corpus.query();
            let start = Instant::now();
            black_box(index.search_lexical(&LexicalQuery {
                knowledge_bases: &kbs,
                text: &text,
                filter,
                limit: 20,
            })?);
            bm25.push(start.elapsed());
            let vector = corpus.vector();
            let start = Instant::now();
            black_box(index.search_dense(&DenseQuery {
                embedder: EMBEDDER,
                knowledge_bases: &kbs,
                vector: &vector,
                filter,
                limit: 20,
            })?);
            dense.push(start.elapsed());
        }
        println!(
            "{name:<16} bm25 {}   dense {}",
            percentiles(bm25),
            percentiles(dense)
        );
    }
    Ok(())
}

struct Corpus {
    sentences: Vec<String>,
    centres: Vec<Vec<f32>>,
    random: Random,
}

impl Corpus {
    fn new(sentences: Vec<String>) -> Self {
        let mut random = Random(7);
        let centres = (0..CENTRES).map(|_| random.gaussian()).collect();
        Self {
            sentences,
            centres,
            random,
        }
    }

    fn entry(&mut self, n: usize) -> IndexEntry {
        let text: Vec<_> = (0..6).map(|_| self.sentence().to_owned()).collect();
        let metadata = Metadata::from([
            (
                "team".to_owned(),
                MetadataValue::Text(format!("t{}", n % 10)),
            ),
            (
                "year".to_owned(),
                MetadataValue::Number((1_995 + n % 30) as f64),
            ),
            ("serial".to_owned(), MetadataValue::Number(n as f64)),
        ]);
        IndexEntry {
            chunk: chunk(n),
            knowledge_base: knowledge_base(usize::from(n % 10 == 9)),
            document: DocumentId(uuid::Uuid::from_u128(n as u128 / 20)),
            text: text.join(" "),
            metadata,
            embedding: Some((EMBEDDER.to_owned(), self.vector())),
        }
    }

    /// Eight to twelve words of a sentence.
    fn query(&mut self) -> String {
        let count = 8 + self.random.below(5);
        let words: Vec<_> = self.sentence().split_whitespace().take(count).collect();
        words.join(" ")
    }

    fn vector(&mut self) -> Vec<f32> {
        let centre = self.random.below(CENTRES);
        let noise = self.random.gaussian();
        self.centres[centre]
            .iter()
            .zip(noise)
            .map(|(a, b)| a + b)
            .collect()
    }

    fn sentence(&mut self) -> &str {
        let at = self.random.below(self.sentences.len());
        &self.sentences[at]
    }
}

/// A small generator: the figures must not depend on a seed of the system.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 11) as usize % bound
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Sums of uniform numbers, close enough to a normal distribution.
    fn gaussian(&mut self) -> Vec<f32> {
        (0..DIMENSIONS)
            .map(|_| ((0..4).map(|_| self.unit()).sum::<f64>() - 2.0) as f32)
            .collect()
    }
}

fn equals(key: &str, value: MetadataValue) -> Filter {
    Filter {
        all: vec![Condition {
            key: key.to_owned(),
            predicate: Predicate::In(vec![value]),
        }],
    }
}

fn chunk(n: usize) -> ChunkId {
    ChunkId::derive(DocumentId(uuid::Uuid::nil()), 1, n as u32)
}

fn knowledge_base(n: usize) -> KnowledgeBaseId {
    KnowledgeBaseId(uuid::Uuid::from_u128(n as u128 + 1))
}

fn read_sentences(path: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut sentences = Vec::new();
    for line in fs::read_to_string(path)?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let text = row["text"].as_str().unwrap_or_default();
        sentences.extend(
            text.split(". ")
                .filter(|sentence| sentence.len() > 40)
                .map(str::to_owned),
        );
    }
    Ok(sentences)
}

fn zipf_sentences() -> Vec<String> {
    let mut random = Random(11);
    let vocabulary = 30_000_f64;
    (0..50_000)
        .map(|_| {
            let words: Vec<_> = (0..20)
                .map(|_| format!("w{}", vocabulary.powf(random.unit()) as u32))
                .collect();
            words.join(" ")
        })
        .collect()
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    format!(
        "p50 {:6.2} p95 {:6.2} p99 {:6.2} ms",
        at(0.5),
        at(0.95),
        at(0.99)
    )
}

/// Memory that this process occupies, where the system tells.
fn resident() -> String {
    fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            status
                .lines()
                .find(|line| line.starts_with("VmRSS"))
                .map(|line| line.replace("VmRSS:", "").trim().to_owned())
        })
        .unwrap_or_else(|| "unknown".to_owned())
}
