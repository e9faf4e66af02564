use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use riddle_core::{
    ClaimedJob, ContentHash, DocumentId, DocumentStatus, Failure, FailureCode, JobFailure,
    KnowledgeBase, ModelError, NewChunk, StageOutcome, StageTimes, StagedDocument, StoreError,
    Timestamp, error_chain,
};

use crate::error::EngineError;
use crate::ingest::Ingest;
use crate::ingest::embed::embed_chunks;
use crate::ingest::parsing::Parsing;
use crate::ingest::places::Lane;
use crate::ingest::point::IngestPoint;
use crate::ingest::reading::{Parsed, parse};
use crate::ingest::unread_language::note_language;
use crate::ingest::{MAX_ATTEMPTS, MAX_CRASHES};
use crate::models::EmbedderHandle;
use crate::shared::Shared;

/// Milliseconds before the first retry. Each further retry waits twice as long.
const RETRY_MS: i64 = 1_000;
/// The longest pause before a retry.
pub(crate) const LONGEST_WAIT_MS: i64 = RETRY_MS << MAX_CRASHES;
/// Pause before the end of an attempt is recorded again, after the store has refused it.
const RECORD_AGAIN: Duration = Duration::from_secs(1);

/// Why a document could not be staged.
pub(crate) enum ProcessError {
    /// The document's fault. A retry cannot help.
    Document(Failure),
    /// A fault of the machine, such as a file that cannot be read.
    Machine(Failure),
    /// Not the document's fault.
    Transient(EngineError),
    /// A panic or the like, which the document may have caused.
    Crash(EngineError),
    /// It has pictures to be read, and is worked on among documents that take little time.
    Slow,
    /// The engine stops or the disk is full. The job goes back and the attempt does not count.
    Untried,
}

impl From<EngineError> for ProcessError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Stopping | EngineError::DiskFull { .. } => Self::Untried,
            error @ EngineError::Internal { .. } => Self::Crash(error),
            error => Self::Transient(error),
        }
    }
}

impl From<StoreError> for ProcessError {
    fn from(error: StoreError) -> Self {
        Self::Transient(error.into())
    }
}

/// Brings one document from its claimed job to staged chunks, or records why not.
pub(crate) async fn run(ingest: &Arc<Ingest>, job: ClaimedJob, lane: Lane) {
    let attempt = Attempt::of(&job);
    let staging = AssertUnwindSafe(stage(ingest, job, lane)).catch_unwind();
    let outcome = tokio::select! {
        outcome = staging => outcome.unwrap_or_else(|payload| Err(panicked(payload.as_ref()))),
        () = ingest.shared.stopping.cancelled() => Err(ProcessError::Untried),
    };
    let id = attempt.document;
    if let Err(error) = outcome {
        attempt.record(ingest, error).await;
        ingest.places.look_for_pictures();
    }
    // The job may be due again before the dispatcher wakes by itself.
    ingest.job_queued.notify_one();
    // A staged document stays in the list as indexing until it is published.
    if let Ok(Some(document)) = ingest.shared.store.lookup_document(id).await
        && document.status != DocumentStatus::Indexing
    {
        ingest.progress.settle(&document);
    }
}

/// One attempt to process a document.
struct Attempt {
    document: DocumentId,
    sha256: ContentHash,
    /// Earlier failures and crashes.
    attempts: u32,
    crashes: u32,
}

impl Attempt {
    fn of(job: &ClaimedJob) -> Self {
        Self {
            document: job.document.id,
            sha256: job.document.sha256,
            attempts: job.attempts,
            crashes: job.crashes,
        }
    }

    /// Logs how the attempt ended and records it. If the store refuses, tries until it succeeds, because nobody else
    /// takes the job in this run of the process.
    async fn record(&self, ingest: &Ingest, error: ProcessError) {
        let failure = self.failure(&ingest.shared, error);
        while let Err(error) = self.tell(&ingest.shared, failure.as_ref()).await {
            let id = self.document;
            tracing::error!(document = %id, error = %error_chain(&error), "cannot record the end of an attempt");
            ingest.shared.disk.is_cause_of(&error.into());
            tokio::select! {
                () = tokio::time::sleep(RECORD_AGAIN) => {}
                () = ingest.shared.stopping.cancelled() => return,
            }
        }
    }

    async fn tell(&self, shared: &Shared, failure: Option<&JobFailure>) -> Result<(), StoreError> {
        let (id, now) = (self.document, shared.clock.now());
        match failure {
            Some(failure) => shared.store.fail_job(id, self.sha256, failure, now).await,
            None => shared.store.release_job(id, self.sha256, now).await,
        }
    }

