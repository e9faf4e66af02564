//! Times the statements of the ingest path on a file with 100,000 chunks, or in an empty schema of a PostgreSQL server:
//! `store_bench [chunks [postgres://…]]`.
#![expect(clippy::print_stdout, reason = "the numbers are the output")]

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use riddle_core::{
    ChunkId, ContentHash, DocumentId, DocumentOrder, DocumentQuery, DocumentStore, EmbeddingCache,
    Findings, JobStore, KnowledgeBase, KnowledgeBaseId, KnowledgeBaseSettings, KnowledgeBaseStore,
    Metadata, NewChunk, NewDocument, OutboxStore, ScoredChunk, Span, StageOutcome, StageTimes,
    StagedDocument, Timestamp,
};
use riddle_store::{PostgresOptions, SqlStore};
use uuid::Uuid;

const CHUNKS_PER_DOCUMENT: u32 = 1_000;
const DIMENSIONS: usize = 384;
const FINGERPRINT: &str = "bench";
const NOW: Timestamp = Timestamp(1_800_000_000_000);

#[tokio::main]
async fn main() -> Result<()> {
    let chunks: u32 = match std::env::args().nth(1) {
        Some(argument) => argument.parse().context("chunks must be a number")?,
        None => 100_000,
    };
    let folder = tempfile::tempdir()?;
    let store = match std::env::args().nth(2) {
        None => SqlStore::open(&folder.path().join("bench.db")).await?,
        Some(url) => SqlStore::connect(&PostgresOptions { url, readers: 4 }).await?,
    };
    let knowledge_base = KnowledgeBase {
        id: KnowledgeBaseId(Uuid::from_u128(1)),
        name: "bench".to_owned(),
        description: String::new(),
        settings: KnowledgeBaseSettings::with_embedder(None),
        embedder_fingerprint: Some(FINGERPRINT.to_owned()),
        created_at: NOW,
    };
    store.insert_knowledge_base(&knowledge_base).await?;
    let documents = chunks.div_ceil(CHUNKS_PER_DOCUMENT);

    let accept = accept(&store, knowledge_base.id, documents).await?;
    println!("accept_document            {accept:8.0} /s");
    fill(&store, documents).await?;
    read(&store, knowledge_base.id, documents).await?;
    replace(&store, knowledge_base.id, documents).await?;
    delete(&store, documents).await
}

async fn accept(store: &SqlStore, knowledge_base: KnowledgeBaseId, documents: u32) -> Result<f64> {
    let started = Instant::now();
    for number in 0..documents {
        store
            .accept_document(&document(knowledge_base, number, 0), NOW)
            .await?;
    }
    Ok(f64::from(documents) / started.elapsed().as_secs_f64())
}

/// Every document through claim, cache, stage, outbox, publish and trim.
async fn fill(store: &SqlStore, documents: u32) -> Result<()> {
    let mut times = Times::default();
    let mut position = 0;
    for _ in 0..documents {
        let claimed = store.claim_job("bench", NOW, NOW.plus_millis(1));
        let job = times
            .take("claim_job", claimed)
            .await?
            .context("a job waits")?;
        let number = u32::try_from(job.document.id.0.as_u128())?;
        let chunks = chunks(number, job.generation);
        let entries: Vec<(ContentHash, Vec<f32>)> = chunks
            .iter()
            .map(|chunk| (chunk.text_hash(), vec![chunk.ordinal as f32; DIMENSIONS]))
            .collect();
        for half in entries.chunks(500) {
            let cached = store.cache_embeddings(FINGERPRINT, half);
            times.take("cache_embeddings(500)", cached).await?;
        }
        let staged = StagedDocument {
            document: job.document.id,
            sha256: job.document.sha256,
            generation: job.generation,
            chunks,
            embedded_chunks: CHUNKS_PER_DOCUMENT,
            findings: Findings::default(),
            stage_times: StageTimes::default(),
        };
        let outcome = times.take("stage_document(1,000)", store.stage_document(&staged, NOW));
        ensure!(matches!(outcome.await?, StageOutcome::Staged(_)));
        if number % 2 == 1 || number + 1 == documents {
            let rows = times.take("outbox_after(2,000)", store.outbox_after(position, 2_000));
            position = rows.await?.last().context("rows wait")?.sequence();
            let published = store.publish_documents(position, NOW);
            times.take("publish_documents(2)", published).await?;
            times
                .take("trim_outbox(2,000)", store.trim_outbox(position))
                .await?;
            times
                .take("purge, nothing to do", store.purge_deleted(position))
                .await?;
            times
                .take("prune, nothing to do", store.prune_embeddings())
                .await?;
        }
    }
    times.print();
    Ok(())
}

