//! The direction of dependencies, as docs/ARCHITECTURE.md states it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::support::root;

/// What each crate may depend on among ours.
const ALLOWED: &[(&str, &[&str])] = &[
    ("riddle-client", &[]),
    ("riddle-core", &[]),
    ("riddle-api", &[]),
    ("riddle-gguf", &[]),
    ("riddle-checkpoint", &["riddle-core"]),
    ("riddle-convert", &["riddle-checkpoint", "riddle-core"]),
    ("riddle-native", &["riddle-checkpoint", "riddle-core"]),
    ("riddle-sandbox", &[]),
    ("riddle-ingest", &["riddle-core", "riddle-sandbox"]),
    (
        "riddle-models",
        &[
            "riddle-checkpoint",
            "riddle-client",
            "riddle-convert",
            "riddle-core",
            "riddle-gguf",
            "riddle-native",
            "riddle-sandbox",
        ],
    ),
    (
        "riddle-llm",
        &[
            "riddle-client",
            "riddle-core",
            "riddle-gguf",
            "riddle-owner-thread",
        ],
    ),
    ("riddle-index", &["riddle-core"]),
    ("riddle-store", &["riddle-core"]),
    ("riddle-owner-thread", &[]),
    ("riddle-testkit", &["riddle-core"]),
    // For tests alone, so no crate has it among its normal dependencies.
    ("riddle-test-support", &[]),
    (
        "riddle-engine",
        &["riddle-core", "riddle-ingest", "riddle-owner-thread"],
    ),
    (
        "riddle-http",
        &["riddle-api", "riddle-core", "riddle-engine"],
    ),
    (
        "riddle",
        &[
            "riddle-api",
            "riddle-client",
            "riddle-core",
            "riddle-engine",
            "riddle-http",
            "riddle-index",
            "riddle-ingest",
            "riddle-llm",
            "riddle-models",
            "riddle-sandbox",
            "riddle-store",
        ],
    ),
];

/// Libraries that only these crates may name.
const OWNED: &[(&str, &[&str])] = &[
    ("actix-web", &["riddle-http"]),
    ("actix-multipart", &["riddle-http"]),
    ("utoipa", &["riddle-api", "riddle-http"]),
    ("tantivy", &["riddle-index"]),
    ("qdrant-edge", &["riddle-index"]),
    ("ort", &["riddle-models"]),
    ("prost", &["riddle-convert"]),
    ("sqlx", &["riddle-store"]),
    ("llama-cpp-2", &["riddle-llm"]),
    ("xberg", &["riddle-ingest"]),
    ("text-splitter", &["riddle-ingest"]),
    ("landlock", &["riddle-sandbox"]),
    ("seccompiler", &["riddle-sandbox"]),
    ("clap", &["riddle"]),
    ("opentelemetry", &["riddle"]),
    ("opentelemetry_sdk", &["riddle"]),
    ("tracing-opentelemetry", &["riddle"]),
    ("prometheus-client", &["riddle-http"]),
];

#[test]
fn crates_depend_only_downwards() {
    let dependencies = dependencies();
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ALLOWED
        .iter()
        .map(|(name, allowed)| (*name, allowed.iter().copied().collect()))
        .collect();
    let names: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        allowed.keys().copied().collect(),
        "a new crate needs its line in this test"
    );
    for (name, its) in &dependencies {
        for dependency in its
            .iter()
            .filter(|dependency| allowed.contains_key(dependency.as_str()))
        {
            assert!(
                allowed[name.as_str()].contains(dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn libraries_stay_behind_the_crates_that_own_them() {
    for (name, its) in dependencies() {
        for (library, owners) in OWNED {
            assert!(
                !its.contains(*library) || owners.contains(&name.as_str()),
                "{name} must not name {library}; it belongs to {owners:?}"
            );
        }
    }
    for name in ["riddle-core", "riddle-api"] {
        let its = &dependencies()[name];
        for library in ["tokio", "reqwest", "rayon", "tracing"] {
            assert!(!its.contains(library), "{name} must not name {library}");
        }
    }
}

/// The crate that the engine's instructions are in.
const UNSAFE: &str = "riddle-native";

#[test]
fn one_crate_alone_may_have_unsafe_code() {
    let lints = |manifest: &str| {
        let text = std::fs::read_to_string(root().join(manifest)).expect("a manifest");
        text.parse::<toml::Table>().expect("TOML")["lints"].clone()
    };
    for name in dependencies().into_keys().filter(|name| name != UNSAFE) {
        let lints = lints(&format!("crates/{name}/Cargo.toml"));
        assert_eq!(lints["workspace"].as_bool(), Some(true), "{name}");
    }
    let workspace = std::fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let mut workspace: toml::Table = workspace.parse().expect("TOML");
    let shared = &mut workspace["workspace"]["lints"];
    assert_eq!(shared["rust"]["unsafe_code"].as_str(), Some("forbid"));
    // All else is the same for it.
    shared["rust"]["unsafe_code"] = "deny".into();
    assert_eq!(lints(&format!("crates/{UNSAFE}/Cargo.toml")), *shared);
}

/// Normal dependencies of each crate of the workspace.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| (text(&package["name"]), normal(package)))
        .collect()
}

fn normal(package: &Value) -> BTreeSet<String> {
    let dependencies = package["dependencies"].as_array().expect("dependencies");
    dependencies
        .iter()
        .filter(|one| one["kind"].is_null())
        .map(|one| text(&one["name"]))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The crate that gives child processes a clean start.
const STARTS_PROCESSES: &str = "riddle-sandbox";

#[test]
fn children_are_started_in_one_place() {
    let mut sources = Vec::new();
    for name in dependencies().into_keys() {
        collect_sources(&root().join("crates").join(name).join("src"), &mut sources);
    }
    assert!(sources.len() > 300, "{} sources", sources.len());
    let starts = |path: &&std::path::PathBuf| {
        let text = std::fs::read_to_string(path).expect("a source");
        text.contains(concat!("Command", "::new("))
    };
    let starting: Vec<_> = sources.iter().filter(starts).collect();
    let place = root()
        .join("crates")
        .join(STARTS_PROCESSES)
        .join("src/child.rs");
    assert_eq!(
        starting,
        [&place],
        "start children by riddle_sandbox::command"
    );
}

fn collect_sources(folder: &std::path::Path, sources: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect_sources(&path, sources);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            sources.push(path);
        }
    }
}

#[test]
fn the_container_has_limits_and_no_rights() {
    let text = std::fs::read_to_string(root().join("docker-compose.yml")).expect("it is there");
    for line in [
        "mem_limit: ${RIDDLE_MEMORY:-4g}",
        "cap_drop:\n      - ALL",
        "no-new-privileges:true",
        "read_only: true",
        "/tmp:",
    ] {
        assert!(text.contains(line), "{line}");
    }
}