    /// The failure to record; `None` for an attempt that does not count.
    fn failure(&self, shared: &Shared, error: ProcessError) -> Option<JobFailure> {
        let (id, now) = (self.document, shared.clock.now());
        Some(match error {
            ProcessError::Untried => return None,
            ProcessError::Slow => JobFailure::Slow,
            ProcessError::Transient(error) | ProcessError::Crash(error)
                if shared.disk.is_cause_of(&error) =>
            {
                tracing::info!(document = %id, error = error_chain(&error), "a document waits for room on the disk");
                return None;
            }
            ProcessError::Machine(failure) => {
                tracing::warn!(document = %id, attempts = self.attempts, "an attempt at a document failed");
                JobFailure::Transient {
                    failure,
                    next_attempt: retry_at(now, self.attempts),
                    max_attempts: MAX_ATTEMPTS,
                }
            }
            ProcessError::Document(failure) => {
                tracing::info!(document = %id, code = failure.code.as_str(), "document failed");
                JobFailure::Final(failure)
            }
            ProcessError::Transient(EngineError::Model(ModelError::Away { model, message })) => {
                tracing::debug!(document = %id, model, error = message, "a document waits for the server of an embedder");
                JobFailure::Waits {
                    next_attempt: now.plus_millis(wait_ms(shared.models.away().away_ms(&model))),
                }
            }
            ProcessError::Transient(error) => {
                let (attempts, cause) = (self.attempts, error_chain(&error));
                tracing::warn!(document = %id, attempts, error = cause, "an attempt at a document failed");
                JobFailure::Transient {
                    failure: transient_failure(&error),
                    next_attempt: retry_at(now, attempts),
                    max_attempts: MAX_ATTEMPTS,
                }
            }
            ProcessError::Crash(error) => {
                let (crashes, cause) = (self.crashes, error_chain(&error));
                tracing::error!(document = %id, crashes, error = cause, "an attempt at a document crashed");
                JobFailure::Crash {
                    next_attempt: retry_at(now, crashes),
                    max_crashes: MAX_CRASHES,
                }
            }
        })
    }
}

/// When to try again after `before` failures of the same kind.
fn retry_at(now: Timestamp, before: u32) -> Timestamp {
    now.plus_millis(RETRY_MS << before.min(MAX_CRASHES))
}

/// Milliseconds until a document is tried again whose embedder's server has been away for so long.
fn wait_ms(away_ms: i64) -> i64 {
    away_ms.clamp(RETRY_MS, LONGEST_WAIT_MS)
}

fn panicked(payload: &(dyn Any + Send)) -> ProcessError {
    ProcessError::Crash(EngineError::panicked("processing a document", payload))
}

async fn stage(ingest: &Arc<Ingest>, job: ClaimedJob, lane: Lane) -> Result<(), ProcessError> {
    let store = &ingest.shared.store;
    let of = job.document.knowledge_base.to_string();
    let Some(knowledge_base) = store.lookup_knowledge_base(&of).await? else {
        // The knowledge base is being deleted, and the document with it.
        return Ok(());
    };
    let mut times = StageTimes {
        queued_ms: Some(queued_ms(ingest, &job)),
        ..StageTimes::default()
    };

    let embedder = load_embedder(ingest, &knowledge_base).await?;
    check_not_away(ingest, embedder.as_ref())?;
    let reading = read(ingest, &job, lane, &knowledge_base, embedder.as_ref());
    let Some((parsed, took)) = reading.await? else {
        return Ok(());
    };
    times.parsing_ms = Some(took);
    let Parsed {
        findings,
        chunks,
        in_work,
    } = parsed;
    note_language(&ingest.shared, &knowledge_base, embedder.as_ref(), &chunks).await?;

    let started = Instant::now();
    let embedded_chunks = match embedder {
        Some(embedder) => embed_chunks(ingest, job.document.id, &embedder, &chunks).await?,
        None => 0,
    };
    times.embedding_ms = Some(millis(started));
    drop(in_work);
    ingest.probe.reached(IngestPoint::ChunksEmbedded);

    let staged = StagedDocument {
        document: job.document.id,
        sha256: job.document.sha256,
        generation: job.generation,
        chunks,
        embedded_chunks,
        findings,
        stage_times: times,
    };
    hand_over(ingest, &staged).await
}

