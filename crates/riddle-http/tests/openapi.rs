//! The committed description of the API is the one that the handlers give.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let committed = fs::read_to_string(&path).expect("docs/openapi.json is committed");
    let current = riddle_http::openapi().to_pretty_json().expect("serializes");
    assert!(
        committed.trim_end() == current,
        "the API has changed; if that is meant, run: cargo run --release -p riddle-http --example openapi > docs/openapi.json"
    );
}

#[test]
fn every_operation_is_described() {
    let document = serde_json::to_value(riddle_http::openapi()).expect("serializes");
    assert_eq!(document["openapi"], "3.1.0");
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let place = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{place} has no summary");
            assert!(operation["tags"].is_array(), "{place} has no tag");
            assert!(
                operation["responses"].is_object(),
                "{place} has no responses"
            );
        }
    }
}

/// The document would silently have one of the two in place of both.
#[test]
fn no_two_types_of_the_document_have_one_name() {
    let mut names: BTreeMap<String, PathBuf> = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src"), root.join("../riddle-api/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = fs::read_to_string(&path).expect("source code");
            for name in described_types(&source) {
                let place = path.display();
                let other = names.insert(name.clone(), path.clone());
                assert!(other.is_none(), "{name} is in {place} and in {other:?}");
            }
        }
    }
    assert!(names.contains_key("AnswerDto") && names.contains_key("CompareEventDto"));
}

/// Names of the types that derive a schema.
fn described_types(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    for after in source.split("ToSchema)]\n").skip(1) {
        let mut words = after.split_whitespace();
        if words.any(|word| word == "struct" || word == "enum") {
            let name = words.next().unwrap_or_default();
            let name = name.split(['<', '(', ';']).next().unwrap_or_default();
            names.push(name.to_owned());
        }
    }
    names
}
