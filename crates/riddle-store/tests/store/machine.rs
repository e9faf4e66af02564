//! Random sequences of everything that can happen, beside a model in memory and an index that only sees the outbox.

use std::collections::{BTreeMap, HashMap, HashSet};

use proptest::collection::vec;
use proptest::prelude::*;
use riddle_core::{
    AcceptOutcome, ChunkId, ClaimedJob, ContentHash, DocumentId, DocumentOrder, DocumentQuery,
    DocumentStatus, DocumentStore, EmbeddingCache, JobStore, KnowledgeBaseStore, NewChunk,
    OutboxRow, OutboxStore, StageOutcome,
};

use crate::fixture::{EMBEDDER, Fixture, NOW, new_document, staged};

const NAMES: [&str; 3] = ["a", "b", "c"];

#[derive(Clone, Debug)]
enum Step {
    Accept { name: usize, version: u8 },
    Claim,
    Stage { worker: usize, chunks: usize },
    Fail { worker: usize },
    Apply { rows: u32 },
    Publish,
    Trim,
    Purge,
    Delete { name: usize },
    Requeue { name: usize },
    Crash,
    LoseIndex,
}

fn step() -> impl Strategy<Value = Step> {
    let name = 0..NAMES.len();
    prop_oneof![
        4 => (name.clone(), 0..3_u8).prop_map(|(name, version)| Step::Accept { name, version }),
        5 => Just(Step::Claim),
        6 => (0..4_usize, 0..4_usize).prop_map(|(worker, chunks)| Step::Stage { worker, chunks }),
        1 => (0..4_usize).prop_map(|worker| Step::Fail { worker }),
        6 => (1..6_u32).prop_map(|rows| Step::Apply { rows }),
        4 => Just(Step::Publish),
        1 => Just(Step::Trim),
        2 => Just(Step::Purge),
        2 => name.clone().prop_map(|name| Step::Delete { name }),
        1 => name.prop_map(|name| Step::Requeue { name }),
        1 => Just(Step::Crash),
        1 => Just(Step::LoseIndex),
    ]
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Job {
    None,
    Waiting,
    Held,
}

/// A generation and its texts.
type Generation = (u32, Vec<String>);

struct Expected {
    id: DocumentId,
    bytes: String,
    job: Job,
    failed: bool,
    live: Option<Generation>,
    /// With the sequence of its last row.
    staged: Option<(u64, Generation)>,
}

struct Machine {
    fixture: Fixture,
    documents: BTreeMap<&'static str, Expected>,
    workers: Vec<ClaimedJob>,
    index: HashSet<ChunkId>,
    position: u64,
    highest: u64,
    trimmed: u64,
    /// Every chunk ever seen, with its text.
    seen: HashMap<ChunkId, String>,
}

impl Machine {
    /// None where the test has to be skipped.
    async fn new() -> Option<Self> {
        Some(Self {
            fixture: Fixture::new().await?,
            documents: BTreeMap::new(),
            workers: Vec::new(),
            index: HashSet::new(),
            position: 0,
            highest: 0,
            trimmed: 0,
            seen: HashMap::new(),
        })
    }

    async fn run(&mut self, step: &Step) {
        match *step {
            Step::Accept { name, version } => self.accept(NAMES[name], version).await,
            Step::Claim => self.claim().await,
            Step::Stage { worker, chunks } => self.stage(worker, chunks).await,
            Step::Fail { worker } => self.fail(worker).await,
            Step::Apply { rows } => self.apply(rows).await,
            Step::Publish => self.publish().await,
            Step::Trim => self.trim().await,
            Step::Purge => self.purge().await,
            Step::Delete { name } => self.delete(NAMES[name]).await,
            Step::Requeue { name } => self.requeue(NAMES[name]).await,
            Step::Crash => self.crash().await,
            Step::LoseIndex => self.lose_index().await,
        }
        self.check().await;
    }

    async fn accept(&mut self, name: &'static str, version: u8) {
        let bytes = format!("{name}{version}");
        let new = new_document(self.fixture.knowledge_base, name, &bytes);
        let outcome = self.fixture.store.accept_document(&new, NOW).await.unwrap();
        match self.documents.get_mut(name) {
            None => {
                assert!(matches!(outcome, AcceptOutcome::Created(_)));
                let expected = Expected {
                    id: new.id,
                    bytes,
                    job: Job::Waiting,
                    failed: false,
                    live: None,
                    staged: None,
                };
                self.documents.insert(name, expected);
            }
            Some(known) if known.bytes == bytes => {
                assert!(matches!(outcome, AcceptOutcome::Unchanged(_)));
                if known.failed {
                    (known.failed, known.job) = (false, Job::Waiting);
                }
            }
            Some(known) => {
                assert!(matches!(outcome, AcceptOutcome::Replaced(_)));
                (known.bytes, known.failed, known.job) = (bytes, false, Job::Waiting);
            }
        }
    }

    async fn claim(&mut self) {
        match self.fixture.try_claim().await {
            Some(job) => {
                let known = self.known(job.document.id).expect("it is not deleted");
                assert_eq!(known.job, Job::Waiting);
                known.job = Job::Held;
                self.workers.push(job);
            }
            None => assert!(self.documents.values().all(|one| one.job != Job::Waiting)),
        }
    }

    async fn stage(&mut self, worker: usize, chunks: usize) {
        let Some(job) = self.take_worker(worker) else {
            return;
        };
        let texts: Vec<String> = (0..chunks)
            .map(|ordinal| format!("{:?} {} {ordinal}", job.document.sha256, job.generation))
            .collect();
        let staged = staged(&job, &texts.iter().map(String::as_str).collect::<Vec<_>>());
        let vectors: Vec<(ContentHash, Vec<f32>)> = staged
            .chunks
            .iter()
            .map(NewChunk::text_hash)
            .map(|hash| (hash, vec![1.0]))
            .collect();
        let store = self.fixture.store.clone();
        store.cache_embeddings(EMBEDDER, &vectors).await.unwrap();
        let outcome = store.stage_document(&staged, NOW).await.unwrap();
        let known = self.known(job.document.id).filter(|known| {
            let staged = known.staged.as_ref().map_or(0, |(_, staged)| staged.0);
            let live = known.live.as_ref().map_or(0, |live| live.0);
            ContentHash::of(known.bytes.as_bytes()) == job.document.sha256
                && job.generation > staged.max(live)
        });
        match (outcome, known) {
            (StageOutcome::Superseded, None) => {}
            (StageOutcome::Staged(last), Some(known)) => {
                known.staged = Some((last, (job.generation, texts)));
                (known.job, known.failed) = (Job::None, false);
            }
            (outcome, known) => panic!("{outcome:?}, but wanted: {}", known.is_some()),
        }
    }

    async fn fail(&mut self, worker: usize) {
        let Some(job) = self.take_worker(worker) else {
            return;
        };
        self.fixture.fail(&job).await;
        if let Some(known) = self.known(job.document.id)
            && known.job == Job::Held
            && ContentHash::of(known.bytes.as_bytes()) == job.document.sha256
        {
            (known.job, known.failed) = (Job::None, true);
        }
    }

    async fn apply(&mut self, limit: u32) {
        let rows = self.fixture.store.outbox_after(self.position, limit).await;
        for row in rows.unwrap() {
            assert!(row.sequence() > self.position);
            self.position = row.sequence();
            match row {
                OutboxRow::Upsert {
                    chunk, embedder, ..
                } => {
                    assert_eq!(embedder.as_deref(), Some(EMBEDDER));
                    let text = self
                        .seen
                        .entry(chunk.id)
                        .or_insert(chunk.chunk.text.clone());
                    assert_eq!(*text, chunk.chunk.text, "an id came again");
                    self.index.insert(chunk.id);
                }
                OutboxRow::Delete { chunk, .. } => {
                    self.index.remove(&chunk);
                }
                OutboxRow::Void { .. } => {}
            }
        }
    }

    async fn publish(&mut self) {
        let store = &self.fixture.store;
        let published = store.publish_documents(self.position, NOW).await.unwrap();
        let mut expected = 0;
        for known in self.documents.values_mut() {
            if known
                .staged
                .as_ref()
                .is_some_and(|(last, _)| *last <= self.position)
            {
                known.live = known.staged.take().map(|(_, staged)| staged);
                expected += 1;
            }
        }
        assert_eq!(published.len(), expected);
    }

    /// As the indexer does: never before what was applied is published.
    async fn trim(&mut self) {
        self.publish().await;
        self.fixture.store.trim_outbox(self.position).await.unwrap();
        self.trimmed = self.trimmed.max(self.position);
    }

    async fn purge(&mut self) {
        let store = &self.fixture.store;
        for blob in store.purge_deleted(self.position).await.unwrap() {
            let mut wanted = self.documents.values().map(|known| &known.bytes);
            assert!(wanted.all(|bytes| ContentHash::of(bytes.as_bytes()) != blob));
        }
        store.prune_embeddings().await.unwrap();
    }

    async fn delete(&mut self, name: &'static str) {
        if let Some(known) = self.documents.remove(name) {
            let deleted = self.fixture.store.delete_document(known.id, NOW).await;
            assert!(deleted.unwrap().is_some());
        }
    }

    async fn requeue(&mut self, name: &'static str) {
        if let Some(known) = self.documents.get_mut(name) {
            self.fixture
                .store
                .requeue_document(known.id, None, NOW)
                .await
                .unwrap();
            (known.job, known.failed) = (Job::Waiting, false);
        }
    }

    async fn crash(&mut self) {
        self.workers.clear();
        self.fixture.reopen().await;
        let recovered = self
            .fixture
            .store
            .recover_jobs("next", &[], 1_000, NOW)
            .await;
        let held = self
            .documents
            .values_mut()
            .filter(|one| one.job == Job::Held);
        let freed = held.map(|known| known.job = Job::Waiting).count();
        assert_eq!(recovered.unwrap(), (freed as u64, 0));
    }

    async fn lose_index(&mut self) {
        self.crash().await;
        self.index.clear();
        self.position = 0;
        if self.trimmed > 0 {
            self.fixture.store.enqueue_all_chunks(None).await.unwrap();
        }
        self.apply(u32::MAX).await;
        assert_eq!(self.position, self.fixture.last().await);
    }

    async fn check(&mut self) {
        let store = &self.fixture.store;
        let (written, trimmed) = store.outbox_bounds().await.unwrap();
        assert!(written >= self.highest, "sequences only grow");
        assert_eq!(trimmed, self.trimmed);
        self.highest = written;
        let all = DocumentQuery {
            statuses: Vec::new(),
            name_contains: None,
            folder: None,
            order: DocumentOrder::default(),
            cursor: None,
            limit: 100,
        };
        let listed = store
            .list_documents(self.fixture.knowledge_base, &all)
            .await;
        let listed: HashSet<DocumentId> =
            listed.unwrap().documents.iter().map(|one| one.id).collect();
        let known: HashSet<DocumentId> = self.documents.values().map(|known| known.id).collect();
        assert_eq!(listed, known);
        for known in self.documents.values() {
            self.check_document(known).await;
        }
    }

    async fn check_document(&self, known: &Expected) {
        let document = self.fixture.document(known.id).await;
        let texts = known.live.as_ref().map(|(_, texts)| texts.clone());
        assert_eq!(
            self.fixture.texts(known.id).await,
            texts.unwrap_or_default()
        );
        let live = known.live.as_ref().map(|(generation, _)| *generation);
        assert_eq!(document.live_generation, live);
        assert_eq!(document.failure.is_some(), known.failed);
        assert_eq!(document.status == DocumentStatus::Failed, known.failed);
        let ready = known.job == Job::None && !known.failed && known.staged.is_none();
        assert_eq!(
            document.status == DocumentStatus::Ready,
            ready,
            "{document:?}"
        );
        assert_eq!(document.sha256, ContentHash::of(known.bytes.as_bytes()));
        if let Some((generation, texts)) = &known.live {
            let ids: Vec<ChunkId> = (0..)
                .take(texts.len())
                .map(|ordinal| ChunkId::derive(known.id, *generation, ordinal))
                .collect();
            assert_eq!(self.fixture.live(&ids).await, ids);
            assert!(ids.iter().all(|id| self.index.contains(id)));
        }
    }

    /// Deletes everything; then nothing may be left anywhere.
    async fn finish(mut self) {
        self.crash().await;
        for name in NAMES {
            self.delete(name).await;
        }
        let id = self.fixture.knowledge_base;
        let store = self.fixture.store.clone();
        store.delete_knowledge_base(id, NOW).await.unwrap();
        self.apply(u32::MAX).await;
        self.trim().await;
        self.purge().await;
        assert_eq!(self.index, HashSet::new());
        for table in [
            "knowledge_bases",
            "documents",
            "chunks",
            "jobs",
            "outbox",
            "embeddings",
            "loose_texts",
            "replaced_blobs",
        ] {
            assert_eq!(self.fixture.count(table).await, 0, "{table}");
        }
    }

    fn known(&mut self, id: DocumentId) -> Option<&mut Expected> {
        self.documents.values_mut().find(|known| known.id == id)
    }

    fn take_worker(&mut self, worker: usize) -> Option<ClaimedJob> {
        if self.workers.is_empty() {
            return None;
        }
        let worker = worker % self.workers.len();
        Some(self.workers.remove(worker))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_steps_keeps_the_promises(steps in vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let Some(mut machine) = Machine::new().await else { return };
            for step in &steps {
                machine.run(step).await;
            }
            Box::pin(machine.finish()).await;
        });
    }
}
