use std::path::Path;

use riddle_models::{Location, ModelFileError, Trust};

use crate::setup::{NAME, config, files_in, fixture, options, sha256, tokenizer, weights};

fn write_model(folder: &Path) {
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    std::fs::write(folder.join("config.json"), config()).unwrap();
    std::fs::write(folder.join("tokenizer.json"), tokenizer()).unwrap();
    std::fs::write(folder.join("sub/extra.json"), "{}").unwrap();
    std::fs::write(folder.join("model.safetensors"), weights()).unwrap();
}

#[test]
fn a_folder_is_imported_and_stays_independent() {
    let source = tempfile::tempdir().unwrap();
    write_model(source.path());
    let fixture = fixture("", Some(&sha256(&weights())));
    let model = fixture.store.import_folder(NAME, source.path()).unwrap();
    let length = weights().len() + config().len() + tokenizer().len() + 2;
    assert_eq!(model.bytes, length as u64);
    std::fs::write(source.path().join("model.safetensors"), "retrained").unwrap();
    assert!(fixture.store.verify(NAME).unwrap().is_ok());
}

#[test]
fn nothing_is_imported_when_one_file_is_bad() {
    let source = tempfile::tempdir().unwrap();
    write_model(source.path());
    std::fs::remove_file(source.path().join("tokenizer.json")).unwrap();
    let fixture = fixture("", None);
    let message = fixture
        .store
        .import_folder(NAME, source.path())
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("file `tokenizer.json`: is missing"),
        "{message}"
    );
    assert!(!fixture.folder.exists());
}

#[test]
fn a_file_with_another_hash_is_refused() {
    let source = tempfile::tempdir().unwrap();
    write_model(source.path());
    let fixture = fixture("", Some(&sha256(b"another")));
    let error = fixture
        .store
        .import_folder(NAME, source.path())
        .unwrap_err();
    assert!(matches!(error, ModelFileError::BadFile { .. }), "{error}");
    assert!(error.to_string().contains("an entry of its own"), "{error}");
}

#[tokio::test]
async fn a_folder_source_works_offline() {
    let source = tempfile::tempdir().unwrap();
    write_model(source.path());
    let entry = format!(
        r#"{{ kind = "hub", repo = "a/b", revision = "c" }}, {{ kind = "folder", path = "{}" }}"#,
        source.path().display()
    );
    let fixture = fixture(&entry, None);
    let (mut options, _) = options(None);
    options.offline = true;
    fixture.store.pull(NAME, &options).await.unwrap();
    assert!(fixture.folder.join("sub/extra.json").exists());
}

#[test]
fn what_changes_later_is_noticed() {
    let source = tempfile::tempdir().unwrap();
    write_model(source.path());
    let fixture = fixture("", None);
    fixture.store.import_folder(NAME, source.path()).unwrap();
    let path = fixture.folder.join("model.safetensors");

    let mut bytes = weights();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let report = fixture.store.verify(NAME).unwrap();
    let trouble = report.files[3].trouble.as_ref().unwrap();
    assert!(
        trouble.problem.contains("where the manifest says"),
        "{trouble}"
    );

    std::fs::write(&path, &bytes[..1000]).unwrap();
    let Location::Missing { remedy } = fixture.store.locate(NAME).unwrap() else {
        panic!("a truncated file was not noticed");
    };
    assert!(remedy.contains("riddle models verify tiny"), "{remedy}");
    let report = fixture.store.verify(NAME).unwrap();
    let trouble = report.files[3].trouble.as_ref().unwrap();
    assert!(trouble.problem.contains("is truncated"), "{trouble}");

    std::fs::remove_file(&path).unwrap();
    assert!(!fixture.store.verify(NAME).unwrap().is_ok());
}

#[test]
fn files_put_there_by_hand_are_found_and_recorded() {
    let fixture = fixture("", None);
    assert!(!fixture.store.verify(NAME).unwrap().is_ok());
    write_model(&fixture.folder);
    assert!(matches!(
        fixture.store.locate(NAME).unwrap(),
        Location::Located(_)
    ));
    let report = fixture.store.verify(NAME).unwrap();
    assert!(report.is_ok(), "{report:?}");
    assert!(
        report
            .files
            .iter()
            .all(|f| f.trust == Some(Trust::FirstUse))
    );
    assert!(files_in(&fixture.folder).contains(&"manifest.json".to_owned()));

    std::fs::write(fixture.folder.join("manifest.json"), "damaged").unwrap();
    assert!(fixture.store.verify(NAME).unwrap().is_ok());
}

#[test]
fn the_list_names_every_model_and_where_it_is() {
    let fixture = fixture("", None);
    let listed = fixture.store.list();
    assert_eq!(listed.len(), 1);
    assert!(matches!(&listed[0].location, Location::Missing { .. }));
    write_model(&fixture.folder);
    assert!(matches!(
        &fixture.store.list()[0].location,
        Location::Located(model) if model.weights.ends_with("tiny/model.safetensors")
    ));
}
