//! What no compiler checks in the sources: their width, and where lock files take packages from.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::root;

/// Columns of a line. A longer one has a string in it, such as a message, that nobody would find in two parts.
const WIDTH: usize = 120;
/// Folders whose Rust sources keep to it.
const CHECKED: &[&str] = &["crates/", "tests/"];

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

/// What glossary and API call by the same word, and mean different things.
const OTHER_MEANINGS: &[&str] = &[
    "control", "file", "id", "interval", "library", "match", "parsing", "place", "queue", "quote",
    "result", "summary", "system", "version", "warning",
];

#[test]
fn names_of_the_api_keep_to_the_glossary() {
    let glossary = std::fs::read_to_string(root().join("docs/GLOSSARY.md")).expect("committed");
    let rows: Vec<Vec<&str>> = glossary.lines().filter_map(row_with_names).collect();
    let own: Vec<String> = rows
        .iter()
        .flat_map(|row| parts(row[0]).chain(parts(row[2])))
        .collect();
    let avoided: Vec<&str> = rows
        .iter()
        .flat_map(|row| row[3].split(", "))
        .map(|word| word.split(" (").next().unwrap_or(word))
        .filter(|word| !word.is_empty() && !own.iter().any(|own| own == word))
        .filter(|word| !OTHER_MEANINGS.contains(word))
        .collect();
    assert!(avoided.len() > 30, "only {} words", avoided.len());
    for file in rust_files(&root().join("crates/riddle-api/src")) {
        let text = std::fs::read_to_string(&file).expect("readable");
        for name in text.lines().filter_map(public_name) {
            for part in parts(name) {
                let is_avoided = avoided.contains(&part.trim_end_matches('s'));
                assert!(
                    !is_avoided,
                    "{}: {name} against the glossary",
                    file.display()
                );
            }
        }
    }
}

/// The cells of a row of the glossary: word, meaning, names in code, other words.
fn row_with_names(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
    (cells.len() == 4 && cells[0] != "word").then_some(cells)
}

/// The name that a line makes public, if it does.
fn public_name(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let kinds = ["fn ", "struct ", "enum ", "type "];
    let rest = kinds
        .iter()
        .find_map(|kind| rest.strip_prefix(kind))
        .unwrap_or(rest);
    rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .next()
}

/// The words in names, in small letters.
fn parts(names: &str) -> impl Iterator<Item = String> {
    let mut apart = String::new();
    for letter in names.chars() {
        if letter.is_uppercase() || !letter.is_alphanumeric() {
            apart.push(' ');
        }
        if letter.is_alphanumeric() {
            apart.extend(letter.to_lowercase());
        }
    }
    let parts: Vec<String> = apart.split_whitespace().map(str::to_owned).collect();
    parts.into_iter()
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
