//! A store in a database of its own, and short ways to bring documents through it.

use std::collections::BTreeMap;

use riddle_core::{
    AcceptOutcome, ChunkId, ChunkPlace, ChunkStore, ClaimedJob, ContentHash, Document, DocumentId,
    DocumentStore, Failure, FailureCode, Findings, JobFailure, JobStore, KnowledgeBase,
    KnowledgeBaseId, KnowledgeBaseSettings, KnowledgeBaseStore, MetadataValue, MissingPictures,
    NewChunk, NewDocument, OutboxRow, OutboxStore, OwnMetadata, ScoredChunk, Span, StageOutcome,
    StageTimes, StagedDocument, Timestamp,
};
use riddle_store::SqlStore;
use uuid::Uuid;

use crate::database::Database;

pub(crate) const NOW: Timestamp = Timestamp(1_000_000);
pub(crate) const LEASE_END: Timestamp = Timestamp(2_000_000);
pub(crate) const BOOT: &str = "boot";
pub(crate) const EMBEDDER: &str = "embedder";

pub(crate) struct Fixture {
    pub(crate) database: Database,
    pub(crate) store: SqlStore,
    pub(crate) knowledge_base: KnowledgeBaseId,
}

impl Fixture {
    /// None where a test has to be skipped.
    pub(crate) async fn new() -> Option<Self> {
        let database = Database::new()?;
        let store = database.open().await;
        let made = knowledge_base(1, "first");
        store.insert_knowledge_base(&made).await.unwrap();
        Some(Self {
            database,
            store,
            knowledge_base: made.id,
        })
    }

    /// Opens the database anew without closing it first, as after a crash.
    pub(crate) async fn reopen(&mut self) {
        self.store = self.database.open().await;
    }

    pub(crate) async fn accept(&self, name: &str, bytes: &str) -> Document {
        let new = new_document(self.knowledge_base, name, bytes);
        match self.store.accept_document(&new, NOW).await.unwrap() {
            AcceptOutcome::Created(document)
            | AcceptOutcome::Replaced(document)
            | AcceptOutcome::Unchanged(document) => document,
        }
    }

    pub(crate) async fn claim(&self) -> ClaimedJob {
        self.try_claim().await.expect("a job waits")
    }

    pub(crate) async fn try_claim(&self) -> Option<ClaimedJob> {
        self.store.claim_job(BOOT, NOW, LEASE_END).await.unwrap()
    }

    pub(crate) async fn stage(&self, job: &ClaimedJob, texts: &[&str]) -> StageOutcome {
        let staged = staged(job, texts);
        self.store.stage_document(&staged, NOW).await.unwrap()
    }

    /// Publishes, trims and purges everything that is written, as an index without delay would have it.
    pub(crate) async fn settle(&self) -> Vec<Document> {
        let mut published = Vec::new();
        loop {
            let position = self.last().await;
            let now = self.store.publish_documents(position, NOW).await.unwrap();
            self.store.trim_outbox(position).await.unwrap();
            if now.is_empty() {
                return published;
            }
            published.extend(now);
        }
    }

    /// A document that is searchable with these texts as chunks.
    pub(crate) async fn ready(&self, name: &str, texts: &[&str]) -> Document {
        let accepted = self.accept(name, &texts.concat()).await;
        let job = self.claim().await;
        assert_eq!(job.document.id, accepted.id);
        assert!(matches!(
            self.stage(&job, texts).await,
            StageOutcome::Staged(_)
        ));
        self.settle().await;
        self.document(accepted.id).await
    }

    pub(crate) async fn document(&self, id: DocumentId) -> Document {
        let found = self.store.lookup_document(id).await.unwrap();
        found.expect("the document is there")
    }

    pub(crate) async fn last(&self) -> u64 {
        self.store.outbox_bounds().await.unwrap().0
    }

    pub(crate) async fn rows_after(&self, sequence: u64) -> Vec<OutboxRow> {
        self.store.outbox_after(sequence, 1_000).await.unwrap()
    }

    /// Texts of the live chunks of a document.
    pub(crate) async fn texts(&self, id: DocumentId) -> Vec<String> {
        let chunks = self.store.document_chunks(id, 0, 1_000, 0).await.unwrap();
        chunks
            .into_iter()
            .map(|chunk| chunk.record.chunk.text)
            .collect()
    }

