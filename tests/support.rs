//! Starts the real server for a test and talks to it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use riddle_test_support::{Resource, models, need, onnxruntime_file, postgres_schema, variable};
use serde_json::{Value, json};

/// The riddle binary.
pub(crate) const RIDDLE: &str = env!("CARGO_BIN_EXE_riddle");

/// A server on its own data folder. Killed when dropped.
pub(crate) struct Server {
    pub(crate) base: String,
    child: Child,
    client: reqwest::Client,
    key: Option<String>,
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A riddle command on a data folder, with the library and the models of the setup script.
pub(crate) fn riddle(data_dir: &Path) -> Command {
    let mut command = Command::new(RIDDLE);
    if let Some(url) = database_url(data_dir) {
        command.env("RIDDLE_DATABASE_URL", url);
    }
    command
        .env("RIDDLE_DATA_DIR", data_dir)
        .env("RIDDLE_ONNXRUNTIME", onnxruntime_file())
        .env("RIDDLE_MODELS_DIR", models())
        .env("RIDDLE_OFFLINE", "true")
        // Else each server would first measure which engine is the faster one.
        .env("RIDDLE_ENGINE", "native");
    command
}

/// Where the database of a data folder is, if `RIDDLE_TEST_DATABASE` asks for another place than a file in it: with
/// `postgres`, in a schema of its own on the server of `RIDDLE_TEST_POSTGRES`.
fn database_url(data_dir: &Path) -> Option<String> {
    let place = variable("RIDDLE_TEST_DATABASE")?;
    assert_eq!(place, "postgres", "RIDDLE_TEST_DATABASE");
    let folder = data_dir.to_str().expect("a path that is text");
    let name: String = folder.bytes().map(|byte| format!("{byte:02x}")).collect();
    // A name has 63 bytes at most, and folders of tests differ at their end.
    let end = name.len().saturating_sub(48);
    let schema = format!("server_{}", &name[end..]);
    Some(postgres_schema(&schema).expect("RIDDLE_TEST_POSTGRES names a server"))
}

/// Another program, with the variables that a server on a data folder has, to start it.
fn started_by(program: &str, data_dir: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, value) in riddle(data_dir).get_envs() {
        command.env(name, value.expect("variables are set"));
    }
    command
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub(crate) async fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, &[]).await
    }

    /// Starts a server with more arguments and waits until it is ready.
    pub(crate) async fn start_with(data_dir: &Path, arguments: &[&str]) -> Self {
        Self::try_start(data_dir, arguments)
            .await
            .unwrap_or_else(|| {
                let log = std::fs::read_to_string(data_dir.join("test.log")).unwrap_or_default();
                panic!("the server ended before it was ready: {log}")
            })
    }

    /// Starts a server that may use the network and waits until it is ready.
    pub(crate) async fn start_online(data_dir: &Path, arguments: &[&str]) -> Self {
        let mut command = riddle(data_dir);
        command.env_remove("RIDDLE_OFFLINE");
        let started = Self::try_start_by(command, data_dir, arguments).await;
        started.expect("the server ended before it was ready")
    }

    /// Starts a server without a variable that the others here have, and waits until it is ready.
    pub(crate) async fn start_without_variable(
        name: &str,
        data_dir: &Path,
        arguments: &[&str],
    ) -> Self {
        let mut command = riddle(data_dir);
        command.env_remove(name);
        let started = Self::try_start_by(command, data_dir, arguments).await;
        started.expect("the server ended before it was ready")
    }

    /// Starts a server with these limits on open files, soft and hard, and waits until it is ready.
    pub(crate) async fn start_with_files(data_dir: &Path, soft: u64, hard: u64) -> Self {
        let limited = format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$0\" \"$@\"");
        let mut command = started_by("sh", data_dir);
        command.args(["-c", &limited, RIDDLE]);
        let started = Self::try_start_by(command, data_dir, &[]).await;
        started.expect("the server ended before it was ready")
    }

    /// Starts a server whose data folder is a disk of its own, of so many MiB, and waits until it is ready. Gives the
    /// folder as this process sees it. There is none where the system does not let users mount.
    pub(crate) async fn start_on_disk(data_dir: &Path, mib: u32) -> Option<(Self, PathBuf)> {
        let apart = ["--map-root-user", "--mount"];
        let mut mount = Command::new("unshare");
        mount.args(apart).args(["mount", "-t", "tmpfs", "tmpfs"]);
        let tried = mount.arg(data_dir).status();
        let allowed = tried.is_ok_and(|status| status.success()).then_some(());
        need(Resource::Namespaces, allowed, "users may not mount")?;
        let mount = format!("mount -t tmpfs -o size={mib}m tmpfs \"$RIDDLE_DATA_DIR\"");
        let mut command = started_by("unshare", data_dir);
        command.args(apart).args(["sh", "-c"]);
        let script = format!("{mount} && exec \"$0\" \"$@\"");
        command.arg(script).arg(RIDDLE);
        let mut server = Self::spawn(command, data_dir, &[]);
        let inside = data_dir.strip_prefix("/").expect("a whole path");
        let seen = Path::new("/proc").join(server.pid().to_string());
        let seen = seen.join("root").join(inside);
        let is_ready = server.wait_until_ready(&seen).await;
        assert!(is_ready, "the server ended before it was ready");
        Some((server, seen))
    }

    /// Starts a server that may end before it is ready; then there is none.
    pub(crate) async fn try_start(data_dir: &Path, arguments: &[&str]) -> Option<Self> {
        Self::try_start_by(riddle(data_dir), data_dir, arguments).await
    }

    async fn try_start_by(command: Command, data_dir: &Path, arguments: &[&str]) -> Option<Self> {
        let mut server = Self::spawn(command, data_dir, arguments);
        server.wait_until_ready(data_dir).await.then_some(server)
    }

    fn spawn(mut command: Command, data_dir: &Path, arguments: &[&str]) -> Self {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(data_dir.join("test.log"))
            .expect("a log");
        let child = command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        let client = riddle_client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            base: String::new(),
            child,
            client,
            key: None,
        }
    }

    /// Sends this key with every request.
    pub(crate) fn with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// However long a busy machine takes: a server that hangs is ended with its test.
    async fn wait_until_ready(&mut self, data_dir: &Path) -> bool {
        while !self.has_ended() {
            if let Some(address) = announced(data_dir, self.child.id()) {
                self.base = format!("http://{address}");
                if self
                    .client
                    .get(format!("{}/api/v1/health", self.base))
                    .send()
                    .await
                    .is_ok()
                {
                    return true;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("can be killed");
        self.child.wait().expect("can be waited for");
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by name, such as INT.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits for its end and returns its exit code.
    pub(crate) fn exit_code(mut self) -> Option<i32> {
        self.child.wait().expect("can be waited for").code()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("can be asked").is_some()
    }

    /// Asks it to stop and waits.
    pub(crate) fn stop(mut self) {
        let status = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .expect("kill runs");
        assert!(status.success());
        let status = self.child.wait().expect("can be waited for");
        assert!(status.success(), "the server ended with {status}");
    }

    /// A request with the server's key.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// Status and JSON body of a response; null where there is no body.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("the server answers");
        let status = response.status();
        let bytes = response.bytes().await.expect("the answer ends");
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    /// The body of a successful GET.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert!(status.is_success(), "GET {path}: {status} {body}");
        body
    }

    /// The body of a successful POST.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// Makes a knowledge base.
    pub(crate) async fn create(&self, name: &str) -> Value {
        self.post("/api/v1/knowledge-bases", json!({"name": name}))
            .await
    }

    /// Adds a document given as text and returns its id.
    pub(crate) async fn add_text(
        &self,
        kb: &str,
        name: &str,
        text: &str,
        metadata: Value,
    ) -> String {
        let path = format!("/api/v1/knowledge-bases/{kb}/documents");
        let answer = self
            .post(
                &path,
                json!({"name": name, "text": text, "metadata": metadata}),
            )
            .await;
        answer["documents"][0]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no id in {answer}"))
            .to_owned()
    }

    /// Adds a file and returns the whole answer.
    pub(crate) async fn add_file(&self, kb: &str, name: &str, bytes: Vec<u8>) -> Value {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        let request = self.request(
            Method::POST,
            &format!("/api/v1/knowledge-bases/{kb}/documents"),
        );
        let response = request
            .multipart(form)
            .send()
            .await
            .expect("the server answers");
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        response.json().await.expect("JSON")
    }

    /// Waits until nothing waits in the server, for as long as that takes.
    pub(crate) async fn settle(&self) {
        loop {
            let queue = self.get("/api/v1/health").await["queue"].take();
            if queue["pending_documents"] == json!(0) && queue["outbox_lag"] == json!(0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A document.
    pub(crate) async fn document(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/documents/{id}")).await
    }

    /// A search that succeeds.
    pub(crate) async fn search(&self, kb: &str, body: Value) -> Value {
        self.post(&format!("/api/v1/knowledge-bases/{kb}/search"), body)
            .await
    }

    /// The events of a streamed answer, as name and data.
    pub(crate) async fn events(&self, path: &str, body: Value) -> Vec<(String, String)> {
        let response = self
            .request(Method::POST, path)
            .json(&body)
            .send()
            .await
            .expect("the server answers");
        assert!(response.status().is_success(), "{}", response.status());
        parse_events(&response.text().await.expect("the stream ends"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The names of the documents of a search's hits.
pub(crate) fn hit_names(response: &Value) -> Vec<&str> {
    let hits = response["hits"].as_array().expect("hits");
    hits.iter()
        .map(|hit| hit["document"]["name"].as_str().expect("a name"))
        .collect()
}

fn announced(data_dir: &Path, pid: u32) -> Option<String> {
    let owner: Value =
        serde_json::from_slice(&std::fs::read(data_dir.join("server.json")).ok()?).ok()?;
    (owner["pid"] == json!(pid)).then(|| owner["address"].as_str().map(str::to_owned))?
}

/// The events of a stream, as name and data.
pub(crate) fn parse_events(text: &str) -> Vec<(String, String)> {
    let mut events = Vec::new();
    for block in text.split("\n\n") {
        let field = |name: &str| {
            let lines = block.lines().filter_map(|line| line.strip_prefix(name));
            lines
                .map(|value| value.strip_prefix(' ').unwrap_or(value))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let data = field("data:");
        if !data.is_empty() {
            events.push((field("event:"), data));
        }
    }
    events
}
