//! The newest server over the data folder of every schema so far.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection, query};
use uuid::Uuid;

use super::folder;
use crate::support::{Server, root};

/// The knowledge bases that are there in every kept folder.
const KNOWLEDGE_BASES: [&str; 2] = ["handbook", "notes"];

/// The schema with evaluations.
const EVALUATIONS: usize = 9;

#[tokio::test]
async fn a_folder_of_every_schema_is_opened_and_nothing_of_it_is_lost() {
    for schema in 1..=folder::newest().await {
        let data = tempfile::tempdir().expect("a folder");
        let untouched = tempfile::tempdir().expect("a folder");
        let mut before = folder::make(untouched.path(), schema).await;
        let made = folder::make(data.path(), schema).await;
        made.close().await.expect("is closed");
        // Named, so that no server has to find out by measuring.
        let config = "[models]\nengine = \"onnxruntime\"\n";
        std::fs::write(data.path().join("riddle.toml"), config).expect("written");
        eprintln!("a folder of schema {schema}");
        let server = Server::start(data.path()).await;
        server.settle().await;
        check_documents(&server, &mut before).await;
        check_revisions(&server, &mut before).await;
        check_chats(&server, &mut before).await;
        check_comparisons(&server, &mut before).await;
        if schema >= EVALUATIONS {
            check_evaluations(&server).await;
        }
        check_whole(&server, data.path()).await;
        server.stop();
    }
}

/// A set with its question, and a paused run that goes on to its end.
async fn check_evaluations(server: &Server) {
    let set = server.get("/api/v1/evaluations/sets/leave").await;
    assert_eq!(
        (&set["confirmed"], &set["test_looks"]),
        (&json!(1), &json!(2))
    );
    let questions = server.get("/api/v1/evaluations/sets/leave/questions").await;
    assert_eq!(questions["questions"][0]["relevant"][0]["grade"], json!(2));
    let runs = server.get("/api/v1/evaluations/runs").await;
    let run = &runs["runs"][0];
    assert_eq!(
        (&run["name"], &run["status"]),
        (&json!("first"), &json!("paused"))
    );
    let path = format!(
        "/api/v1/evaluations/runs/{}",
        run["id"].as_str().expect("an id")
    );
    server
        .post(&format!("{path}/control"), json!({"action": "resume"}))
        .await;
    while server.get(&path).await["status"] != json!("finished") {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let looks = server.get("/api/v1/evaluations/sets/leave/looks").await;
    let names = looks["looks"].as_array().into_iter().flatten();
    let names: Vec<&str> = names.filter_map(|look| look["run_name"].as_str()).collect();
    assert_eq!(names, ["first", "earlier"], "{looks}");
}

/// Documents with their originals, metadata and chunks; what waited is processed, what had failed has failed.
async fn check_documents(server: &Server, database: &mut SqliteConnection) {
    let documents = rows(
        database,
        "SELECT d.*, k.name AS kb FROM documents d JOIN knowledge_bases k ON k.id = d.knowledge_base",
    )
    .await;
    for row in &documents {
        let id = uuid(row, "id");
        let path = format!("/api/v1/documents/{id}");
        if row.get::<Option<i64>, _>("deleted_at").is_some() {
            let (status, _) = server.call(Method::GET, &path, None).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path} is deleted");
            continue;
        }
        let document = server.get(&path).await;
        let (name, kb): (String, String) = (row.get("name"), row.get("kb"));
        let metadata = all_metadata(row);
        assert_eq!(document["name"], json!(name));
        let found = with_floats(document["metadata"].clone());
        assert_eq!(found, with_floats(metadata), "{name}");
        let content = server.request(Method::GET, &format!("{path}/content"));
        let content = content.send().await.expect("an answer").bytes().await;
        assert_eq!(content.expect("the original"), folder::original(&name));
        if row.get::<String, _>("status") == "failed" {
            assert_eq!(document["status"], "failed", "{document}");
            assert_eq!(
                document["failure"]["code"],
                row.get::<String, _>("failure_code")
            );
        } else {
            assert_eq!(document["status"], "ready", "{document}");
            check_chunks(server, &kb, &id).await;
        }
    }
    check_texts(server, database).await;
}

/// What the document says itself, in a schema that keeps it, and over it what was given.
fn all_metadata(row: &SqliteRow) -> Value {
    let own = row.try_get("own_metadata").unwrap_or("{}");
    let mut all: Map<String, Value> = serde_json::from_str(own).expect("JSON");
    let given: Map<String, Value> = serde_json::from_str(row.get("metadata")).expect("JSON");
    all.extend(given);
    Value::Object(all)
}

