use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use riddle_api::{EvaluationRunDto, RunStatusDto};
use uuid::Uuid;

use super::run_path;
use crate::api::{Api, ApiError};

/// How often the server is asked how far it is.
pub(super) const POLL: Duration = Duration::from_millis(400);

/// A bar that shows nothing where nobody looks.
pub(super) fn bar(length: u64, template: &str) -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new(length);
    bar.set_style(ProgressStyle::with_template(template)?);
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}

/// Waits until a run has a report. `false` if whoever waits has interrupted that; the run goes on.
pub(super) async fn wait_for_report(api: &Api, id: Uuid) -> anyhow::Result<bool> {
    let ended = unless_interrupted(wait_for_end(api, id)).await;
    Ok(ended.transpose()?.is_some())
}

/// Waits for work. `None` if whoever waits has interrupted that.
pub(super) async fn unless_interrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        // Without the signal there is nothing but to wait.
        Ok(()) = tokio::signal::ctrl_c() => None,
    }
}

async fn wait_for_end(api: &Api, id: Uuid) -> anyhow::Result<()> {
    let bar = bar(0, "{bar:30} {pos}/{len} questions  {msg}")?;
    loop {
        let run: EvaluationRunDto = api.get(&run_path(id)).await?;
        bar.set_length(u64::from(run.total));
        bar.set_position(u64::from(run.done));
        bar.set_message(state(&run));
        match run.status {
            RunStatusDto::Finished => break,
            RunStatusDto::Failed | RunStatusDto::Cancelled => {
                bar.finish_and_clear();
                return Err(ended(&run).into());
            }
            RunStatusDto::Queued | RunStatusDto::Running | RunStatusDto::Paused => {}
        }
        tokio::time::sleep(POLL).await;
    }
    bar.finish_and_clear();
    Ok(())
}

fn state(run: &EvaluationRunDto) -> String {
    match (run.status, run.seconds_left) {
        (RunStatusDto::Queued, _) => "waits for its turn".to_owned(),
        (RunStatusDto::Paused, _) => {
            format!("paused; go on with `riddle eval resume {}`", run.id)
        }
        (_, Some(seconds)) => {
            let left = Duration::try_from_secs_f64(seconds).unwrap_or_default();
            format!("{} left", indicatif::HumanDuration(left))
        }
        (_, None) => String::new(),
    }
}

fn ended(run: &EvaluationRunDto) -> ApiError {
    let verb = if run.status == RunStatusDto::Cancelled {
        "was cancelled"
    } else {
        "failed"
    };
    let reason = run.problem.as_deref().map(|problem| format!(": {problem}"));
    ApiError {
        code: "evaluation_run_state".to_owned(),
        message: format!("the run {} {verb}{}", run.id, reason.unwrap_or_default()),
    }
}
