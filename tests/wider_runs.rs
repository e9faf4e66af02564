//! Runs over several knowledge bases.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::evaluations::{FACTS, RUNS, SETS, ended, start};
use crate::support::Server;

/// Where coffee stands among the facts.
const COFFEE: usize = 5;

/// A server with the facts in `kb`, but for coffee, which is in `annex` beside rules about leave of its own; and a set
/// for `kb` that judges documents. Gives the id of the annex.
async fn two_bases(folder: &std::path::Path) -> (Server, Value) {
    let server = Server::start(folder).await;
    server.create("kb").await;
    let annex = server.create("annex").await["id"].clone();
    for (place, (name, text, ..)) in FACTS.iter().enumerate() {
        let base = if place == COFFEE { "annex" } else { "kb" };
        server.add_text(base, name, text, json!({})).await;
    }
    let own = "# Leave\n\nPeople in the annex get days off when the boiler is out.";
    server.add_text("annex", "leave.md", own, json!({})).await;
    server.settle().await;
    let lines = FACTS
        .iter()
        .enumerate()
        .map(|(place, (name, _, question, _))| {
            let relevant = json!([{"document": name}]);
            json!({"id": format!("q{place}"), "question": question, "relevant": relevant})
                .to_string()
        });
    let content = lines.collect::<Vec<_>>().join("\n");
    let file = json!([{"name": "questions.jsonl", "content": content}]);
    let set = json!({"name": "facts", "knowledge_base": "kb", "files": file});
    server.post(SETS, set).await;
    (server, annex)
}

/// The candidates of a question that are passages of this document, as `(knowledge base, grade)`.
async fn candidates(server: &Server, run: &str, place: usize, document: &str) -> Vec<Value> {
    let one = server.get(&format!("{RUNS}/{run}/questions/{place}")).await;
    let candidates = one["candidates"].as_array().into_iter().flatten();
    let own = candidates.filter(|candidate| candidate["document"] == json!(document));
    own.map(|candidate| json!([candidate["knowledge_base"], candidate["grade"]]))
        .collect()
}

#[tokio::test]
async fn a_run_over_two_knowledge_bases_finds_in_both_and_judges_by_the_first_of_a_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, annex) = two_bases(folder.path()).await;
    let alone = start(&server, json!({})).await;
    assert_eq!(ended(&server, &alone).await["status"], json!("finished"));
    let lost = server
        .get(&format!("{RUNS}/{alone}/questions/{COFFEE}"))
        .await;
    assert_eq!(lost["items"][0]["place"], json!("document_missing"));

    let run = start(&server, json!({"other_knowledge_bases": ["annex"]})).await;
    let finished = ended(&server, &run).await;
    assert_eq!(finished["status"], json!("finished"), "{finished}");
    let manifest = &finished["manifest"];
    assert_eq!(
        manifest["other_knowledge_bases"],
        json!([{"id": annex, "name": "annex"}])
    );
    assert_eq!(manifest["documents"], json!(FACTS.len() + 1));
    let found = server
        .get(&format!("{RUNS}/{run}/questions/{COFFEE}"))
        .await;
    assert_eq!(found["items"][0]["place"], json!("found"));
    let coffee = candidates(&server, &run, COFFEE, "coffee.md").await;
    assert_eq!(coffee, [json!([annex, 1])]);
    // Another document of a name that is judged is not what was judged.
    let mut leave = candidates(&server, &run, 0, "leave.md").await;
    leave.sort_by_key(Value::to_string);
    assert_eq!(leave, [json!([annex, null]), json!([null, 1])]);
    judged_and_written(&server, &run, &annex).await;
    none_is_a_setting(&server, &run).await;

    let diff = server.get(&format!("{RUNS}/{run}/diff/{alone}")).await;
    let changes = diff["changes"].to_string();
    assert!(changes.contains("others.annex.name"), "{changes}");
}

/// Passages are judged, counted anew and written by what their names mean.
async fn judged_and_written(server: &Server, run: &str, annex: &Value) {
    let open = server
        .get(&format!("{RUNS}/{run}/to-judge?limit=200"))
        .await;
    let documents: Vec<&Value> = open["passages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|one| one["text"] == json!(FACTS[0].2))
        .map(|one| &one["judgment"]["document"])
        .collect();
    assert!(!documents.is_empty(), "{open}");
    assert!(!documents.contains(&&json!("leave.md")), "{open}");

    let ndcg = async || {
        let report = server.get(&format!("{RUNS}/{run}/report")).await;
        report["arms"][0]["measures"][0].clone()
    };
    let before = ndcg().await;
    server
        .post(&format!("{RUNS}/{run}/recount"), json!({}))
        .await;
    assert_eq!(ndcg().await, before);

    let trec = server.get(&format!("{RUNS}/{run}/trec")).await;
    let lines = trec["files"][0]["content"].as_str().expect("a run");
    let of_first = lines.lines().filter(|line| line.starts_with("q0 "));
    let names: Vec<&str> = of_first.filter_map(|line| line.split(' ').nth(2)).collect();
    let elsewhere = format!("{}/leave.md", annex.as_str().expect("an id"));
    assert!(names.contains(&"leave.md"), "{names:?}");
    assert!(names.contains(&elsewhere.as_str()), "{names:?}");
}

async fn none_is_a_setting(server: &Server, run: &str) {
    let apply = format!("{RUNS}/{run}/apply");
    let body = json!({"arm": "present"});
    let (status, refused) = server.call(Method::POST, &apply, Some(body)).await;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::CONFLICT, &json!("evaluation_run_state"))
    );
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(message.contains("several knowledge bases"), "{message}");
}

#[tokio::test]
async fn knowledge_bases_that_a_run_cannot_search_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, _annex) = two_bases(folder.path()).await;
    server.create("empty").await;
    let refused = async |others: Value| {
        let body = json!({"set": "facts", "other_knowledge_bases": others});
        let (status, answer) = server.call(Method::POST, RUNS, Some(body)).await;
        (
            status.as_u16(),
            answer["message"].to_string(),
            answer["param"].clone(),
        )
    };
    let (status, message, _) = refused(json!(["nowhere"])).await;
    assert!(status == 404 && message.contains("nowhere"), "{message}");
    let (status, message, _) = refused(json!(["annex", "empty"])).await;
    assert!(
        status == 409 && message.contains("`empty` has no document"),
        "{message}"
    );
    let (status, message, param) = refused(json!(vec!["annex"; 16])).await;
    assert_eq!(
        (status, param),
        (400, json!("other_knowledge_bases")),
        "{message}"
    );
}
