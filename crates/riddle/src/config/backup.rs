use std::path::PathBuf;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::backup::Schedule;

const DEFAULT_EVERY: &str = "24h";
const DEFAULT_KEPT: usize = 7;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawBackup {
    dir: Option<PathBuf>,
    /// A time such as `24h`.
    every: Option<String>,
    keep: Option<usize>,
}

impl RawBackup {
    pub(super) fn schedule(self) -> anyhow::Result<Option<Schedule>> {
        let Some(dir) = self.dir else {
            ensure!(
                self.every.is_none() && self.keep.is_none(),
                "`backup.dir` is missing, the folder that backups go to"
            );
            return Ok(None);
        };
        ensure!(
            dir.is_absolute(),
            "`backup.dir` is `{}`; write the whole path, from / on",
            dir.display()
        );
        let every = self.every.as_deref().unwrap_or(DEFAULT_EVERY);
        let every: jiff::SignedDuration = every.parse().with_context(|| {
            format!("`backup.every` is `{every}`; write a time such as `24h` or `30m`")
        })?;
        let keep = self.keep.unwrap_or(DEFAULT_KEPT);
        ensure!(keep > 0, "`backup.keep` must be at least 1");
        ensure!(
            every >= jiff::SignedDuration::from_mins(1),
            "`backup.every` must be at least a minute, `1m`"
        );
        Ok(Some(Schedule {
            dir,
            every: every.unsigned_abs(),
            keep,
        }))
    }
}
