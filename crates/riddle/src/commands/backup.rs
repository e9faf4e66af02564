use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use super::eval::figures::bytes;
use crate::api::ApiError;
use crate::arguments::{BackupArguments, RestoreArguments};
use crate::backup::{self, BackupFolder, DataFolder, Manifest, Report, Restored, Source};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::data_folder::{Ownership, own};
use crate::database::refuse_server;
use crate::{exit, output};

/// The standard input or output.
const STANDARD: &str = "-";

pub(crate) async fn back_up(
    config: &Config,
    arguments: &BackupArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let data_dir = &config.data_dir;
    refuse_server(config)?;
    backup::refuse_no_data(data_dir)?;
    // A server may go on with its work; without one, none may start in the midst of it.
    let _ownership = own(data_dir, config.access).await?.ok();
    backup::refuse_unfinished(data_dir)?;
    let data = DataFolder {
        dir: data_dir.clone(),
        reserve: config.disk_reserve,
        clock: Arc::new(SystemClock),
    };
    let bar = progress_bar()?;
    let progress = |done, all| show(&bar, done, all);
    let manifest = if arguments.to == STANDARD {
        ensure!(
            !std::io::stdout().is_terminal(),
            ApiError::invalid(
                "an archive is not for a screen; send it to a file with `riddle backup - > riddle.tar`"
            )
        );
        ensure!(
            arguments.keep.is_none(),
            ApiError::invalid("an archive is one backup; leave out --keep")
        );
        let manifest = backup::write_archive(&data, std::io::stdout().lock(), &progress).await?;
        bar.finish_and_clear();
        output::note(&sentence(&manifest));
        manifest
    } else {
        let dir = Path::new(&arguments.to);
        let folder = BackupFolder::open(dir)?;
        let keep = arguments.keep.map(|keep| keep as usize);
        let report = folder
            .add(&data, keep, &progress, &AtomicBool::new(false))
            .await?;
        bar.finish_and_clear();
        if json {
            output::json(&report);
        } else {
            print(&report);
        }
        report.manifest
    };
    Ok(code_of(&manifest.lost_originals))
}

pub(crate) async fn restore(
    config: &Config,
    arguments: &RestoreArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let source = Source::find(&arguments.from, arguments.backup.as_deref())?;
    let bar = progress_bar()?;
    let progress = |done, all| show(&bar, done, all);
    let restored = if arguments.check {
        backup::check(source, arguments.allow_lost, &progress).await?
    } else {
        refuse_server(config)?;
        let _ownership = own_for_restore(config).await?;
        backup::restore(source, &config.data_dir, arguments.allow_lost, &progress).await?
    };
    bar.finish_and_clear();
    if json {
        output::json(&restored);
    } else {
        print_restored(config, arguments, &restored);
    }
    Ok(code_of(&restored.lost_originals))
}

async fn own_for_restore(config: &Config) -> anyhow::Result<Ownership> {
    match own(&config.data_dir, config.access).await? {
        Ok(ownership) => Ok(ownership),
        Err(_) => bail!(
            "a server runs on {}; stop it, or name another folder with --data-dir",
            config.data_dir.display()
        ),
    }
}

fn progress_bar() -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::no_length();
    bar.set_style(ProgressStyle::with_template(
        "{bar:30} {pos}/{len} originals  {elapsed} elapsed",
    )?);
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}

fn show(bar: &ProgressBar, done: u64, all: u64) {
    bar.set_length(all);
    bar.set_position(done);
}

fn code_of(lost: &[String]) -> ExitCode {
    if lost.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::PARTIAL)
    }
}

fn sentence(manifest: &Manifest) -> String {
    format!(
        "{} knowledge bases, {} documents, {} chats; {} originals with {}",
        manifest.knowledge_bases,
        manifest.documents,
        manifest.chats,
        manifest.originals,
        bytes(manifest.original_bytes)
    )
}

fn print(report: &Report) {
    output::line(&report.backup.display().to_string());
    output::note(&sentence(&report.manifest));
    output::note(&format!(
        "{} originals were new ({})",
        report.new_originals,
        bytes(report.new_original_bytes)
    ));
    if !report.removed.is_empty() {
        output::note(&format!(
            "removed older backups: {}",
            report.removed.join(", ")
        ));
    }
    if let Some(problem) = &report.not_removed {
        output::note(&format!("older backups were not removed: {problem}"));
    }
    note_lost(&report.manifest.lost_originals);
}

fn print_restored(config: &Config, arguments: &RestoreArguments, restored: &Restored) {
    let manifest = &restored.manifest;
    let of = format!("the backup of {}", manifest.created_at);
    if arguments.check {
        output::line(&format!("{of} is whole: {}", sentence(manifest)));
    } else {
        output::line(&format!(
            "{of} is in {}: {}",
            config.data_dir.display(),
            sentence(manifest)
        ));
        output::note("the next start of the server builds the indexes from it");
        if manifest.configuration && !restored.configuration {
            output::note(
                "a configuration was there already and stays; that of the backup was left out",
            );
        }
    }
    note_lost(&restored.lost_originals);
}

fn note_lost(lost: &[String]) {
    if !lost.is_empty() {
        output::note(&format!(
            "{} originals are damaged or not there, such as {}; their documents are found and read as before, but cannot \
             be downloaded or processed anew. `riddle doctor --originals` names them",
            lost.len(),
            lost.first().map_or("", String::as_str)
        ));
    }
}
