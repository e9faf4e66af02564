//! Files that end the process which opens them first.

use std::path::Path;

use riddle_models::{ModelFileError, NOTHING_READ, OpeningProgram};
use riddle_testkit::hub::Hub;

use crate::hub::answer;
use crate::setup::{Fixture, NAME, config, fixture, options, tokenizer, weights};

/// A store with a model to be taken from a folder, whose files a shell script opens.
fn opened_by(script: &str, folder: &Path) -> Fixture {
    let source = folder.join("source");
    std::fs::create_dir_all(&source).unwrap();
    for (name, bytes) in [
        ("config.json", config()),
        ("tokenizer.json", tokenizer()),
        ("model.safetensors", weights()),
    ] {
        std::fs::write(source.join(name), bytes).unwrap();
    }
    let plain = fixture(&format!("{{ kind = \"folder\", path = {source:?} }}"), None);
    plain.opened_by(shell(script))
}

fn shell(script: &str) -> OpeningProgram {
    OpeningProgram {
        program: "/bin/sh".into(),
        // Behind the script come its name, the kind and the file.
        arguments: vec!["-c".to_owned(), script.to_owned(), "opener".to_owned()],
    }
}

#[tokio::test]
async fn a_file_that_crashes_its_reader_is_refused_and_does_not_come_in() {
    for end in [
        "kill -SEGV $$",
        "kill -KILL $$",
        "kill -XCPU $$",
        "exit 101",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let script = format!("[ \"$1\" = tokenizer ] && {end}; exit 0");
        let fixture = opened_by(&script, dir.path());
        let (options, _) = options(None);
        let error = fixture.store.pull(NAME, &options).await.unwrap_err();
        let message = error.to_string();
        assert!(message.contains("tokenizer.json"), "{message}");
        assert!(
            message.contains("opened in a process of its own"),
            "{message}"
        );
        assert!(!fixture.folder.join("tokenizer.json").exists());
        assert!(!fixture.folder.join("tokenizer.json.partial").exists());
    }
}

#[tokio::test]
async fn each_file_is_opened_once_and_again_when_it_has_changed() {
    let dir = tempfile::tempdir().unwrap();
    let opened = dir.path().join("opened");
    let script = format!("echo \"$1\" >> {}", opened.display());
    let fixture = opened_by(&script, dir.path());
    let (options, _) = options(None);
    fixture.store.pull(NAME, &options).await.unwrap();
    let kinds = || std::fs::read_to_string(&opened).unwrap_or_default();
    for kind in ["json", "tokenizer", "safetensors"] {
        assert!(kinds().lines().any(|line| line == kind), "{}", kinds());
    }
    std::fs::remove_file(&opened).unwrap();
    // Another process, which knows only what is in the folder.
    let fixture = fixture.opened_by(shell(&script));
    let entry = fixture.store.catalogue().find(NAME).unwrap();
    fixture.store.open_elsewhere(entry).unwrap();
    assert_eq!(kinds(), "");
    std::fs::write(
        fixture.folder.join("tokenizer.json"),
        b"{\"changed\": true}",
    )
    .unwrap();
    fixture.store.open_elsewhere(entry).unwrap();
    assert_eq!(kinds(), "tokenizer\n");
}

#[tokio::test]
async fn a_file_put_there_by_hand_is_opened_before_it_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = opened_by("kill -SEGV $$", dir.path());
    std::fs::create_dir_all(&fixture.folder).unwrap();
    std::fs::write(fixture.folder.join("tokenizer.json"), tokenizer()).unwrap();
    let entry = fixture.store.catalogue().find(NAME).unwrap();
    let error = fixture.store.open_elsewhere(entry).unwrap_err();
    assert!(matches!(error, ModelFileError::BadFile { .. }), "{error}");
}

/// It says nothing about the file, which is not taken for a harmless one.
#[tokio::test]
async fn a_file_that_its_process_could_not_begin_to_read_is_not_known() {
    let dir = tempfile::tempdir().unwrap();
    let opened = dir.path().join("opened");
    let script = format!("echo \"$1\" >> {}; exit {NOTHING_READ}", opened.display());
    let fixture = opened_by(&script, dir.path());
    std::fs::create_dir_all(&fixture.folder).unwrap();
    std::fs::write(fixture.folder.join("tokenizer.json"), tokenizer()).unwrap();
    let entry = fixture.store.catalogue().find(NAME).unwrap();
    for times in 1..=2 {
        let error = fixture.store.open_elsewhere(entry).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("could not be opened"), "{message}");
        assert!(message.contains("try again"), "{message}");
        let asked = std::fs::read_to_string(&opened).unwrap();
        assert_eq!(asked, "tokenizer\n".repeat(times));
    }
}

#[tokio::test]
async fn a_file_that_no_process_can_be_started_for_is_not_opened_here() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = opened_by("exit 0", dir.path()).opened_by(OpeningProgram {
        program: dir.path().join("absent"),
        arguments: Vec::new(),
    });
    let (options, _) = options(None);
    let error = fixture.store.pull(NAME, &options).await.unwrap_err();
    let message = error.to_string();
    assert!(message.contains("as none could be started"), "{message}");
    assert!(message.contains("try again"), "{message}");
}

/// Neither is it fetched from elsewhere, nor again once a process can be started.
#[tokio::test]
async fn a_download_that_no_process_could_be_started_for_is_kept() {
    let server = Hub::start(|request, _| answer(request)).await;
    let sources = ["owner/tiny", "owner/other"]
        .map(|repo| format!("{{ kind = \"hub\", repo = \"{repo}\", revision = \"abc\" }}"))
        .join(", ");
    let script = format!("[ \"$1\" = safetensors ] && exit {NOTHING_READ}; exit 0");
    let fixture = fixture(&sources, None).opened_by(shell(&script));
    let (options, _) = options(Some(&server.address));
    let error = fixture.store.pull(NAME, &options).await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("model `tiny`, file `model.safetensors`: could not be opened"),
        "{message}"
    );
    let partial = fixture.folder.join("model.safetensors.partial");
    assert_eq!(std::fs::read(partial).unwrap(), weights());
    let elsewhere = |path: &str| path.contains("/owner/other/");
    let requests = server.requests();
    assert!(!requests.iter().any(|request| elsewhere(&request.path)));

    let fixture = fixture.opened_by(shell("exit 0"));
    let pulled = fixture.store.pull(NAME, &options).await.unwrap();
    assert_eq!(std::fs::read(pulled.model.weights).unwrap(), weights());
    let requests = server.requests();
    let wanted = &requests.last().unwrap().headers["range"];
    assert_eq!(*wanted, format!("bytes={}-", weights().len()));
}

/// What lies there is not fetched again because nothing could look into it.
#[tokio::test]
async fn a_model_that_is_here_stays_where_no_process_can_be_started() {
    let server = Hub::start(|request, _| answer(request)).await;
    let source = r#"{ kind = "hub", repo = "owner/tiny", revision = "abc" }"#;
    let fixture = fixture(source, None);
    let (options, _) = options(Some(&server.address));
    fixture.store.pull(NAME, &options).await.unwrap();
    let before = server.requests().len();
    let script = format!("exit {NOTHING_READ}");
    let fixture = fixture.opened_by(shell(&script));
    let error = fixture.store.pull(NAME, &options).await.unwrap_err();
    assert!(error.to_string().contains("try again"), "{error}");
    assert_eq!(server.requests().len(), before);
}
