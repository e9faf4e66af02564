//! What a command says of how it is used: its help, and what was typed wrongly.

use std::path::Path;
use std::process::Output;

use crate::support::riddle;

fn run(data_dir: &Path, arguments: &[&str]) -> Output {
    riddle(data_dir)
        .args(arguments)
        .output()
        .expect("the binary runs")
}

#[test]
fn wrong_usage_says_what_to_do_and_has_a_code_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = [
        (
            &["search", "kb", "x", "--filter", "{bad"][..],
            "--filter must be JSON",
        ),
        (&["kb", "set", "kb"], "say what to change"),
        (&["kb", "delete", "kb"], "say so with --yes"),
        (&["eval", "delete", "latest"], "say so with --yes"),
        (&["docs", "delete", "123"], "docs list KB` shows them"),
        (
            &["eval", "import", "questions.csv", "--kb", "kb"],
            "eval import questions questions.csv",
        ),
    ];
    for (arguments, said) in wrong {
        let output = run(folder.path(), arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}

#[test]
fn help_lists_the_options_of_a_command_apart_from_those_of_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = run(folder.path(), &["ingest", "--help"]);
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let (own, of_all) = help
        .split_once("Options of every command:")
        .expect("a heading");
    assert!(
        own.contains("--metadata") && !own.contains("--data-dir"),
        "{help}"
    );
    let (of_all, _example) = of_all.split_once("\nExample").expect("an example");
    assert!(
        of_all.contains("--data-dir") && !of_all.contains("--metadata"),
        "{help}"
    );
}
