use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use riddle_core::{
    ClaimedJob, ContentHash, DocumentId, DocumentStatus, ExtractError, ExtractionWatch, Failure,
    FailureCode, Findings, JobFailure, KnowledgeBase, NewChunk, StageOutcome, StageTimes,
    StagedDocument, StoreError, Timestamp, error_chain,
};
use riddle_ingest::chunking_timeout;
use riddle_owner_thread::Panicked;
use tokio::sync::Semaphore;

use crate::blocking::run_blocking;
use crate::chunk_measure::ChunkMeasure;
use crate::error::EngineError;
use crate::ingest::Ingest;
use crate::ingest::embed::embed_chunks;
use crate::ingest::parsing::Parsing;
use crate::ingest::point::IngestPoint;
use crate::ingest::{MAX_ATTEMPTS, MAX_CRASHES};
use crate::models::EmbedderHandle;
use crate::shared::Shared;

/// Milliseconds before the first retry. Each further retry waits twice as long.
const RETRY_MS: i64 = 1_000;
/// The longest pause before a retry.
pub(crate) const LONGEST_WAIT_MS: i64 = RETRY_MS << MAX_CRASHES;
/// Pause before the end of an attempt is recorded again, after the store has refused it.
const RECORD_AGAIN: Duration = Duration::from_secs(1);

