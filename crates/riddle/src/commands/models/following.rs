use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use riddle_models::{ProgressSink, PullProgress};
use tokio_util::sync::CancellationToken;

use super::interruptible;
use crate::api::ApiError;
use crate::disk::Disk;

/// A download that a person follows. It ends where it would touch what is kept free of the disk.
pub(super) struct Following {
    bar: ProgressBar,
    /// Why there is too little room.
    full: Arc<Mutex<Option<anyhow::Error>>>,
}

/// A bar, what moves it, and what ends the download.
pub(super) fn follow(disk: Disk) -> anyhow::Result<(Following, ProgressSink, CancellationToken)> {
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template(
        "{msg:40} {bar:30} {bytes}/{total_bytes}  {bytes_per_sec}, {eta} left",
    )?);
    let cancel = interruptible();
    let full = Arc::<Mutex<Option<anyhow::Error>>>::default();
    let (moved, ending, found_full) = (bar.clone(), cancel.clone(), Arc::clone(&full));
    let progress = Arc::new(move |step: &PullProgress<'_>| {
        let missing = step.total.unwrap_or(0).saturating_sub(step.received);
        if let Err(error) = disk.check(missing) {
            *found_full.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            ending.cancel();
        }
        show(&moved, step);
    });
    Ok((Following { bar, full }, progress, cancel))
}

impl Following {
    /// Takes the bar away. Gives the reason if there was too little room.
    pub(super) fn end(self) -> Option<anyhow::Error> {
        self.bar.finish_and_clear();
        let full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        full.as_ref().map(disk_full)
    }
}

/// What is told where there is too little room, as the server tells it.
pub(super) fn disk_full(error: &anyhow::Error) -> anyhow::Error {
    ApiError {
        code: "disk_full".to_owned(),
        message: error.to_string(),
    }
    .into()
}

fn show(bar: &ProgressBar, progress: &PullProgress<'_>) {
    bar.set_message(format!("{}: {}", progress.model, progress.file));
    if let Some(total) = progress.total {
        bar.set_length(total);
    }
    bar.set_position(progress.received);
}
