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
    ("riddle-evaluation", &["riddle-core"]),
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
    ("riddle-remote", &["riddle-client", "riddle-core"]),
    ("riddle-qdrant", &["riddle-client"]),
    ("riddle-index", &["riddle-core", "riddle-qdrant"]),
    ("riddle-store", &["riddle-core"]),
    ("riddle-owner-thread", &[]),
    ("riddle-testkit", &["riddle-core"]),
    // For tests alone, so no crate has them among its normal dependencies.
    ("riddle-test-qdrant", &[]),
    ("riddle-test-support", &[]),
    (
        "riddle-engine",
        &[
            "riddle-core",
            "riddle-evaluation",
            "riddle-ingest",
            "riddle-owner-thread",
        ],
    ),
    (
        "riddle-http",
        &[
            "riddle-api",
            "riddle-core",
            "riddle-engine",
            "riddle-evaluation",
        ],
    ),
    (
        "riddle",
        &[
            "riddle-api",
            "riddle-client",
            "riddle-core",
            "riddle-engine",
            "riddle-evaluation",
            "riddle-http",
            "riddle-index",
            "riddle-ingest",
            "riddle-llm",
            "riddle-models",
            "riddle-qdrant",
            "riddle-remote",
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
    ("qdrant-edge", &["riddle-index", "riddle-test-qdrant"]),
    ("qdrant-client", &["riddle-qdrant", "riddle-test-qdrant"]),
    ("tonic", &["riddle-qdrant", "riddle-test-qdrant"]),
    ("ort", &["riddle-models"]),
    ("prost", &["riddle-convert"]),
    ("sqlx", &["riddle-store"]),
    ("llama-cpp-2", &["riddle-llm"]),
    ("xberg", &["riddle-ingest"]),
    ("xberg-native-pdf", &["riddle-ingest"]),
    ("calamine", &["riddle-ingest"]),
    ("image", &["riddle-ingest"]),
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
    for name in ["riddle-core", "riddle-api", "riddle-evaluation"] {
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

/// Use cases of the engine, each in a module and a folder of this name. They do not know each other.
const ROOMS: &[&str] = &[
    "audit",
    "chats",
    "curate",
    "evaluation",
    "inference",
    "ingest",
    "knowledge_bases",
    "library",
    "query",
    "system",
];
/// Modules of the engine that know everything: the page of all use cases, the crate itself, and its tests' own engine.
const ABOVE_ROOMS: &[&str] = &["engine", "lib", "testing"];

/// The plan of the engine: `engine` on top, the rooms below it, and everything else is the ground that they stand on.
#[test]
fn rooms_of_the_engine_know_the_ground_and_not_each_other() {
    let files = files_of("riddle-engine");
    let known: BTreeSet<&str> = files.iter().map(|file| file.module.as_str()).collect();
    for room in ROOMS {
        assert!(known.contains(room), "the engine has no room `{room}`");
    }
    let mut wrong = Vec::new();
    for file in &files {
        let own = file.module.as_str();
        if ABOVE_ROOMS.contains(&own) {
            continue;
        }
        for used in modules_used(file.product()) {
            let is_above = ABOVE_ROOMS.contains(&used.as_str()) && !file.is_test;
            let is_other_room = ROOMS.contains(&used.as_str()) && used != own;
            if is_above || is_other_room {
                wrong.push(format!("{} uses crate::{used}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Crates of several rooms that stand on each other one way.
const ONE_WAY: &[&str] = &[
    "riddle-engine",
    "riddle-evaluation",
    "riddle-http",
    "riddle-models",
];

/// What knows nothing that is left is taken away, over and over; what stays then is a circle, or leads into one.
#[test]
fn modules_know_each_other_one_way() {
    for name in ONE_WAY {
        let mut knows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in files_of(name).iter().filter(|file| !file.is_test) {
            // The crate's own file names them all.
            if file.module != "lib" {
                let known = knows.entry(file.module.clone()).or_default();
                known.extend(modules_used(file.product()));
                known.remove(&file.module);
            }
        }
        assert!(knows.len() > 5, "{name} has {} modules", knows.len());
        loop {
            let left: BTreeSet<String> = knows.keys().cloned().collect();
            knows.retain(|_, known| !known.is_disjoint(&left));
            if knows.len() == left.len() {
                break;
            }
        }
        assert!(knows.is_empty(), "a circle in {name}: {knows:?}");
    }
}

#[test]
fn modules_are_found_however_they_are_named() {
    let code = "use crate::ingest::{self, point};\nfn f() { crate::query::find() }\nuse crate::{\n    chats::Turn,\n    \
                error::{EngineError, Cause},\n    library,\n};\npub(in crate::query) struct A;\n// crate::audit\n";
    let used: Vec<String> = modules_used(code).into_iter().collect();
    assert_eq!(used, ["chats", "error", "ingest", "library", "query"]);
}

struct SourceFile {
    path: String,
    /// The module right below the crate that it belongs to.
    module: String,
    is_test: bool,
    code: String,
}

impl SourceFile {
    /// The code without the tests at its end, which may use what is for tests.
    fn product(&self) -> &str {
        let code = self.code.split("#[cfg(test)]\nmod tests {").next();
        code.expect("split gives one part at least")
    }
}

fn files_of(name: &str) -> Vec<SourceFile> {
    let source = root().join("crates").join(name).join("src");
    let mut folders = vec![source.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inside = path.strip_prefix(&source).expect("below the sources");
            let mut names = inside.iter().map(|name| name.to_string_lossy());
            let module = names.next().expect("a name");
            let is_test = inside.iter().any(|name| {
                ["tests", "tests.rs", "testing", "testing.rs"]
                    .iter()
                    .any(|test| name == *test)
            });
            files.push(SourceFile {
                module: module.trim_end_matches(".rs").to_owned(),
                is_test,
                code: std::fs::read_to_string(&path).expect("a source file"),
                path: inside.display().to_string(),
            });
        }
    }
    files
}

/// The modules right below the crate that a file names, in comments at the end of a line too.
fn modules_used(code: &str) -> BTreeSet<String> {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.flat_map(|line| [line, "\n"]).collect();
    let mut used = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            Some(group) => used.extend(first_names(group)),
            None => used.extend(first_name(rest)),
        }
    }
    used
}

/// The first name of each path in a group of imports, up to the brace that ends it.
fn first_names(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut begins) = (0, true);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            _ if begins && !letter.is_whitespace() => {
                names.extend(first_name(&group[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    names
}

fn first_name(path: &str) -> Option<String> {
    let end = path.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let name = &path[..end.unwrap_or(path.len())];
    (!name.is_empty()).then(|| name.to_owned())
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
    let starting = sources.iter().filter(starts);
    let allowed = [
        format!("{STARTS_PROCESSES}/src/child.rs"),
        // No child: the process becomes itself again, with its own environment.
        "riddle/src/command_line.rs".to_owned(),
        // For tests alone.
        "riddle-test-support/src/database.rs".to_owned(),
    ];
    let allowed = allowed.map(|place| root().join("crates").join(place));
    let elsewhere: Vec<_> = starting.filter(|path| !allowed.contains(path)).collect();
    assert!(
        elsewhere.is_empty(),
        "start children by riddle_sandbox::command, not in {elsewhere:?}"
    );
}

/// Calls that read the time of the machine, by any of the libraries that tell it, and those that make an id of it.
const READINGS: &[&str] = &[
    "SystemTime::now(",
    "Timestamp::now(",
    "Zoned::now(",
    "Utc::now(",
    "now_utc(",
    "::now_v7(",
    "::now_v1(",
    "::new_v4(",
];

#[test]
fn time_and_new_ids_come_from_the_clock() {
    let mut sources = Vec::new();
    for name in dependencies().into_keys() {
        collect_sources(&root().join("crates").join(name).join("src"), &mut sources);
    }
    let allowed = [
        "riddle/src/clock.rs",
        "riddle-testkit/src/clock.rs",
        // Names a request in the log, before anything of the engine is asked.
        "riddle-http/src/guard/request_id.rs",
    ];
    let allowed = allowed.map(|place| root().join("crates").join(place));
    let makes = |path: &&std::path::PathBuf| {
        let text = std::fs::read_to_string(path).expect("a source");
        READINGS.iter().any(|call| text.contains(call))
    };
    let making: Vec<_> = sources.iter().filter(makes).collect();
    let elsewhere: Vec<_> = making
        .iter()
        .filter(|path| !allowed.contains(path))
        .collect();
    assert!(elsewhere.is_empty(), "ask the clock in {elsewhere:?}");
    assert_eq!(making.len(), allowed.len(), "{making:?}");
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
