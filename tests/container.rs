//! What the container may do, as docker-compose.yml and the Dockerfile say it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::root;

fn text_of(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).expect("it is there")
}

/// The settings of the service, each with its value or with the lines below it.
fn settings(compose: &str) -> BTreeMap<&str, Vec<&str>> {
    let is_said = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let said = compose.lines().filter(is_said);
    let service = said.skip_while(|line| *line != "  riddle:").skip(1);
    let mut settings: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut last = "";
    for line in service.take_while(|line| line.starts_with("    ")) {
        let own = line.strip_prefix("    ");
        if let Some(own) = own.filter(|own| !own.starts_with(' ')) {
            let (name, value) = own.split_once(':').expect("a setting");
            last = name;
            let value = Some(value.trim()).filter(|value| !value.is_empty());
            let before = settings.insert(name, value.into_iter().collect());
            assert_eq!(before, None, "{name} is there twice");
        } else {
            let below = line.trim().trim_start_matches("- ");
            settings.entry(last).or_default().push(below);
        }
    }
    settings
}

#[test]
fn the_container_has_limits_and_no_rights() {
    let compose = text_of("docker-compose.yml");
    let settings = settings(&compose);
    for (name, value) in [
        ("user", "riddle"),
        ("mem_limit", "${RIDDLE_MEMORY:-4g}"),
        ("pids_limit", "512"),
        ("cap_drop", "ALL"),
        ("security_opt", "no-new-privileges:true"),
        ("read_only", "true"),
        ("tmpfs", "/tmp:size=1g,mode=1777,noexec,nosuid,nodev"),
        ("volumes", "riddle-data:/data"),
        ("ports", "\"127.0.0.1:7878:7878\""),
    ] {
        assert_eq!(settings.get(name), Some(&vec![value]), "{name}");
    }
    for right in [
        "cap_add",
        "cgroup_parent",
        "devices",
        "ipc",
        "network_mode",
        "pid",
        "privileged",
        "userns_mode",
    ] {
        assert_eq!(settings.get(right), None);
    }
}

#[test]
fn settings_behind_a_blank_line_are_seen() {
    let compose = "services:\n  riddle:\n    user: riddle\n\n# Why\n    privileged: true\nvolumes:\n  data:\n";
    let names: Vec<&str> = settings(compose).into_keys().collect();
    assert_eq!(names, ["privileged", "user"]);
}

#[test]
fn the_image_runs_as_a_user_of_its_own() {
    let text = text_of("Dockerfile");
    let (_, last_stage) = text.rsplit_once("\nFROM ").expect("a stage");
    let (before, after) = last_stage.split_once("\nUSER ").expect("a user");
    assert!(before.contains("--uid 10001 riddle"), "{before}");
    assert!(after.starts_with("riddle\n"), "{after}");
    assert!(!after.contains("\nUSER "), "nobody else starts it");
    assert!(after.contains("\nENTRYPOINT "), "{after}");
}

#[test]
fn images_are_of_a_release_and_may_be_given_by_digest() {
    let text = text_of("Dockerfile");
    let stages = text.lines().filter_map(|line| line.strip_prefix("FROM "));
    let images: Vec<&str> = stages.flat_map(str::split_whitespace).collect();
    assert_eq!(images, ["${RUST_IMAGE}", "AS", "build", "${DEBIAN_IMAGE}"]);
    for argument in ["RUST_IMAGE", "DEBIAN_IMAGE"] {
        let prefix = format!("ARG {argument}=");
        let image = text.lines().find_map(|line| line.strip_prefix(&prefix));
        let (_, tag) = image
            .and_then(|image| image.split_once(':'))
            .expect("a tag");
        assert!(tag.contains("bookworm"), "{tag}");
    }
}

/// Stands in for the program that asks where images come from.
const DOCKER: &str = "#!/bin/sh\nprintf 'sha256:%064d\\n' 7\n";

fn pin(folder: &Path, arguments: &[&str]) -> Output {
    let path = std::env::join_paths([folder, Path::new("/usr/bin"), Path::new("/bin")]);
    Command::new(root().join("scripts/pin-images.sh"))
        .args(arguments)
        .arg(folder.join("Dockerfile"))
        .env("PATH", path.expect("folders"))
        .output()
        .expect("runs")
}

#[test]
fn images_are_pinned_by_a_command_and_those_that_are_not_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("Dockerfile"), text_of("Dockerfile")).expect("a file");
    let docker = folder.join("docker");
    fs::write(&docker, DOCKER).expect("a file");
    fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).expect("a program");
    let pinned = pin(folder, &[]);
    assert!(pinned.status.success(), "{pinned:?}");
    let again = pin(folder, &[]);
    assert_eq!(
        pinned.stdout, again.stdout,
        "a digest takes the place of the one before"
    );
    assert!(pin(folder, &["--check"]).status.success());
    let text = fs::read_to_string(folder.join("Dockerfile")).expect("it is there");
    for image in [
        "ARG RUST_IMAGE=rust:1.95.0-bookworm",
        "ARG DEBIAN_IMAGE=debian:bookworm-slim",
    ] {
        assert!(
            text.contains(&format!("{image}@sha256:{:064}\n", 7)),
            "{text}"
        );
    }
    let without = text.replace(&format!("@sha256:{:064}", 7), "");
    fs::write(folder.join("Dockerfile"), without).expect("a file");
    let told = pin(folder, &["--check"]);
    assert_eq!(told.status.code(), Some(1), "{told:?}");
    let told = String::from_utf8(told.stdout).expect("text");
    assert_eq!(told.lines().count(), 2, "{told}");
}