/// A document has chunks, and a search for the text of an enabled one finds it, another not.
async fn check_chunks(server: &Server, kb: &str, document: &str) {
    let path = format!("/api/v1/documents/{document}/chunks");
    let chunks = server.get(&path).await["chunks"].take();
    let chunks = chunks.as_array().expect("chunks");
    assert!(!chunks.is_empty(), "{path} has none");
    for chunk in chunks {
        let body = json!({"query": chunk["text"], "rerank": false, "top_n": 20});
        let found = server.search(kb, body).await;
        let mut hits = found["hits"].as_array().expect("hits").iter();
        let is_found = hits.any(|hit| hit["chunk_id"] == chunk["id"]);
        assert_eq!(json!(is_found), chunk["enabled"], "{chunk}\n{found}");
    }
}

/// Every chunk that was there says what it said.
async fn check_texts(server: &Server, database: &mut SqliteConnection) {
    let chunks = rows(database, "SELECT id, text FROM chunks").await;
    assert!(!chunks.is_empty());
    for row in &chunks {
        let id = uuid(row, "id");
        let chunk = server.get(&format!("/api/v1/chunks/{id}")).await;
        assert_eq!(chunk["text"], row.get::<String, _>("text"), "{chunk}");
    }
}

async fn check_revisions(server: &Server, database: &mut SqliteConnection) {
    let kept = "SELECT chunk, revision, text, enabled FROM chunk_revisions";
    for row in rows(database, kept).await {
        let id = uuid(&row, "chunk");
        let history = server.get(&format!("/api/v1/chunks/{id}/history")).await;
        let revision: i64 = row.get("revision");
        let mut revisions = history["revisions"].as_array().expect("a list").iter();
        let found = revisions.find(|one| one["revision"] == json!(revision));
        let found = found.unwrap_or_else(|| panic!("revision {revision} is not in {history}"));
        assert_eq!(found["text"], row.get::<String, _>("text"));
        assert_eq!(found["enabled"], row.get::<bool, _>("enabled"));
    }
}

/// Chats with their messages; an answer is readable, and one that was being written when the server ended is stopped.
async fn check_chats(server: &Server, database: &mut SqliteConnection) {
    let kept = "SELECT m.*, c.title, f.verdict, f.comment FROM chat_messages m JOIN chats c ON c.id = m.chat
                LEFT JOIN feedback f ON f.message = m.id";
    for row in rows(database, kept).await {
        let chat = server
            .get(&format!("/api/v1/chats/{}", uuid(&row, "chat")))
            .await;
        assert_eq!(chat["title"], row.get::<String, _>("title"));
        let (id, text) = (uuid(&row, "id"), |column: &str| {
            row.get::<Option<String>, _>(column)
        });
        let mut messages = chat["messages"].as_array().expect("messages").iter();
        let message = messages.find(|message| message["id"] == json!(id));
        let message = message.unwrap_or_else(|| panic!("message {id} is not in {chat}"));
        assert_eq!(message["text"], json!(text("text")));
        assert_eq!(message["role"], json!(text("role")));
        assert_eq!(message["rewritten"], json!(text("rewritten")));
        let was_writing = text("status").as_deref() == Some("writing");
        let failure = text("failure_code");
        let failure = failure.or_else(|| was_writing.then(|| "interrupted".to_owned()));
        assert_eq!(message["error"]["code"], json!(failure));
        assert_eq!(message["feedback"]["verdict"], json!(text("verdict")));
        assert_eq!(message["feedback"]["comment"], json!(text("comment")));
        assert_eq!(
            message["answer"].is_null(),
            text("answer").is_none(),
            "{message}"
        );
        assert_ne!(message["status"], "writing");
    }
    // Their words are found, those of earlier schemas too.
    for row in rows(database, "SELECT id, title FROM chats WHERE title <> ''").await {
        let title: String = row.get("title");
        let backwards: Vec<&str> = title.split(' ').rev().collect();
        let search = [("search", backwards.join(" ").to_uppercase())];
        let url = reqwest::Url::parse_with_params("http://riddle/", search).expect("an address");
        let query = url.query().unwrap_or_default();
        let found = server.get(&format!("/api/v1/chats?{query}")).await;
        let mut chats = found["chats"].as_array().expect("a list").iter();
        let id = uuid(&row, "id");
        assert!(
            chats.any(|chat| chat["id"] == json!(id)),
            "{title}: {found}"
        );
    }
}

async fn check_comparisons(server: &Server, database: &mut SqliteConnection) {
    for row in rows(database, "SELECT * FROM comparisons").await {
        let path = format!("/api/v1/comparisons/{}", uuid(&row, "id"));
        let comparison = server.get(&path).await;
        for column in ["question", "preference"] {
            assert_eq!(
                comparison[column],
                json!(row.get::<Option<String>, _>(column))
            );
        }
        for variant in ["with_rerank", "without_rerank"] {
            let answer = comparison[variant]["answer"].as_str();
            assert!(
                answer.is_some_and(|answer| !answer.is_empty()),
                "{comparison}"
            );
        }
    }
}