/// Whether an embedder answers again is asked from time to time (`away.rs`). Meanwhile no document waits for that in
/// one of the places that those of other embedders could have.
fn check_not_away(ingest: &Ingest, embedder: Option<&EmbedderHandle>) -> Result<(), EngineError> {
    let away = ingest.shared.models.away();
    match embedder.and_then(|embedder| away.error_of(&embedder.info.name)) {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// Parses a document when its turn comes, and says how many milliseconds that took; `None` if it was deleted or
/// replaced meanwhile.
async fn read(
    ingest: &Arc<Ingest>,
    job: &ClaimedJob,
    lane: Lane,
    knowledge_base: &KnowledgeBase,
    embedder: Option<&EmbedderHandle>,
) -> Result<Option<(Parsed, u64)>, ProcessError> {
    let id = job.document.id;
    let permit = Arc::clone(&ingest.places.parsing)
        .acquire_owned()
        .await
        .map_err(|_closed| ProcessError::Untried)?;
    let watch = Arc::new(Parsing::new(ingest, id, lane, permit));
    ingest.progress.step(id, DocumentStatus::Parsing, 0.05, 0);
    let started = Instant::now();
    let parsed = tokio::select! {
        parsed = parse(ingest, job, lane, knowledge_base, embedder, &watch) => parsed?,
        () = watch.until_gone(ingest, job) => return Ok(None),
    };
    let took = millis(started);
    // The next document is parsed when whoever reads an answer has had the CPUs for as long.
    ingest.shared.models.writing().rest(started.elapsed()).await;
    watch.end();
    ingest.probe.reached(IngestPoint::DocumentParsed);
    Ok(Some((parsed, took)))
}

/// How long a document has waited. Nothing if the clock was set back.
fn queued_ms(ingest: &Ingest, job: &ClaimedJob) -> u64 {
    let now = ingest.shared.clock.now();
    now.0.saturating_sub(job.queued_at.0).max(0).unsigned_abs()
}

/// Makes what was worked out durable, and wakes the indexer.
async fn hand_over(ingest: &Ingest, staged: &StagedDocument) -> Result<(), ProcessError> {
    let chunk_count = u32::try_from(staged.chunks.len()).unwrap_or(u32::MAX);
    let outcome = ingest
        .shared
        .store
        .stage_document(staged, ingest.shared.clock.now());
    if let StageOutcome::Staged(_) = outcome.await? {
        ingest.probe.reached(IngestPoint::DocumentStaged);
        ingest
            .progress
            .step(staged.document, DocumentStatus::Indexing, 0.95, chunk_count);
        ingest.shared.index_progress.wake();
    }
    Ok(())
}

async fn load_embedder(
    ingest: &Ingest,
    knowledge_base: &KnowledgeBase,
) -> Result<Option<EmbedderHandle>, ProcessError> {
    let Some(name) = &knowledge_base.settings.embedder else {
        return Ok(None);
    };
    match ingest.shared.models.embedder(name).await {
        Ok(embedder) => {
            let stored = knowledge_base.embedder_fingerprint.as_deref();
            Ok(Some(embedder.under(stored)))
        }
        // A load that broke off may do better the next time; files that are not there will not come by themselves.
        Err(EngineError::Model(
            error @ (ModelError::Unavailable { .. } | ModelError::BadFile { .. }),
        )) => Err(ProcessError::Document(Failure {
            code: FailureCode::EmbeddingFailed,
            message: error.to_string(),
        })),
        Err(error) => Err(error.into()),
    }
}

fn transient_failure(error: &EngineError) -> Failure {
    let (code, message) = match error {
        EngineError::Model(error) => (FailureCode::EmbeddingFailed, error.to_string()),
        _ => (
            FailureCode::Internal,
            "the server could not store the document; see its log, check the free disk space and retry".to_owned(),
        ),
    };
    Failure { code, message }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Keys of these chunks in the embedding cache.
pub(crate) fn text_hashes(chunks: &[NewChunk]) -> Vec<ContentHash> {
    chunks.iter().map(NewChunk::text_hash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestEngine;

    /// Longer than a write that found no space counts.
    const LATER_MS: i64 = 10_000;

    #[tokio::test]
    async fn panics_on_a_full_disk_do_not_count() {
        let test = TestEngine::at_rest().await;
        let document = test.add("a.txt", "All is well.").await;
        let attempt = Attempt {
            document: document.id,
            sha256: document.sha256,
            attempts: 0,
            crashes: MAX_CRASHES - 1,
        };
        let shared = &test.engine.rooms.shared;
        let failure = || attempt.failure(shared, panicked(&"as told"));
        let full = EngineError::Io(std::io::ErrorKind::StorageFull.into());
        assert!(shared.disk.is_cause_of(&full));
        assert_eq!(failure(), None);
        test.clock.advance(LATER_MS);
        assert!(matches!(failure(), Some(JobFailure::Crash { .. })));
    }
}
