//! Models of another server, which is another Riddle: its embedder and its reranker, through each form of request.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support::{Server, hit_names, riddle};
use crate::tools::{self, CE, data_folder, trained_or_tiny};

const KEY: &str = "the-key-of-the-model-server-00000000";
const EMBEDDER: &str = "all-minilm-l6-v2";
const QUESTION: &str = "When does the boat leave?";

/// The configuration of a server that has no models of its own.
fn config(folder: &Path, base: &str) -> String {
    let key = folder.join("key");
    std::fs::write(&key, format!("{KEY}\n")).expect("a file");
    let key = key.display().to_string();
    let reranker = |name: &str, api: &str, path: &str| {
        format!(
            "[[models.remote.rerankers]]\nname = {name:?}\nbase_url = \"{base}{path}\"\napi = {api:?}\n\
             model = {CE:?}\napi_key_file = {key:?}\ndefault_weight = 1.0\n"
        )
    };
    format!(
        "[models]\ndir = {:?}\n{}{}{}\
         [[models.remote.embedders]]\nname = \"far\"\nbase_url = \"{base}/v1\"\nmodel = {EMBEDDER:?}\n\
         api_key_file = {key:?}\nmax_tokens = 256\n[chat]\nmodel = \"extractive\"\n",
        no_models(folder),
        reranker("far-jina", "jina", "/v1"),
        reranker("far-cohere", "cohere", "/v2"),
        reranker("far-tei", "tei", ""),
    )
}

fn no_models(folder: &Path) -> String {
    folder.join("no-models").display().to_string()
}

/// A server whose models are those of the other one at this address.
async fn served_by(base: &str, folder: &Path) -> Server {
    let config = config(folder, base);
    std::fs::write(folder.join("riddle.toml"), config).expect("a file");
    Server::start_with(folder, &["--models-dir", &no_models(folder)]).await
}

/// The way to another server, which a test closes and opens.
struct Gate {
    base: String,
    is_open: watch::Sender<bool>,
}

impl Gate {
    async fn to(base: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let target = base.strip_prefix("http://").expect("an address").to_owned();
        let (is_open, seen) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, target.clone(), seen.clone()));
            }
        });
        Self {
            base: format!("http://{address}"),
            is_open,
        }
    }

    fn set_open(&self, open: bool) {
        self.is_open.send_replace(open);
    }
}

/// A connection, which breaks when the gate closes.
async fn pass(mut client: TcpStream, target: String, mut is_open: watch::Receiver<bool>) {
    if !*is_open.borrow() {
        return;
    }
    let mut server = TcpStream::connect(target).await.expect("it listens");
    let closed = async { is_open.wait_for(|open| !open).await.is_ok() };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        _ = closed => {}
    }
}

/// What health says of an embedder that is away.
async fn away(server: &Server) -> (Value, Option<Value>) {
    let health = server.get("/api/v1/health").await;
    let notices = health["notices"].as_array().into_iter().flatten();
    let mut away = notices.filter(|notice| notice["code"] == "embedder_away");
    let notice = away.next().cloned();
    (health, notice)
}

async fn add_documents(server: &Server) {
    server.create("kb").await;
    for (name, text) in [
        (
            "pier.md",
            "# Pier\n\nThe boat leaves at seven from pier nine.",
        ),
        (
            "paint.md",
            "# Paint\n\nBoats are painted every spring by the crew.",
        ),
        (
            "keys.md",
            "# Keys\n\nThe spare key hangs behind the red door.",
        ),
    ] {
        server.add_text("kb", name, text, json!({})).await;
    }
    server.settle().await;
}

fn scores(found: &Value) -> Vec<(String, f64)> {
    let hits = found["hits"].as_array().expect("hits");
    let score = |hit: &Value| hit["rerank"]["score"].as_f64();
    let named = hit_names(found).into_iter().map(str::to_owned);
    named
        .zip(hits.iter().map(|hit| score(hit).expect("a score")))
        .collect()
}

#[tokio::test]
async fn models_of_another_riddle_do_as_they_do_there() {
    let Some(there) = data_folder(&trained_or_tiny()) else {
        return;
    };
    let models = tools::server(there.path(), &["--api-key", KEY]).await;
    let models = models.with_key(KEY);
    add_documents(&models).await;
    let here = tempfile::tempdir().expect("a folder");
    let server = served_by(&models.base, here.path()).await;
    add_documents(&server).await;

    let listed = server.get("/api/v1/models").await;
    let listed = listed["models"].as_array().expect("models");
    let far = |model: &&Value| model["name"] == "far" && model["state"] == "installed";
    assert!(listed.iter().any(|model| far(&model)), "{listed:?}");

    let dense = json!({"query": QUESTION, "mode": "dense", "rerank": {"enabled": false}});
    let there_found = models.search("kb", dense.clone()).await;
    let here_found = server.search("kb", dense).await;
    assert_eq!(hit_names(&here_found), hit_names(&there_found));

    // However long a busy machine takes.
    let ask = |name: &str| json!({"query": QUESTION, "rerank": {"model": name, "weight": 1.0, "deadline_ms": 60_000}});
    let expected = scores(&models.search("kb", ask(CE)).await);
    for name in ["far-jina", "far-cohere", "far-tei"] {
        let found = server.search("kb", ask(name)).await;
        assert_eq!(found["rerank"]["status"], "applied", "{name}: {found}");
        assert_eq!(found["rerank"]["device"], "remote", "{name}: {found}");
        let told = scores(&found);
        assert_eq!(told.len(), expected.len());
        for ((document, score), (same, there)) in told.iter().zip(&expected) {
            assert_eq!(document, same, "{name}: {told:?} {expected:?}");
            assert!(
                (score - there).abs() < 1e-3,
                "{name}: {told:?} {expected:?}"
            );
        }
    }
}