/// The database, the indexes and the originals agree, and nothing of what was deleted is left.
async fn check_whole(server: &Server, data_dir: &Path) {
    let audit = server
        .post("/api/v1/audit", json!({"originals": true}))
        .await;
    let bases = audit["knowledge_bases"]
        .as_array()
        .expect("knowledge bases");
    let names: Vec<&str> = bases
        .iter()
        .filter_map(|base| base["name"].as_str())
        .collect();
    assert_eq!(names, KNOWLEDGE_BASES, "{audit}");
    assert!(
        bases.iter().all(|base| base["consistent"] == json!(true)),
        "{audit}"
    );
    assert_eq!(audit["originals"]["damaged"], json!(0), "{audit}");
    let mut hashes = Vec::new();
    for kb in KNOWLEDGE_BASES {
        let path = format!("/api/v1/knowledge-bases/{kb}/documents?limit=1000");
        let listed = server.get(&path).await["documents"].take();
        let listed = listed.as_array().expect("documents").clone();
        hashes.extend(listed.iter().map(|document| document["sha256"].to_string()));
    }
    assert_eq!(
        audit["originals"]["checked"],
        json!(hashes.len()),
        "{audit}"
    );
    // Documents of the same bytes share an original, and nothing else is kept.
    let blobs = std::fs::read_dir(data_dir.join("blobs")).expect("blobs");
    let different: BTreeSet<String> = hashes.into_iter().collect();
    assert_eq!(different.len(), blobs.count());
}

/// So that the test above has something to lose: every table of every schema has rows, and every column a value that
/// no default gave.
#[tokio::test]
async fn the_kept_rows_fill_every_column() {
    let data = tempfile::tempdir().expect("a folder");
    let newest = folder::newest().await;
    let mut database = folder::make(data.path(), newest).await;
    let columns = rows(
        &mut database,
        "SELECT t.name AS tbl, c.name AS col, coalesce(c.dflt_value, 'NULL') AS dflt
         FROM sqlite_schema t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_sqlx_migrations'",
    )
    .await;
    let mut empty = Vec::new();
    for row in &columns {
        let [table, column, default] =
            ["tbl", "col", "dflt"].map(|name| row.get::<String, _>(name));
        let filled = format!("SELECT 1 FROM {table} WHERE {column} IS NOT {default} LIMIT 1");
        if rows(&mut database, &filled).await.is_empty() {
            empty.push(format!("{table}.{column}"));
        }
    }
    assert!(columns.len() > 60, "only {} columns found", columns.len());
    assert!(
        empty.is_empty(),
        "no row of tests/data/schemas has a value in {empty:?}"
    );
}

/// A server refuses a database whose migrations are not its own, so a migration that a release had stays as it is.
#[test]
fn a_migration_is_never_changed() {
    for (folder, list) in [
        ("sqlite", "migrations.sha256"),
        ("postgres", "migrations-postgres.sha256"),
    ] {
        is_pinned(folder, list);
    }
}

fn is_pinned(folder: &str, list: &str) {
    let pinned = std::fs::read_to_string(root().join("tests/data/schemas").join(list));
    let pinned: BTreeSet<String> = pinned.expect("a list").lines().map(str::to_owned).collect();
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("migrations").join(folder)).expect("migrations") {
        let path = entry.expect("an entry").path();
        let digest = Sha256::digest(std::fs::read(&path).expect("readable"));
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = path.file_name().expect("a name").to_string_lossy();
        found.insert(format!("{hash}  {name}"));
    }
    assert_eq!(
        found, pinned,
        "tests/data/schemas/{list} lists every migration"
    );
}

/// The public JSON has whole numbers without a fraction, the database with one.
fn with_floats(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter();
            fields
                .map(|(name, value)| (name, with_floats(value)))
                .collect()
        }
        Value::Number(number) => json!(number.as_f64()),
        other => other,
    }
}

/// The rows of a statement, or none where the schema does not have its table yet.
async fn rows(database: &mut SqliteConnection, sql: &str) -> Vec<SqliteRow> {
    match query(AssertSqlSafe(sql.to_owned()))
        .fetch_all(database)
        .await
    {
        Ok(rows) => rows,
        Err(error) if error.to_string().contains("no such table") => Vec::new(),
        Err(error) => panic!("{sql}: {error}"),
    }
}

fn uuid(row: &SqliteRow, column: &str) -> String {
    let id = Uuid::from_slice(row.get(column)).expect("an id");
    id.to_string()
}
