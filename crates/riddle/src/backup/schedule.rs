use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use riddle_engine::Engine;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::folder::newest;
use super::{BackupFolder, DataFolder};

/// How long a backup that failed waits, unless the next one comes sooner anyway.
const RETRY: Duration = Duration::from_secs(600);
/// Longest sleep, because clocks are set and machines are suspended.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Backups that a server makes by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Schedule {
    /// Folder of the backups.
    pub(crate) dir: PathBuf,
    /// Time from one backup to the next.
    pub(crate) every: Duration,
    /// How many stay.
    pub(crate) keep: usize,
}

/// A schedule that is being followed.
pub(crate) struct Following {
    stop: Arc<AtomicBool>,
    stopping: CancellationToken,
    task: JoinHandle<()>,
}

impl Schedule {
    /// Makes backups of the data folder when they are due, until told to stop. Health tells of those that fail.
    pub(crate) fn follow(self, data: DataFolder, engine: Engine) -> Following {
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = CancellationToken::new();
        let task = tokio::spawn(run(self, data, engine, Arc::clone(&stop), stopping.clone()));
        Following {
            stop,
            stopping,
            task,
        }
    }

    /// How long until the next backup. One whose time lies ahead of the clock counts for nothing; then the time since
    /// the last one of this run decides.
    fn wait(
        &self,
        newest: Option<Timestamp>,
        now: Timestamp,
        since_last: Option<Duration>,
    ) -> Duration {
        let every = SignedDuration::try_from(self.every).unwrap_or(SignedDuration::MAX);
        let since = newest.map(|newest| now.duration_since(newest));
        match since {
            Some(since) if !since.is_negative() => every
                .saturating_sub(since)
                .max(SignedDuration::ZERO)
                .unsigned_abs(),
            _ => since_last.map_or(Duration::ZERO, |since| self.every.saturating_sub(since)),
        }
    }
}

impl Following {
    /// Ends a backup that is in work, of which nothing is kept.
    pub(crate) async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.stopping.cancel();
        if let Err(broken_off) = self.task.await {
            tracing::error!(%broken_off, "no more backups were made");
        }
    }
}

async fn run(
    schedule: Schedule,
    data: DataFolder,
    engine: Engine,
    stop: Arc<AtomicBool>,
    stopping: CancellationToken,
) {
    let mut last: Option<Instant> = None;
    while !stopping.is_cancelled() {
        let dir = schedule.dir.clone();
        let newest = spawn_blocking(move || newest(&dir)).await.ok().flatten();
        let mut pause = schedule.wait(newest, data.now(), last.map(|last| last.elapsed()));
        if pause.is_zero() {
            let outcome = make(&schedule, &data, &stop).await;
            if outcome.is_ok() {
                last = Some(Instant::now());
            }
            pause = if outcome.is_ok() {
                LOOK_AGAIN
            } else {
                RETRY.min(schedule.every)
            };
            tell(&schedule, &engine, outcome, stopping.is_cancelled());
        } else {
            pause = pause.min(LOOK_AGAIN);
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stopping.cancelled() => {}
        }
    }
}

/// Copying blocks, so it has a thread of its own.
async fn make(
    schedule: &Schedule,
    data: &DataFolder,
    stop: &Arc<AtomicBool>,
) -> anyhow::Result<super::Report> {
    let (schedule, data, stop) = (schedule.clone(), data.clone(), Arc::clone(stop));
    let made = spawn_blocking(move || {
        let folder = BackupFolder::open(&schedule.dir)?;
        let add = folder.add(&data, Some(schedule.keep), &|_, _| (), &stop);
        Handle::current().block_on(add)
    });
    made.await?
}

fn tell(
    schedule: &Schedule,
    engine: &Engine,
    outcome: anyhow::Result<super::Report>,
    stopping: bool,
) {
    match outcome {
        Ok(report) => {
            let lost = report.manifest.lost_originals.len();
            tracing::info!(
                backup = %report.backup.display(),
                documents = report.manifest.documents,
                new_originals = report.new_originals,
                lost_originals = lost,
                removed = report.removed.len(),
                "made a backup"
            );
            if let Some(problem) = report.not_removed {
                tracing::warn!(problem, "older backups were not removed");
            }
            engine.backup_made();
        }
        Err(_) if stopping => {}
        Err(error) => {
            tracing::error!(dir = %schedule.dir.display(), error = format!("{error:#}"), "cannot make a backup");
            engine.backup_failed(format!("{error:#}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_due_when_the_newest_is_old_or_from_the_future() {
        let schedule = Schedule {
            dir: PathBuf::new(),
            every: Duration::from_secs(3_600),
            keep: 7,
        };
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        let at = |time: &str| Some(time.parse().expect("a time"));
        assert_eq!(schedule.wait(None, now, None), Duration::ZERO);
        assert_eq!(
            schedule.wait(at("2026-03-01T11:50:00Z"), now, None),
            Duration::from_secs(3_000)
        );
        assert_eq!(
            schedule.wait(at("2026-03-01T11:00:00Z"), now, None),
            Duration::ZERO
        );
        assert_eq!(
            schedule.wait(at("2026-02-01T11:00:00Z"), now, None),
            Duration::ZERO
        );
        assert_eq!(
            schedule.wait(at("2026-03-02T11:00:00Z"), now, None),
            Duration::ZERO
        );
        // With such a name in the folder, one backup a minute would push all others out.
        let future = at("2026-03-02T11:00:00Z");
        let since_last = Some(Duration::from_secs(600));
        assert_eq!(
            schedule.wait(future, now, since_last),
            Duration::from_secs(3_000)
        );
    }
}
