//! The server is killed during ingestion, at every named point and at random moments; nothing is lost or doubled.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use riddle_test_support::variable;
use serde_json::{Value, json};

use crate::support::Server;

/// Every place of the ingest path at which the server is killed.
const POINTS: [&str; 12] = [
    "upload-received",
    "blob-renamed",
    "document-accepted",
    "job-claimed",
    "document-parsed",
    "chunks-embedded",
    "document-staged",
    "index-applied",
    "document-published",
    "outbox-trimmed",
    "delete-committed",
    "delete-purged",
];
/// Kills without a soak.
const KILLS: usize = 50;
/// Documents that are added in one life of the server.
const DOCUMENTS_PER_LIFE: usize = 6;

/// What the clients of the server know.
#[derive(Default)]
struct Ledger {
    /// Accepted with a 202, by name.
    accepted: HashSet<String>,
    /// Deleted with a 204, or with no answer: then it may or may not be gone.
    deleted: HashSet<String>,
    maybe_deleted: HashSet<String>,
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_by_kills() {
    let folder = tempfile::tempdir().expect("a folder");
    let kills = variable("RIDDLE_KILLS").map_or(KILLS, |number| {
        number.parse().expect("RIDDLE_KILLS is a number")
    });
    let mut ledger = Ledger::default();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    drop(server);
    for life in 0..kills {
        live_and_die(folder.path(), life, &mut ledger, &mut random).await;
        if life % 10 == 9 || life + 1 == kills {
            check(folder.path(), &ledger).await;
            eprintln!(
                "{} kills, {} documents accepted, all accounted for",
                life + 1,
                ledger.accepted.len()
            );
        }
    }
}

/// Two documents share an original; the server is killed at every point while the second is added and both are deleted.
#[tokio::test]
async fn a_shared_original_stays_until_its_last_document_is_gone() {
    const SHARED: &str = "# Boat shed\n\nThe key hangs behind the mirror in the hall.\n";
    for point in POINTS {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(folder.path()).await;
        server.create("kb").await;
        let first = server.add_text("kb", "north/a.md", SHARED, json!({})).await;
        server.settle().await;
        server.stop();
        let kill_at = format!("{point}:1");
        let started = Server::try_start(folder.path(), &["--kill-at", &kill_at]).await;
        if let Some(mut server) = started {
            share_and_delete(&server, &first, SHARED).await;
            wait_for_end(&mut server).await;
            server.kill();
        }

        let server = Server::start(folder.path()).await;
        server.settle().await;
        let left = all_documents(&server).await;
        for document in &left {
            assert_eq!(document["status"], "ready", "{point}: {document}");
            let path = format!("/api/v1/documents/{}/content", id_of(document));
            let content = server.request(Method::GET, &path).send().await;
            let content = content.expect("an answer").text().await;
            assert_eq!(content.expect("the original"), SHARED, "{point}");
        }
        let found = server.search("kb", json!({"query": "key mirror"})).await;
        assert_eq!(found["hits"].as_array().map(Vec::len), Some(left.len()));
        for document in &left {
            assert_eq!(originals(folder.path()), 1, "{point}");
            let path = format!("/api/v1/documents/{}", id_of(document));
            server.call(Method::DELETE, &path, None).await;
        }
        assert_eq!(originals(folder.path()), 0, "{point}");
        server.stop();
    }
}

/// Goes on until the server is gone.
async fn share_and_delete(server: &Server, first: &str, text: &str) {
    let body = json!({"name": "south/a.md", "text": text});
    let path = "/api/v1/knowledge-bases/kb/documents";
    let Ok(response) = server.request(Method::POST, path).json(&body).send().await else {
        return;
    };
    let Ok(answer) = response.json::<Value>().await else {
        return;
    };
    let second = id_of(&answer["documents"][0]).to_owned();
    // Ends when the document is ready, or with the server.
    let path = format!("/api/v1/documents/{second}/events");
    if let Ok(events) = server.request(Method::GET, &path).send().await
        && events.text().await.is_err()
    {
        return;
    }
    for id in [first, second.as_str()] {
        let path = format!("/api/v1/documents/{id}");
        if server.request(Method::DELETE, &path).send().await.is_err() {
            return;
        }
    }
}

fn id_of(document: &Value) -> &str {
    document["id"].as_str().expect("an id")
}

fn originals(data_dir: &Path) -> usize {
    let folder = std::fs::read_dir(data_dir.join("blobs"));
    folder.expect("a folder").count()
}

async fn live_and_die(data_dir: &Path, life: usize, ledger: &mut Ledger, random: &mut Random) {
    let at_point = life < POINTS.len() * 2;
    let point = format!(
        "{}:{}",
        POINTS[life % POINTS.len()],
        1 + life / POINTS.len()
    );
    let arguments: &[&str] = if at_point {
        &["--kill-at", &point]
    } else {
        &[]
    };
    // Going on with what the life before left undone may pass the point before the server is ready.
    let Some(mut server) = Server::try_start(data_dir, arguments).await else {
        return;
    };
    let moment = Duration::from_millis(random.below(400));
    let mut working = Box::pin(work(&server, life, ledger));
    if at_point {
        // The work ends when the server is gone, or is done before the point came up; then the rest waits for it.
        working.await;
        wait_for_end(&mut server).await;
    } else {
        // Cut off in the middle of a request, as a client would be.
        let _ = tokio::time::timeout(moment, &mut working).await;
        drop(working);
    }
    server.kill();
}

/// Adds documents, replaces one and deletes one, noting what was confirmed.
async fn work(server: &Server, life: usize, ledger: &mut Ledger) {
    let mut last = None;
    for number in 0..DOCUMENTS_PER_LIFE {
        let name = format!("life-{life}-document-{number}.md");
        let body = json!({"name": name, "text": text(&name), "metadata": {"life": life}});
        let path = "/api/v1/knowledge-bases/kb/documents";
        let Ok(response) = server.request(Method::POST, path).json(&body).send().await else {
            return;
        };
        let Ok(answer) = response.json::<Value>().await else {
            return;
        };
        if let Some(id) = answer["documents"][0]["id"].as_str() {
            ledger.accepted.insert(name.clone());
            last = Some((name, id.to_owned()));
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    let Some((name, id)) = last else { return };
    ledger.maybe_deleted.insert(name.clone());
    let path = format!("/api/v1/documents/{id}");
    let Ok(response) = server.request(Method::DELETE, &path).send().await else {
        return;
    };
    if response.status().as_u16() == 204 {
        ledger.deleted.insert(name);
    }
}

async fn wait_for_end(server: &mut Server) {
    for _ in 0..40 {
        if server.has_ended() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What must hold after any number of kills.
async fn check(data_dir: &Path, ledger: &Ledger) {
    let server = Server::start(data_dir).await;
    server.settle().await;
    let audit = server.post("/api/v1/audit", json!({"repair": false})).await;
    assert_eq!(audit["knowledge_bases"][0]["consistent"], true, "{audit}");

    let documents = all_documents(&server).await;
    let names: HashSet<&str> = documents
        .iter()
        .filter_map(|document| document["name"].as_str())
        .collect();
    assert_eq!(names.len(), documents.len(), "no document is there twice");
    let mut chunk_ids = HashSet::new();
    for document in &documents {
        let status = document["status"].as_str().expect("a status");
        let reason = &document["failure"]["message"];
        assert!(
            status == "ready"
                || (status == "failed" && reason.as_str().is_some_and(|reason| reason.len() > 20)),
            "{document}"
        );
        let path = format!(
            "/api/v1/documents/{}/chunks?limit=1000",
            document["id"].as_str().expect("an id")
        );
        for chunk in server.get(&path).await["chunks"]
            .as_array()
            .expect("chunks")
        {
            assert!(
                chunk_ids.insert(chunk["id"].to_string()),
                "chunk ids are unique"
            );
        }
    }
    for name in &ledger.accepted {
        let gone = ledger.maybe_deleted.contains(name);
        assert!(
            names.contains(name.as_str()) || gone,
            "{name} was accepted and is lost"
        );
    }
    for name in &ledger.deleted {
        assert!(
            !names.contains(name.as_str()),
            "{name} was deleted and is listed"
        );
    }
    let all = server
        .search(
            "kb",
            json!({"query": "document", "top_k": 1000, "top_n": 1000, "rerank": false}),
        )
        .await;
    let mut found = HashSet::new();
    for hit in all["hits"].as_array().expect("hits") {
        let name = hit["document"]["name"].as_str().expect("a name");
        assert!(
            !ledger.deleted.contains(name),
            "{name} was deleted and is found"
        );
        assert!(
            found.insert(hit["chunk_id"].to_string()),
            "a chunk is found once"
        );
    }
    server.stop();
}

async fn all_documents(server: &Server) -> Vec<Value> {
    let mut documents = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/knowledge-bases/kb/documents?limit=100{cursor}");
        let page = server.get(&path).await;
        documents.extend_from_slice(page["documents"].as_array().expect("documents"));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return documents,
        }
    }
}

fn text(name: &str) -> String {
    let section = |number: usize| {
        format!("## Part {number} of {name}\n\nThis document says {number} things. \n\n")
    };
    (0..5).map(section).collect()
}

/// A xorshift generator: the same kills in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