async fn read(store: &SqlStore, knowledge_base: KnowledgeBaseId, documents: u32) -> Result<()> {
    let mut times = Times::default();
    for round in 0..100_u32 {
        let hits: Vec<ScoredChunk> = (0..50)
            .map(|place: u32| {
                let number = (round * 7_919 + place * 104_729) % (documents * CHUNKS_PER_DOCUMENT);
                let document =
                    DocumentId(Uuid::from_u128(u128::from(number / CHUNKS_PER_DOCUMENT)));
                ScoredChunk {
                    chunk: ChunkId::derive(document, 1, number % CHUNKS_PER_DOCUMENT),
                    score: 0.0,
                }
            })
            .collect();
        let wanted = [knowledge_base];
        let live = store.live_chunks(&wanted, &hits, u64::MAX);
        let live = times.take("live_chunks(50)", live).await?;
        ensure!(live.len() == hits.len());
        let texts: Vec<ContentHash> = chunks(round % documents, 1)
            .iter()
            .take(500)
            .map(NewChunk::text_hash)
            .collect();
        let cached = store.cached_embeddings(FINGERPRINT, &texts);
        let cached = times.take("cached_embeddings(500)", cached).await?;
        ensure!(cached.iter().all(Option::is_some));
        let query = DocumentQuery {
            statuses: Vec::new(),
            name_contains: None,
            folder: None,
            order: DocumentOrder::default(),
            cursor: None,
            limit: 50,
        };
        let listed = store.list_documents(knowledge_base, &query);
        times.take("list_documents(50)", listed).await?;
    }
    times
        .take("list_knowledge_bases", store.list_knowledge_bases())
        .await?;
    times
        .take(
            "chunk_digest, all chunks",
            store.chunk_digest(knowledge_base),
        )
        .await?;
    times.print();
    Ok(())
}

/// New bytes for one document, through to the removal of its old generation.
async fn replace(store: &SqlStore, knowledge_base: KnowledgeBaseId, documents: u32) -> Result<()> {
    let mut times = Times::default();
    for number in 0..documents.min(10) {
        store
            .accept_document(&document(knowledge_base, number, 1), NOW)
            .await?;
        let job = store.claim_job("bench", NOW, NOW.plus_millis(1)).await?;
        let job = job.context("a job waits")?;
        let staged = StagedDocument {
            document: job.document.id,
            sha256: job.document.sha256,
            generation: job.generation,
            chunks: chunks(number, job.generation),
            embedded_chunks: CHUNKS_PER_DOCUMENT,
            findings: Findings::default(),
            stage_times: StageTimes::default(),
        };
        store.stage_document(&staged, NOW).await?;
        let (position, _trimmed) = store.outbox_bounds().await?;
        let published = store.publish_documents(position, NOW);
        times
            .take("publish a replacement of 1,000", published)
            .await?;
        times
            .take("prune 1,000 vectors", store.prune_embeddings())
            .await?;
    }
    times.print();
    Ok(())
}

async fn delete(store: &SqlStore, documents: u32) -> Result<()> {
    let mut times = Times::default();
    for number in 0..documents.min(10) {
        let id = DocumentId(Uuid::from_u128(u128::from(number)));
        times
            .take("delete_document(1,000)", store.delete_document(id, NOW))
            .await?;
    }
    let (position, _trimmed) = store.outbox_bounds().await?;
    times
        .take("purge 10 documents", store.purge_deleted(position))
        .await?;
    let id = KnowledgeBaseId(Uuid::from_u128(1));
    times
        .take(
            "delete_knowledge_base, the rest",
            store.delete_knowledge_base(id, NOW),
        )
        .await?;
    times
        .take("prune, the rest", store.prune_embeddings())
        .await?;
    times.print();
    Ok(())
}

fn document(knowledge_base: KnowledgeBaseId, number: u32, version: u32) -> NewDocument {
    NewDocument {
        id: DocumentId(Uuid::from_u128(u128::from(number))),
        knowledge_base,
        name: format!("document {number}"),
        media_type: None,
        sha256: ContentHash::of(format!("{number}.{version}").as_bytes()),
        bytes: 1,
        metadata: Metadata::new(),
        request_id: None,
    }
}

/// Chunks of about 200 tokens.
fn chunks(document: u32, generation: u32) -> Vec<NewChunk> {
    let filler = "words that stand for the text of a passage in some document ".repeat(15);
    (0..CHUNKS_PER_DOCUMENT)
        .map(|ordinal| NewChunk {
            ordinal,
            text: format!("{document} {generation} {ordinal} {filler}"),
            heading_path: vec!["Part".to_owned(), format!("Section {ordinal}")],
            page: Some(ordinal / 3 + 1),
            span: Span {
                start: ordinal * 900,
                end: ordinal * 900 + 900,
            },
            token_count: 200,
            carried: 0,
            places: Vec::new(),
        })
        .collect()
}

/// Durations in milliseconds by what took them.
#[derive(Default)]
struct Times {
    taken: Vec<(&'static str, Vec<f64>)>,
}

impl Times {
    async fn take<T>(&mut self, name: &'static str, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let result = work.await;
        let taken = started.elapsed().as_secs_f64() * 1_000.0;
        match self.taken.iter_mut().find(|(known, _)| *known == name) {
            Some((_, all)) => all.push(taken),
            None => self.taken.push((name, vec![taken])),
        }
        result
    }

    fn print(mut self) {
        for (name, all) in &mut self.taken {
            all.sort_by(f64::total_cmp);
            let (median, worst) = (all[all.len() / 2], all[all.len() - 1]);
            println!("{name:32} {median:9.3} ms median  {worst:9.3} ms at most");
        }
    }
}
