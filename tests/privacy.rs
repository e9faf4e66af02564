//! What other users of the machine can see: nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::support::{Server, riddle};

const KEY: &str = "rk_0123456789abcdef0123456789abcdef";

/// A command that is still at work, killed when dropped.
struct AtWork(Child);

impl Drop for AtWork {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn mode(path: &Path) -> u32 {
    let metadata = std::fs::metadata(path);
    let metadata = metadata.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    metadata.permissions().mode() & 0o777
}

fn open_to_all(path: &Path) {
    let all = if path.is_dir() { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(all)).expect("is set");
}

/// Everything below the folder but the models and the log of the test that some other user could read.
fn readable_by_others(folder: &Path) -> Vec<String> {
    let mut readable = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.ends_with("test.log") || path.ends_with("models") || path.ends_with("riddle.toml") {
            continue;
        }
        if mode(&path) & 0o077 != 0 {
            readable.push(path.display().to_string());
        }
        if path.is_dir() {
            readable.extend(readable_by_others(&path));
        }
    }
    readable
}

#[tokio::test]
async fn a_data_folder_is_its_users_alone_also_if_it_was_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("data");
    let made = riddle(&data_dir).args(["kb", "create", "kb"]).status();
    assert!(made.expect("the binary runs").success());
    assert_eq!(mode(&data_dir), 0o700);
    assert_eq!(readable_by_others(&data_dir), Vec::<String>::new());

    open_to_all(&data_dir);
    open_to_all(&data_dir.join("riddle.db"));
    open_to_all(&data_dir.join("index"));
    let server = Server::start(&data_dir).await;
    server
        .add_text("kb", "a.md", "A text.", serde_json::json!({}))
        .await;
    server.settle().await;
    assert_eq!(mode(&data_dir), 0o700);
    for file in ["riddle.db", "riddle.db-wal", "riddle.db-shm"] {
        assert_eq!(mode(&data_dir.join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(&data_dir.join("server.json")) & 0o077, 0);
    assert_eq!(readable_by_others(&data_dir), Vec::<String>::new());
    server.stop();
}

#[test]
fn a_group_reads_where_the_configuration_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("riddle.toml");
    std::fs::write(&config, "[server]\ngroup_access = true\n").expect("a configuration");
    let data_dir = folder.path().join("data");
    let made = riddle(&data_dir)
        .args(["kb", "create", "kb", "--config"])
        .arg(&config)
        .status();
    assert!(made.expect("the binary runs").success());
    assert_eq!(mode(&data_dir), 0o750);
    assert_eq!(mode(&data_dir.join("riddle.db")), 0o640);
}

#[tokio::test]
async fn the_server_of_a_command_has_a_key_that_only_its_user_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("data");
    // A language model that never answers keeps the command at work.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let model = silent.local_addr().expect("bound");
    let config = folder.path().join("riddle.toml");
    let text = format!("[chat]\nmodel = \"silent\"\nbase_url = \"http://{model}/v1\"\n");
    std::fs::write(&config, text).expect("a configuration");
    let document = folder.path().join("key.md");
    std::fs::write(&document, "The spare key hangs behind the red door.").expect("a file");
    let command = |arguments: &[&str]| {
        let mut command = riddle(&data_dir);
        command.args(arguments).arg("--config").arg(&config);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let ingested = command(&["ingest", "kb", document.to_str().expect("UTF-8")]).status();
    assert!(ingested.expect("the binary runs").success());
    let asking = command(&["ask", "kb", "Where is the spare key?"]).spawn();
    let mut asking = AtWork(asking.expect("the binary starts"));

    let file = data_dir.join("server.json");
    let owner: Value = loop {
        let read = std::fs::read(&file).ok();
        if let Some(owner) = read.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            break owner;
        }
        let ended = asking.0.try_wait().expect("can be asked");
        assert!(ended.is_none(), "the command did not wait: {ended:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let key = owner["key"].as_str().expect("a key");
    assert_eq!(mode(&file), 0o600);
    let arguments = std::fs::read_to_string(format!("/proc/{}/cmdline", owner["pid"]));
    assert!(!arguments.expect("a process").contains(key));
    let address = owner["address"].as_str().expect("an address");
    let url = format!("http://{address}/api/v1/knowledge-bases");
    let client = riddle_client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let without = client.get(&url).send().await.expect("an answer");
    assert_eq!(without.status(), 401);
    let with = client
        .get(&url)
        .bearer_auth(key)
        .send()
        .await
        .expect("an answer");
    assert_eq!(with.status(), 200);
    // Other commands of the user read it too.
    let listed =
        tokio::task::spawn_blocking(move || riddle(&data_dir).args(["kb", "list"]).output());
    let listed = listed.await.expect("runs").expect("the binary runs");
    assert!(
        String::from_utf8_lossy(&listed.stdout).contains("kb"),
        "{listed:?}"
    );
}

#[tokio::test]
async fn a_key_on_the_command_line_does_not_stay_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start_with(folder.path(), &["--api-key", KEY]).await;
    let arguments = std::fs::read_to_string(format!("/proc/{}/cmdline", server.pid()));
    let arguments = arguments.expect("a process");
    assert!(
        arguments.contains("serve") && !arguments.contains(KEY),
        "{arguments}"
    );
    let path = "/api/v1/knowledge-bases";
    assert_eq!(server.call(Method::GET, path, None).await.0, 401);
    let server = server.with_key(KEY);
    assert_eq!(server.call(Method::GET, path, None).await.0, 200);
    server.stop();
}

#[tokio::test]
async fn a_deleted_lock_file_costs_a_running_server_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    std::fs::remove_file(folder.path().join("server.lock")).expect("removed");
    let second = riddle(folder.path())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output();
    let second = second.expect("the binary runs");
    let told = String::from_utf8_lossy(&second.stderr);
    assert!(told.contains("already runs"), "{told}");
    let listed = riddle(folder.path())
        .args(["kb", "list"])
        .output()
        .expect("the binary runs");
    assert!(
        String::from_utf8_lossy(&listed.stdout).contains("kb"),
        "{listed:?}"
    );
    assert!(folder.path().join("server.json").exists());
    server.stop();
}
