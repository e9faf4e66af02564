//! The `openai` Python client, unchanged, against the real server.

use std::process::Command;

use riddle_test_support::python;
use serde_json::json;

use crate::support::{Server, root};

#[tokio::test]
async fn the_python_client_works_streaming_and_not() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    server
        .add_text(
            "kb",
            "pier.md",
            "# Pier\n\nThe boat leaves at seven from pier nine.",
            json!({}),
        )
        .await;
    server.settle().await;
    let output = Command::new(python)
        .arg(root().join("tests/python/openai_client.py"))
        .arg(&server.base)
        .output()
        .expect("Python runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{printed}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(printed.contains("all checks passed"), "{printed}");
}
