//! The committed description of the API is the one that the handlers give.

use std::fs;
use std::path::Path;

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
