//! What no compiler checks in the sources: their width, and where lock files take packages from.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::root;

/// Columns of a line. A longer one has a string in it, such as a message, that nobody would find in two parts.
const WIDTH: usize = 120;
/// Folders whose Rust sources keep to it.
const CHECKED: &[&str] = &[
    "crates/riddle/",
    "crates/riddle-checkpoint/",
    "crates/riddle-client/",
    "crates/riddle-convert/",
    "crates/riddle-core/",
    "crates/riddle-engine/",
    "crates/riddle-evaluation/",
    "crates/riddle-gguf/",
    "crates/riddle-index/",
    "crates/riddle-ingest/",
    "crates/riddle-llm/",
    "crates/riddle-models/",
    "crates/riddle-native/",
    "crates/riddle-owner-thread/",
    "crates/riddle-sandbox/",
    "crates/riddle-store/",
    "crates/riddle-test-support/",
    "crates/riddle-testkit/",
    "tests/",
];

#[test]
fn lines_end_before_column_121() {
    let mut checked = 0;
    for folder in CHECKED {
        for file in rust_files(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).expect("readable");
            for (line, number) in text.lines().zip(1..) {
                let place = format!("{}:{number}", file.display());
                assert!(
                    line.chars().count() <= WIDTH || has_string(line),
                    "{place}: {line}"
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 5_000, "only {checked} lines were found");
}

fn has_string(line: &str) -> bool {
    line.contains('"') && !line.trim_start().starts_with("//")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// So that they serve whoever installs from a mirror, and hashes decide what is installed.
#[test]
fn lock_files_of_npm_name_hashes_and_no_registry() {
    for folder in ["web", "tests/browser"] {
        let file = root().join(folder).join("package-lock.json");
        let lock: Value = serde_json::from_slice(&std::fs::read(&file).expect("committed"))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let packages = lock["packages"].as_object().expect("packages");
        // The package without a name is the folder itself.
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            assert_eq!(package["resolved"], Value::Null, "{folder}: {name}");
            let hash = package["integrity"].as_str().unwrap_or_default();
            assert!(hash.starts_with("sha512-"), "{folder}: {name}: {hash}");
        }
        assert!(packages.len() > 5, "{folder}: {} packages", packages.len());
    }
}

#[test]
fn lock_files_of_cargo_name_the_public_index_alone() {
    for folder in ["", "scripts/bench_rerank/fastembed"] {
        let file = root().join(folder).join("Cargo.lock");
        let lock = std::fs::read_to_string(&file).expect("committed");
        let sources = lock.lines().filter(|line| line.starts_with("source = "));
        for source in sources {
            assert_eq!(
                source,
                "source = \"registry+https://github.com/rust-lang/crates.io-index\"",
                "{}",
                file.display()
            );
        }
    }
}
