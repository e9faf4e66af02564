//! A data folder that a newer version wrote, after its server was killed.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use sqlx::query;

use super::folder;
use crate::support::riddle;

/// Commands that would open the folder, each in a way of its own.
const COMMANDS: [&[&str]; 3] = [
    &["serve", "--listen", "127.0.0.1:0"],
    &["kb", "list"],
    &["doctor", "--rebuild"],
];

#[tokio::test]
async fn a_folder_of_a_newer_schema_is_refused_and_left_byte_for_byte() {
    for has_index in [true, false] {
        let data = killed_newer_server(has_index).await;
        let before = content(data.path());
        assert!(
            before["riddle.db-wal"].1.len() > 1_000,
            "the log has the newest changes"
        );
        for arguments in COMMANDS {
            let output = riddle(data.path()).args(arguments).output();
            let output: Output = output.expect("the binary runs");
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
            for part in ["schema 999", "use the newer version"] {
                assert!(told.contains(part), "{arguments:?}: {told}");
            }
            let mut after = content(data.path());
            after.remove("server.lock");
            let names = |folder: &Content| folder.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&before), names(&after), "{arguments:?}");
            for (name, was) in &before {
                assert!(*was == after[name], "{arguments:?} changed {name}");
            }
        }
    }
}

/// A folder with all that a killed server leaves: the newest changes in the log alone, its address, and permissions of
/// other users that a server takes away. Without the index of the log it is as a backup tool copies it.
async fn killed_newer_server(has_index: bool) -> tempfile::TempDir {
    let made = tempfile::tempdir().expect("a folder");
    let mut database = folder::make(made.path(), folder::newest().await).await;
    query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut database)
        .await
        .expect("the log is folded in");
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (999, 'from the future', 1, x'00', 1)";
    query(newer).execute(&mut database).await.expect("written");
    // The connection is open still, so the log is as a killed process leaves it.
    let data = tempfile::tempdir().expect("a folder");
    copy(made.path(), data.path());
    if !has_index {
        std::fs::remove_file(data.path().join("riddle.db-shm")).expect("removed");
    }
    std::fs::create_dir(data.path().join("index")).expect("a folder");
    std::fs::write(data.path().join("index/of-a-newer-kind"), "index").expect("written");
    let address = r#"{"address":"127.0.0.1:9","pid":1,"key":"a key"}"#;
    std::fs::write(data.path().join("server.json"), address).expect("written");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(data.path().join("riddle.db"), open).expect("set");
    data
}

fn copy(from: &Path, to: &Path) {
    for (name, (_, bytes)) in content(from) {
        let path = to.join(&name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, bytes).expect("written");
    }
}

/// Permissions and bytes of each file below a folder, by its path.
type Content = BTreeMap<String, (u32, Vec<u8>)>;

fn content(folder: &Path) -> Content {
    let mut found = Content::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(folder)
                .expect("below it")
                .display()
                .to_string();
            let mode = path.metadata().expect("is there").permissions().mode();
            found.insert(name, (mode, std::fs::read(&path).expect("readable")));
        }
    }
    found
}
