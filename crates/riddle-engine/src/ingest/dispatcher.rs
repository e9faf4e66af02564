use std::sync::Arc;
use std::time::Duration;

use riddle_core::error_chain;
use tokio::sync::Semaphore;
use tracing::Instrument;

use crate::ingest::Ingest;
use crate::ingest::point::IngestPoint;
use crate::ingest::process;

/// Documents between claim and staging. More than are parsed at once, so that the embedder gets full batches from
/// many small documents.
const IN_FLIGHT: usize = 32;
/// No other process takes jobs of this database, so the lease only has to outlast the longest document.
const LEASE_MS: i64 = 24 * 3_600_000;
/// How long to wait after the database failed.
const ERROR_PAUSE: Duration = Duration::from_secs(1);
/// Upper bound of a sleep, should a wake-up ever be missed.
const LONGEST_SLEEP_MS: i64 = 60_000;

/// Hands jobs to tasks until the engine stops.
pub(crate) async fn run(ingest: Arc<Ingest>) {
    let in_flight = Arc::new(Semaphore::new(IN_FLIGHT));
    let parsing = Arc::new(Semaphore::new(ingest.shared.options.parse_workers.max(1)));
    while !ingest.shared.stopping.is_cancelled() {
        let permit = tokio::select! {
            permit = Arc::clone(&in_flight).acquire_owned() => permit,
            () = ingest.shared.stopping.cancelled() => return,
        };
        let Ok(permit) = permit else { return };
        let now = ingest.shared.clock.now();
        match ingest
            .shared
            .store
            .claim_job(&ingest.boot, now, now.plus_millis(LEASE_MS))
            .await
        {
            Ok(Some(job)) => {
                ingest.probe.reached(IngestPoint::JobClaimed);
                let (own, parsing) = (Arc::clone(&ingest), Arc::clone(&parsing));
                let span = ingest.origins.span(&job.document);
                let attempt = async move {
                    process::run(&own, job, &parsing).await;
                    drop(permit);
                };
                ingest.tasks.spawn(attempt.instrument(span));
            }
            Ok(None) => idle(&ingest).await,
            Err(error) => {
                tracing::error!(error = %error_chain(&error), "cannot claim a job");
                tokio::time::sleep(ERROR_PAUSE).await;
            }
        }
    }
}

/// Waits for a new job, a due retry or the end.
async fn idle(ingest: &Ingest) {
    let due = ingest
        .shared
        .store
        .next_job_due(ingest.shared.clock.now())
        .await
        .unwrap_or(None);
    let sleep_ms = due.unwrap_or(LONGEST_SLEEP_MS).clamp(0, LONGEST_SLEEP_MS);
    let sleep = Duration::from_millis(sleep_ms.unsigned_abs().max(10));
    tokio::select! {
        () = ingest.job_queued.notified() => {}
        () = tokio::time::sleep(sleep) => {}
        () = ingest.shared.stopping.cancelled() => {}
    }
}