/// First pause of a document when the machine has run out of something.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

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
pub(crate) async fn run(ingest: &Arc<Ingest>, job: ClaimedJob, parsing: &Arc<Semaphore>) {
    let attempt = Attempt::of(&job);
    let staging = AssertUnwindSafe(stage(ingest, job, parsing)).catch_unwind();
    let outcome = tokio::select! {
        outcome = staging => outcome.unwrap_or_else(|payload| Err(panicked(payload.as_ref()))),
        () = ingest.shared.stopping.cancelled() => Err(ProcessError::Untried),
    };
    let id = attempt.document;
    if let Err(error) = outcome {
        attempt.record(ingest, error).await;
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
            None => shared.store.release_job(id, now).await,
        }
    }

    /// The failure to record; `None` for an attempt that does not count.
    fn failure(&self, shared: &Shared, error: ProcessError) -> Option<JobFailure> {
        let (id, now) = (self.document, shared.clock.now());
        Some(match error {
            ProcessError::Untried => return None,
            ProcessError::Transient(error) if shared.disk.is_cause_of(&error) => {
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
    now.plus_millis(RETRY_MS << before.min(10))
}

fn panicked(payload: &(dyn Any + Send)) -> ProcessError {
    let panicked = Panicked::of(payload);
    ProcessError::Crash(EngineError::internal(
        "processing a document",
        panicked.into(),
    ))
}

async fn stage(
    ingest: &Arc<Ingest>,
    job: ClaimedJob,
    parsing: &Arc<Semaphore>,
) -> Result<(), ProcessError> {
    let id = job.document.id;
    let knowledge_base = ingest
        .shared
        .store
        .lookup_knowledge_base(&job.document.knowledge_base.to_string())
        .await?;
    let Some(knowledge_base) = knowledge_base else {
        // The knowledge base is being deleted, and the document with it.
        return Ok(());
    };
    // Negative if the clock was set back.
    let queued_ms = ingest
        .shared
        .clock
        .now()
        .0
        .saturating_sub(job.queued_at.0)
        .max(0);
    let mut times = StageTimes {
        queued_ms: Some(queued_ms.unsigned_abs()),
        ..StageTimes::default()
    };

    let embedder = load_embedder(ingest, &knowledge_base).await?;
    let permit = Arc::clone(parsing)
        .acquire_owned()
        .await
        .map_err(|_closed| ProcessError::Untried)?;
    let watch = Arc::new(Parsing::new(permit, ingest.shared.stopping.clone()));
    let in_hand = ingest.in_hand.mark(id);
    ingest.progress.step(id, DocumentStatus::Parsing, 0.05, 0);
    let started = Instant::now();
    let parsed = parse(ingest, &job, &knowledge_base, embedder.as_ref(), &watch);
    let (findings, chunks) = tokio::select! {
        parsed = parsed => parsed?,
        () = watch.until_gone(ingest, &job) => return Ok(()),
    };
    times.parsing_ms = Some(millis(started));
    // The next document is parsed when whoever reads an answer has had the processors for as long.
    ingest.shared.models.writing().rest(started.elapsed()).await;
    watch.end();
    ingest.probe.reached(IngestPoint::DocumentParsed);

    let started = Instant::now();
    let embedded_chunks = match embedder {
        Some(embedder) => embed_chunks(ingest, id, &embedder, &chunks).await?,
        None => 0,
    };
    times.embedding_ms = Some(millis(started));
    drop(in_hand);
    ingest.probe.reached(IngestPoint::ChunksEmbedded);

    let chunk_count = u32::try_from(chunks.len()).unwrap_or(u32::MAX);
    let staged = StagedDocument {
        document: id,
        sha256: job.document.sha256,
        generation: job.generation,
        chunks,
        embedded_chunks,
        findings,
        stage_times: times,
    };
    if let StageOutcome::Staged(_) = ingest
        .shared
        .store
        .stage_document(&staged, ingest.shared.clock.now())
        .await?
    {
        ingest.probe.reached(IngestPoint::DocumentStaged);
        ingest
            .progress
            .step(id, DocumentStatus::Indexing, 0.95, chunk_count);
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
        Err(EngineError::Model(error)) => Err(ProcessError::Document(Failure {
            code: FailureCode::EmbeddingFailed,
            message: error.to_string(),
        })),
        Err(error) => Err(error.into()),
    }
}

/// What a document holds.
type Parsed = (Findings, Vec<NewChunk>);

async fn parse(
    ingest: &Arc<Ingest>,
    job: &ClaimedJob,
    knowledge_base: &KnowledgeBase,
    embedder: Option<&EmbedderHandle>,
    watch: &Arc<Parsing>,
) -> Result<Parsed, ProcessError> {
    let watch = Arc::clone(watch);
    let extractor = Arc::clone(&ingest.extractor);
    let path = ingest.shared.blobs.path(job.document.sha256);
    let (name, media_type) = (job.document.name.clone(), job.document.media_type.clone());
    let measure = ChunkMeasure::new(knowledge_base.settings.chunking, embedder);
    let parse = Arc::new(move || {
        let text = extractor.extract(&path, &name, media_type.as_deref(), &*watch)?;
        let started = Instant::now();
        let go_on = || started.elapsed() < extractor.wall_time() && watch.is_wanted();
        let chunks = measure.chunk(&text, &go_on);
        let chunks = chunks.ok_or_else(|| ExtractError::from(chunking_timeout()))?;
        Ok((text.findings(), chunks))
    });
    let (findings, chunks) = patiently(job.document.id, || {
        let parse = Arc::clone(&parse);
        run_blocking("cutting a document", move || parse())
    })
    .await?;
    if chunks.is_empty() {
        return Err(ProcessError::Document(Failure {
            code: FailureCode::NoText,
            message: "the document holds no text; if it is a scan, run text recognition on it and add it again"
                .to_owned(),
        }));
    }
    Ok((findings, chunks))
}

/// Parses, and tries again for as long as the machine has no room for it, because that is not the document's fault.
async fn patiently<F>(id: DocumentId, parse: impl Fn() -> F) -> Result<Parsed, ProcessError>
where
    F: Future<Output = Result<Result<Parsed, ExtractError>, EngineError>>,
{
    let mut pause = FIRST_PAUSE;
    loop {
        let parsed = parse().await.map_err(|error| {
            tracing::error!(document = %id, error = error_chain(&error), "cutting a document failed");
            ProcessError::Document(parser_panicked())
        })?;
        match parsed {
            Ok(parsed) => return Ok(parsed),
            Err(ExtractError::Document(failure)) => {
                return Err(match failure.code {
                    FailureCode::Internal => ProcessError::Machine(failure),
                    _ => ProcessError::Document(failure),
                });
            }
            Err(ExtractError::Unwanted) => return Err(ProcessError::Untried),
            Err(error @ ExtractError::Exhausted(_)) => {
                tracing::warn!(document = %id, error = error_chain(&error), "a document waits for the machine");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

fn parser_panicked() -> Failure {
    Failure {
        code: FailureCode::ParserCrashed,
        message: "the document's text could not be cut into passages; convert it to another format and add it again"
            .to_owned(),
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
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_machine_without_files_left_fails_no_document() {
        let tries = AtomicU32::new(0);
        let parsed = patiently(DocumentId(uuid::Uuid::nil()), || {
            let outcome = match tries.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => Err(ExtractError::Exhausted(std::io::ErrorKind::Other.into())),
                _ => Ok((Findings::default(), Vec::new())),
            };
            async { Ok(outcome) }
        });
        assert!(parsed.await.is_ok_and(|(_, chunks)| chunks.is_empty()));
        assert_eq!(tries.into_inner(), 3);
    }
}