    /// Which of these chunks a search may show.
    pub(crate) async fn live(&self, chunks: &[ChunkId]) -> Vec<ChunkId> {
        let hits: Vec<ScoredChunk> = chunks
            .iter()
            .map(|chunk| ScoredChunk {
                chunk: *chunk,
                score: 1.0,
            })
            .collect();
        let live = self
            .store
            .live_chunks(&[self.knowledge_base], &hits, self.last().await)
            .await;
        live.unwrap().into_iter().map(|record| record.id).collect()
    }

    pub(crate) async fn fail(&self, job: &ClaimedJob) {
        let failure = JobFailure::Final(failure());
        self.store
            .fail_job(job.document.id, job.document.sha256, &failure, NOW)
            .await
            .unwrap();
    }

    pub(crate) async fn release(&self, job: &ClaimedJob) {
        let (document, bytes) = (job.document.id, job.document.sha256);
        let released = self.store.release_job(document, bytes, NOW).await;
        released.unwrap();
    }

    /// Rows of a table, read past the store.
    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        self.database.count(table).await
    }
}

pub(crate) fn failure() -> Failure {
    Failure {
        code: FailureCode::Malformed,
        message: "the file is damaged".to_owned(),
    }
}

pub(crate) fn knowledge_base(id: u128, name: &str) -> KnowledgeBase {
    KnowledgeBase {
        id: KnowledgeBaseId(Uuid::from_u128(id)),
        name: name.to_owned(),
        description: format!("about {name}"),
        settings: KnowledgeBaseSettings::with_embedder(Some("small".to_owned())),
        embedder_fingerprint: Some(EMBEDDER.to_owned()),
        created_at: NOW,
    }
}

pub(crate) fn new_document(
    knowledge_base: KnowledgeBaseId,
    name: &str,
    bytes: &str,
) -> NewDocument {
    NewDocument {
        id: DocumentId(Uuid::now_v7()),
        knowledge_base,
        name: name.to_owned(),
        media_type: Some("text/plain".to_owned()),
        sha256: ContentHash::of(bytes.as_bytes()),
        bytes: bytes.len() as u64,
        metadata: BTreeMap::from([("year".to_owned(), MetadataValue::Number(2024.0))]),
        request_id: None,
    }
}

pub(crate) fn staged(job: &ClaimedJob, texts: &[&str]) -> StagedDocument {
    let chunks = texts.iter().zip(0_u32..).map(|(text, ordinal)| NewChunk {
        ordinal,
        text: (*text).to_owned(),
        heading_path: vec!["Part \"one\"".to_owned()],
        page: (ordinal > 0).then_some(ordinal),
        span: Span {
            start: ordinal * 10,
            end: ordinal * 10 + 10,
        },
        token_count: 7,
        carried: ordinal,
        places: places(ordinal),
    });
    StagedDocument {
        document: job.document.id,
        sha256: job.document.sha256,
        generation: job.generation,
        chunks: chunks.collect(),
        embedded_chunks: 1,
        findings: Findings {
            title: Some("A title of its own".to_owned()),
            unreadable_characters: 3,
            recognised_pages: [2, 3, 7].into_iter().collect(),
            unread_pages: 4,
            missing: MissingPictures {
                cut_pages: [7].into_iter().collect(),
                unread_frames: 5,
            },
            unread_attachments: 6,
            own_metadata: OwnMetadata {
                values: BTreeMap::from([
                    ("author".to_owned(), MetadataValue::Text("Ada".to_owned())),
                    ("year".to_owned(), MetadataValue::Number(1815.0)),
                ]),
                left_out: 8,
            },
        },
        stage_times: StageTimes {
            parsing_ms: Some(5),
            ..StageTimes::default()
        },
    }
}

pub(crate) fn chunk_ids(document: DocumentId, generation: u32, count: u32) -> Vec<ChunkId> {
    (0..count)
        .map(|ordinal| ChunkId::derive(document, generation, ordinal))
        .collect()
}

fn places(ordinal: u32) -> Vec<ChunkPlace> {
    let place = ChunkPlace {
        start: ordinal * 10 + 4,
        heading_path: vec!["Part two".to_owned()],
        page: Some(ordinal + 1),
    };
    if ordinal > 0 { vec![place] } else { Vec::new() }
}
