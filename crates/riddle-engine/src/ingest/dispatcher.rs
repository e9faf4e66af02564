use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_core::{ClaimedJob, StoreError, Timestamp};
use tokio::sync::OwnedSemaphorePermit;
use tracing::{Instrument, Span};

use crate::disk::WriteKind;
use crate::error::EngineError;
use crate::ingest::Ingest;
use crate::ingest::places::Lane;
use crate::ingest::point::IngestPoint;
use crate::ingest::process::{self, LONGEST_WAIT_MS};
use crate::ingest::suspects::Suspects;
use crate::origin;
use crate::standing::Standing;

/// A lease that never ends by itself, whatever the clock does. No other process takes jobs of this database, and the
/// next run frees all of them.
pub(crate) const LEASE_END: Timestamp = Timestamp(i64::MAX);
/// How long to wait after the database failed.
const ERROR_PAUSE: Duration = Duration::from_secs(1);
/// Between two looks for waits that the clock has made too long.
const CUT_WAITS_EVERY: Duration = Duration::from_secs(60);
/// Longest sleep, in case a wake-up is missed.
const LONGEST_SLEEP_MS: i64 = 60_000;

/// Hands jobs to tasks until the engine stops.
pub(crate) async fn run(ingest: Arc<Ingest>) {
    let shared = &ingest.shared;
    let mut rounds = Rounds::first(&ingest);
    while !shared.stopping.is_cancelled() {
        // Documents that wait stay queued, so that they can be deleted and survive a restart.
        shared.disk.wait(WriteKind::New, &shared.stopping).await;
        match rounds.round(&ingest).await {
            Ok(true) => shared.background.claiming.succeeded(),
            Ok(false) => {
                shared.background.claiming.succeeded();
                idle(&ingest).await;
            }
            Err(error) => pause_after(&ingest, &shared.background.claiming, error).await,
        }
    }
}

/// What is remembered between two jobs.
pub(crate) struct Rounds {
    suspects: Suspects,
    /// When waits are cut next. A queue that never empties leaves no idle moment for it.
    cut_next: Instant,
}

impl Rounds {
    pub(crate) fn first(ingest: &Ingest) -> Self {
        Self {
            suspects: Suspects::of_earlier_run(),
            cut_next: ingest.shared.clock.instant() + CUT_WAITS_EVERY,
        }
    }

    /// Hands out what there is a place for; whether there may be more to do at once.
    pub(crate) async fn round(&mut self, ingest: &Arc<Ingest>) -> Result<bool, StoreError> {
        let now = ingest.shared.clock.instant();
        if self.cut_next <= now {
            cut_waits(ingest).await?;
            self.cut_next = now + CUT_WAITS_EVERY;
        }
        let handed_out = hand_out(ingest, &mut self.suspects).await?;
        Ok(handed_out || ingest.places.has_free(Lane::Quick) && self.suspects.go_on())
    }
}

/// Hands out the next job of each lane that has a place for it; whether there was any.
async fn hand_out(ingest: &Arc<Ingest>, suspects: &mut Suspects) -> Result<bool, StoreError> {
    if suspects.are_due() {
        suspects.try_next(ingest).await?;
        return Ok(true);
    }
    let pictures = hand_out_pictures(ingest).await?;
    let Some(place) = ingest.places.free(Lane::Quick) else {
        return Ok(pictures);
    };
    let shared = &ingest.shared;
    let claimed = shared
        .store
        .claim_job(&ingest.boot, shared.clock.now(), LEASE_END);
    let Some(job) = claimed.await? else {
        return Ok(pictures);
    };
    work_on(ingest, job, Lane::Quick, place);
    Ok(true)
}

/// Hands out the next document whose pictures are to be read.
async fn hand_out_pictures(ingest: &Arc<Ingest>) -> Result<bool, StoreError> {
    let Some(place) = ingest.places.free(Lane::Pictures) else {
        return Ok(false);
    };
    if !ingest.places.pictures_may_wait() {
        return Ok(false);
    }
    let shared = &ingest.shared;
    let claimed = shared
        .store
        .claim_slow_job(&ingest.boot, shared.clock.now(), LEASE_END);
    let claimed = claimed
        .await
        .inspect_err(|_error| ingest.places.look_for_pictures())?;
    let Some(job) = claimed else { return Ok(false) };
    ingest.places.look_for_pictures();
    work_on(ingest, job, Lane::Pictures, place);
    Ok(true)
}

fn work_on(ingest: &Arc<Ingest>, job: ClaimedJob, lane: Lane, place: OwnedSemaphorePermit) {
    let attempt = attempt(Arc::clone(ingest), job, lane);
    let after = Arc::clone(ingest);
    ingest.tasks.spawn(async move {
        attempt.await;
        drop(place);
        if lane == Lane::Pictures {
            after.places.look_for_pictures();
        }
        // There is a place for the next.
        after.job_queued.notify_one();
    });
}

pub(crate) fn attempt(
    ingest: Arc<Ingest>,
    job: ClaimedJob,
    lane: Lane,
) -> impl Future<Output = ()> + Send {
    ingest.probe.reached(IngestPoint::JobClaimed);
    let span = span_of(&job);
    let request_id = job.request_id.as_deref().map(Arc::from);
    let work = async move { process::run(&ingest, job, lane).await };
    origin::of_request(request_id, work).instrument(span)
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

/// Makes jobs due now that would wait longer than any job does, because the clock was set back; how many there were.
pub(crate) async fn cut_waits(ingest: &Ingest) -> Result<u64, StoreError> {
    let now = ingest.shared.clock.now();
    let cut = ingest.shared.store.cut_waits(now, LONGEST_WAIT_MS).await?;
    if cut > 0 {
        tracing::warn!(
            jobs = cut,
            "the clock was set back; what waited for it is tried now"
        );
    }
    Ok(cut)
}

/// Milliseconds until a job is due for which there is a place, if one waits.
async fn next_due(ingest: &Ingest) -> Result<Option<i64>, StoreError> {
    let (store, now) = (&ingest.shared.store, ingest.shared.clock.now());
    let mut due = None;
    if ingest.places.has_free(Lane::Quick) {
        due = store.next_job_due(now).await?;
    }
    if ingest.places.has_free(Lane::Pictures) {
        let slow = store.next_slow_job_due(now).await?;
        due = due.into_iter().chain(slow).min();
    }
    // Jobs in work are due at the end of their leases, which never comes.
    if due.is_some_and(|due| due > LONGEST_WAIT_MS) {
        return Ok((cut_waits(ingest).await? > 0).then_some(0));
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
    ingest.places.look_for_pictures();
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
