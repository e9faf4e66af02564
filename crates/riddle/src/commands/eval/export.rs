use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail, ensure};
use riddle_api::{EvaluationExportDto, EvaluationFileDto, EvaluationRunDto};
use serde_json::json;

use super::arm::find_arm;
use super::find::find_run;
use super::{run_path, set_path};
use crate::api::{Api, ApiError, segment};
use crate::arguments::{EvalExport, EvalExportRun};
use crate::output;

pub(super) async fn run(api: &Api, arguments: &EvalExport, json: bool) -> anyhow::Result<()> {
    let format = arguments.format;
    ensure!(
        format.is_written(),
        ApiError::invalid(format!(
            "sets are not written as {}; choose jsonl, csv, beir or trec",
            format.name()
        ))
    );
    let path = format!(
        "{}/export?format={}",
        set_path(&arguments.set),
        format.name()
    );
    let export: EvaluationExportDto = api.get(&path).await?;
    keep(&arguments.dir, &export, arguments.force, json)
}

pub(super) async fn run_as_trec(
    api: &Api,
    arguments: &EvalExportRun,
    json: bool,
) -> anyhow::Result<()> {
    let path = run_path(find_run(api, &arguments.run).await?);
    let run: EvaluationRunDto = api.get(&path).await?;
    // The fusion that was found best is in no manifest.
    let names: Vec<&str> = match &run.summary {
        Some(summary) => summary.arms.iter().map(|arm| arm.name.as_str()).collect(),
        None => {
            let arms = run.manifest.arms.iter();
            arms.map(|arm| arm.name.as_str()).collect()
        }
    };
    let arm = match &arguments.of {
        Some(given) => names.get(find_arm(&names, given)?),
        None => None,
    };
    let which = arm.map_or_else(String::new, |arm| format!("?arm={}", segment(arm)));
    let export: EvaluationExportDto = api.get(&format!("{path}/trec{which}")).await?;
    keep(&arguments.dir, &export, arguments.force, json)
}

/// Writes the files and says so.
fn keep(dir: &Path, export: &EvaluationExportDto, force: bool, json: bool) -> anyhow::Result<()> {
    let written = write(dir, &export.files, force)?;
    for warning in &export.warnings {
        output::note(warning);
    }
    if json {
        output::json(&json!({"files": written, "warnings": export.warnings}));
        return Ok(());
    }
    for file in written {
        output::line(&format!("wrote {}", file.display()));
    }
    Ok(())
}

/// Writes the files below a folder: all, or none where one is there already.
fn write(dir: &Path, files: &[EvaluationFileDto], force: bool) -> anyhow::Result<Vec<PathBuf>> {
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|file| below(dir, &file.name))
        .collect::<anyhow::Result<_>>()?;
    if !force && let Some(there) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
        bail!(ApiError::invalid(format!(
            "{} is there already; choose another folder, or write over it with --force",
            there.display()
        )));
    }
    for (file, path) in files.iter().zip(&paths) {
        write_file(path, &file.content, force)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(paths)
}

fn write_file(path: &Path, content: &str, force: bool) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    options.open(path)?.write_all(content.as_bytes())
}

/// A path that stays below the folder, whatever the server says.
fn below(dir: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let way = Path::new(name);
    let stays = way
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    ensure!(
        stays && !name.is_empty(),
        "the server names a file `{name}`, which would not be in the folder"
    );
    Ok(dir.join(way))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> EvaluationFileDto {
        EvaluationFileDto {
            name: name.to_owned(),
            content: name.to_owned(),
        }
    }

    #[test]
    fn files_that_are_there_stay_unless_that_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join("new");
        let files = [file("queries.jsonl"), file("qrels/test.tsv")];
        write(&dir, &files, false).expect("writes");
        std::fs::write(dir.join("qrels/test.tsv"), "mine").expect("writes");
        std::fs::remove_file(dir.join("queries.jsonl")).expect("removes");
        let refused = write(&dir, &files, false).expect_err("one is there");
        assert!(refused.to_string().contains("test.tsv"), "{refused}");
        assert!(!dir.join("queries.jsonl").exists(), "nothing was written");
        write(&dir, &files, true).expect("writes over it");
        let written = std::fs::read_to_string(dir.join("qrels/test.tsv"));
        assert_eq!(written.expect("is there"), "qrels/test.tsv");
    }

    #[test]
    fn nothing_is_written_outside_of_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join("new");
        for name in ["../a", "/tmp/a", "a/../../b", ""] {
            assert!(
                write(&dir, &[file("fine"), file(name)], true).is_err(),
                "{name}"
            );
        }
        assert!(!dir.exists());
    }
}
