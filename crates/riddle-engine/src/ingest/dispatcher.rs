use std::sync::Arc;
use std::time::Duration;

use riddle_core::{ClaimedJob, StoreError, Timestamp};
use tokio::sync::Semaphore;
use tracing::{Instrument, Span};

use crate::disk::WriteKind;
use crate::error::EngineError;
use crate::ingest::Ingest;
use crate::ingest::point::IngestPoint;
use crate::ingest::process::{self, LONGEST_WAIT_MS};
use crate::standing::Standing;

/// Most documents in work. They are more than are parsed at once, so that many small documents fill the embedder's
/// batches.
const IN_FLIGHT: usize = 32;
/// A lease that never ends by itself, whatever the clock does. No other process takes jobs of this database, and the
/// next run frees all of them.
const LEASE_END: Timestamp = Timestamp(i64::MAX);
/// How long to wait after the database failed.
const ERROR_PAUSE: Duration = Duration::from_secs(1);
/// Longest sleep, in case a wake-up is missed.
const LONGEST_SLEEP_MS: i64 = 60_000;

/// Hands jobs to tasks until the engine stops.
pub(crate) async fn run(ingest: Arc<Ingest>) {
    let in_flight = Arc::new(Semaphore::new(IN_FLIGHT));
    let parsing = Arc::new(Semaphore::new(ingest.shared.options.parse_workers.max(1)));
    retry_suspects(&ingest, &parsing).await;
    let shared = &ingest.shared;
    while !shared.stopping.is_cancelled() {
        // Documents that wait stay queued, so that they can be deleted and survive a restart.
        shared.disk.wait(WriteKind::New, &shared.stopping).await;
        let permit = tokio::select! {
            permit = Arc::clone(&in_flight).acquire_owned() => permit,
            () = shared.stopping.cancelled() => return,
        };
        let Ok(permit) = permit else { return };
        let claimed = shared
            .store
            .claim_job(&ingest.boot, shared.clock.now(), LEASE_END);
        match claimed.await {
            Ok(Some(job)) => {
                shared.background.claiming.succeeded();
                let attempt = attempt(Arc::clone(&ingest), job, Arc::clone(&parsing));
                ingest.tasks.spawn(async move {
                    attempt.await;
                    drop(permit);
                });
            }
            Ok(None) => {
                shared.background.claiming.succeeded();
                idle(&ingest).await;
            }
            Err(error) => pause_after(&ingest, &shared.background.claiming, error).await,
        }
    }
}

/// Processes the documents that may have ended an earlier run. Each is alone in work, so that a document that ends this
/// run too is known.
async fn retry_suspects(ingest: &Arc<Ingest>, parsing: &Arc<Semaphore>) {
    let shared = &ingest.shared;
    while !shared.stopping.is_cancelled() {
        shared.disk.wait(WriteKind::New, &shared.stopping).await;
        let claimed = shared
            .store
            .claim_suspect(&ingest.boot, shared.clock.now(), LEASE_END);
        match claimed.await {
            Ok(Some(job)) => attempt(Arc::clone(ingest), job, Arc::clone(parsing)).await,
            Ok(None) => return,
            Err(error) => pause_after(ingest, &shared.background.claiming, error).await,
        }
    }
}

fn attempt(
    ingest: Arc<Ingest>,
    job: ClaimedJob,
    parsing: Arc<Semaphore>,
) -> impl Future<Output = ()> + Send {
    ingest.probe.reached(IngestPoint::JobClaimed);
    let span = span_of(&job);
    async move { process::run(&ingest, job, &parsing).await }.instrument(span)
}

/// The span of one attempt at a document. It is no child of the request's, which has long been answered.
fn span_of(job: &ClaimedJob) -> Span {
    // Of the highest level, so that no filter takes the ids from the lines that pass it.
    tracing::error_span!(
        parent: None,
        "ingest",
        document = %job.document.id,
        knowledge_base = %job.document.knowledge_base,
        request_id = job.request_id,
    )
}

/// Makes jobs due now that would wait longer than any job does, because the clock was set back.
pub(crate) async fn cut_waits(ingest: &Ingest) -> Result<(), StoreError> {
    let now = ingest.shared.clock.now();
    let cut = ingest.shared.store.cut_waits(now, LONGEST_WAIT_MS).await?;
    if cut > 0 {
        tracing::warn!(
            jobs = cut,
            "the clock was set back; what waited for it is tried now"
        );
    }
    Ok(())
}

/// Milliseconds until a job is due, if one waits.
async fn next_due(ingest: &Ingest) -> Result<Option<i64>, StoreError> {
    let now = ingest.shared.clock.now();
    let due = ingest.shared.store.next_job_due(now).await?;
    if due.is_some_and(|due| due > LONGEST_WAIT_MS) {
        cut_waits(ingest).await?;
        return Ok(Some(0));
    }
    Ok(due)
}

/// Notes that the database failed, and waits for a moment or the end.
async fn pause_after(ingest: &Ingest, standing: &Standing, error: StoreError) {
    let error = EngineError::from(error);
    standing.failed(&error, ingest.shared.disk.is_cause_of(&error));
    tokio::select! {
        () = tokio::time::sleep(ERROR_PAUSE) => {}
        () = ingest.shared.stopping.cancelled() => {}
    }
}

/// Waits for a new job, a due retry or the end.
async fn idle(ingest: &Ingest) {
    let waiting = &ingest.shared.background.waiting;
    let due = match next_due(ingest).await {
        Ok(due) => due,
        Err(error) => return pause_after(ingest, waiting, error).await,
    };
    waiting.succeeded();
    let sleep_ms = due.unwrap_or(LONGEST_SLEEP_MS).clamp(0, LONGEST_SLEEP_MS);
    let sleep = Duration::from_millis(sleep_ms.unsigned_abs().max(10));
    tokio::select! {
        () = ingest.job_queued.notified() => {}
        () = tokio::time::sleep(sleep) => {}
        () = ingest.shared.stopping.cancelled() => {}
    }
}