#[tokio::test]
async fn without_the_other_server_searches_go_on_by_words_and_say_so() {
    let Some(there) = data_folder(&trained_or_tiny()) else {
        return;
    };
    let models = tools::server(there.path(), &["--api-key", KEY]).await;
    let here = tempfile::tempdir().expect("a folder");
    let server = served_by(&models.base, here.path()).await;
    add_documents(&server).await;
    models.stop();

    for _ in 0..5 {
        let ask = json!({"query": QUESTION, "rerank": {"deadline_ms": 60_000}});
        let found = server.search("kb", ask).await;
        assert_eq!(hit_names(&found)[0], "pier.md", "{found}");
        assert_eq!(found["rerank"]["status"], "failed", "{found}");
        assert_ne!(found["notices"], json!([]), "{found}");
    }
    // The tools have nothing to fall back on.
    let body = json!({"model": "far-jina", "query": "q", "documents": ["a", "b"]});
    let (status, answer) = server
        .call(reqwest::Method::POST, "/v1/rerank", Some(body))
        .await;
    assert!(
        status.is_server_error() || status.as_u16() == 424,
        "{status} {answer}"
    );
    let answer = answer.to_string();
    assert!(answer.contains("its server"), "{answer}");
    assert!(!answer.contains(KEY), "{answer}");
}

#[test]
fn a_model_of_this_machine_is_verified_whatever_has_its_name_elsewhere() {
    let Some(here) = data_folder(&trained_or_tiny()) else {
        return;
    };
    let config = here.path().join("riddle.toml");
    let mut text = std::fs::read_to_string(&config).expect("written");
    let remote = [("embedders", EMBEDDER), ("rerankers", CE)].map(|(table, name)| {
        format!(
            "[[models.remote.{table}]]\nname = {name:?}\nbase_url = \"http://127.0.0.1:9/v1\"\n"
        )
    });
    text += &remote.concat();
    std::fs::write(&config, text).expect("a file");
    for model in [EMBEDDER, CE] {
        let output = riddle(here.path())
            .env_remove("RIDDLE_MODELS_DIR")
            .args(["models", "verify", model])
            .output()
            .expect("the binary runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{model}: {error}");
    }
}

#[tokio::test]
async fn documents_wait_for_another_server_which_health_names_until_it_answers() {
    let Some(there) = data_folder(&trained_or_tiny()) else {
        return;
    };
    let models = tools::server(there.path(), &["--api-key", KEY]).await;
    let gate = Gate::to(&models.base).await;
    let here = tempfile::tempdir().expect("a folder");
    let server = served_by(&gate.base, here.path()).await;
    add_documents(&server).await;
    assert_eq!(away(&server).await.1, None);

    gate.set_open(false);
    let text = "# Tea\n\nTea is served at four in the garden.";
    let id = server.add_text("kb", "tea.md", text, json!({})).await;
    let (health, notice) = loop {
        if let (health, Some(notice)) = away(&server).await {
            break (health, notice);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(health["ok"], true, "{health}");
    let values = &notice["values"];
    assert_eq!(
        (&values["model"], &values["documents"]),
        (&json!("far"), &json!("1"))
    );
    let since = values["since"].as_str().expect("a time");
    let said = notice["text"].as_str().expect("a sentence");
    assert!(said.contains("`far`") && said.contains(since), "{said}");
    let address = gate.base.trim_start_matches("http://");
    assert!(!notice.to_string().contains(address), "{notice}");

    gate.set_open(true);
    server.settle().await;
    assert_eq!(server.document(&id).await["status"], "ready");
    assert_eq!(away(&server).await.1, None);
    let query = "When is tea served?";
    let dense = json!({"query": query, "mode": "dense", "top_n": 10, "rerank": {"enabled": false}});
    let found = server.search("kb", dense).await;
    assert_eq!(hit_names(&found).len(), 4, "{found}");
}

#[tokio::test]
async fn an_embedder_of_another_server_stands_in_for_no_reranker_before_it_is_used_either() {
    let here = tempfile::tempdir().expect("a folder");
    let config = format!(
        "[models]\ndir = {:?}\n[[models.remote.embedders]]\nname = \"far\"\nbase_url = \"http://127.0.0.1:9/v1\"\n\
         [chat]\nmodel = \"extractive\"\n",
        no_models(here.path())
    );
    std::fs::write(here.path().join("riddle.toml"), config).expect("a file");
    let arguments = ["--models-dir", &no_models(here.path())];
    let server = Server::start_with(here.path(), &arguments).await;
    let health = server.get("/api/v1/health").await;
    let notices = health["notices"].as_array().expect("notices").iter();
    let codes: Vec<&Value> = notices.map(|notice| &notice["code"]).collect();
    assert!(codes.contains(&&json!("no_reranker_installed")), "{health}");
    assert!(!codes.contains(&&json!("reranker_stand_in")), "{health}");
}
