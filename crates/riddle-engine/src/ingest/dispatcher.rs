use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use riddle_core::{ClaimedJob, StoreError, Timestamp, error_chain};
use tokio::sync::Semaphore;
use tracing::Instrument;

use crate::disk::Writing;
use crate::engine::Inner;
use crate::ingest::point::IngestPoint;
use crate::ingest::process::{self, LONGEST_WAIT_MS};

/// Documents between claim and staging. More than are parsed at once, so that the embedder gets full batches from
/// many small documents.
const IN_FLIGHT: usize = 32;
/// No other process takes jobs of this database, and the next run of this one frees them all. So a lease never ends by
/// itself, whatever becomes of the clock.
const LEASE_END: Timestamp = Timestamp(i64::MAX);
/// How long to wait after the database failed.
const ERROR_PAUSE: Duration = Duration::from_secs(1);
/// Upper bound of a sleep, should a wake-up ever be missed.
const LONGEST_SLEEP_MS: i64 = 60_000;

/// Hands jobs to tasks until the engine stops.
pub(crate) async fn run(inner: Arc<Inner>) {
    let state = &inner.ingest;
    let in_flight = Arc::new(Semaphore::new(IN_FLIGHT));
    let parsing = Arc::new(Semaphore::new(inner.options.parse_workers.max(1)));
    retry_suspects(&inner, &parsing).await;
    while !inner.stopping.is_cancelled() {
        // What waits is queued, so it can be deleted and outlives the server.
        inner.disk.wait(Writing::New, &inner.stopping).await;
        let permit = tokio::select! {
            permit = Arc::clone(&in_flight).acquire_owned() => permit,
            () = inner.stopping.cancelled() => return,
        };
        let Ok(permit) = permit else { return };
        let now = inner.clock.now();
        match inner.store.claim_job(&state.boot, now, LEASE_END).await {
            Ok(Some(job)) => {
                let attempt = attempt(Arc::clone(&inner), job, Arc::clone(&parsing));
                state.tasks.spawn(async move {
                    attempt.await;
                    drop(permit);
                });
            }
            Ok(None) => idle(&inner).await,
            Err(error) => {
                tracing::error!(error = %error_chain(&error), "cannot claim a job");
                tokio::time::sleep(ERROR_PAUSE).await;
            }
        }
    }
}

/// Processes the documents that an earlier run of the process may have ended over, each with nothing else in work, so
/// that one that ends this run too is known.
async fn retry_suspects(inner: &Arc<Inner>, parsing: &Arc<Semaphore>) {
    let state = &inner.ingest;
    while !inner.stopping.is_cancelled() {
        inner.disk.wait(Writing::New, &inner.stopping).await;
        let now = inner.clock.now();
        match inner.store.claim_suspect(&state.boot, now, LEASE_END).await {
            Ok(Some(job)) => attempt(Arc::clone(inner), job, Arc::clone(parsing)).await,
            Ok(None) => return,
            Err(error) => {
                tracing::error!(error = %error_chain(&error), "cannot claim a job");
                tokio::time::sleep(ERROR_PAUSE).await;
            }
        }
    }
}

fn attempt(
    inner: Arc<Inner>,
    job: ClaimedJob,
    parsing: Arc<Semaphore>,
) -> impl Future<Output = ()> + Send {
    inner.ingest.probe.reached(IngestPoint::JobClaimed);
    let span = inner.ingest.origins.span(&job.document);
    async move { process::run(&inner, job, &parsing).await }.instrument(span)
}

/// Lets jobs be tried now that would wait longer than any job does: the clock was set back since.
pub(crate) async fn cut_waits(inner: &Inner) -> Result<(), StoreError> {
    let now = inner.clock.now();
    let cut = inner.store.cut_waits(now, LONGEST_WAIT_MS).await?;
    if cut > 0 {
        tracing::warn!(
            jobs = cut,
            "the clock was set back; what waited for it is tried now"
        );
    }
    Ok(())
}

/// Waits for a new job, a due retry or the end.
async fn idle(inner: &Inner) {
    let mut due = inner
        .store
        .next_job_due(inner.clock.now())
        .await
        .unwrap_or(None);
    if due.is_some_and(|due| due > LONGEST_WAIT_MS) {
        match cut_waits(inner).await {
            Ok(()) => due = Some(0),
            Err(error) => {
                tracing::error!(error = %error_chain(&error), "cannot shorten waits");
            }
        }
    }
    let sleep_ms = due.unwrap_or(LONGEST_SLEEP_MS).clamp(0, LONGEST_SLEEP_MS);
    let sleep = Duration::from_millis(sleep_ms.unsigned_abs().max(10));
    tokio::select! {
        () = inner.ingest.job_queued.notified() => {}
        () = tokio::time::sleep(sleep) => {}
        () = inner.stopping.cancelled() => {}
    }
}
