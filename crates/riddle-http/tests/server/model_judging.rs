//! A language model judges passages of a run; its grades count where they are asked for.

use std::sync::Arc;
use std::time::Duration;

use riddle_testkit::{FakeModels, ScriptedChat};
use serde_json::{Value, json};

use crate::support::{Server, events};

const RUNS: &str = "/api/v1/evaluations/runs";

/// The id of a finished run over one question, whose documents are only partly judged.
async fn finished_run(server: &Server) -> String {
    let question = json!({
        "question": "Which port does the server listen on, and which cake is there?",
        "relevant": [{"document": "ports.md"}],
    });
    let file = json!([{"name": "questions.jsonl", "content": question.to_string()}]);
    let set = json!({"name": "ports", "knowledge_base": "manuals", "files": file});
    let made = server.post("/api/v1/evaluations/sets", &set).await;
    assert_eq!(made.status(), 201);
    let words = json!({"name": "words", "mode": "bm25", "top_k": 10, "top_n": 3, "rerank": null});
    let run = json!({"set": "ports", "arms": [words]});
    let run: Value = server.post(RUNS, &run).await.json().await.expect("JSON");
    let id = run["id"].as_str().expect("an id").to_owned();
    loop {
        let run = server.get_json(&format!("{RUNS}/{id}")).await;
        let status = run["status"].as_str();
        if status == Some("finished") {
            return id;
        }
        assert!(matches!(status, Some("queued" | "running")), "{run}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The field at fault of a request that is refused.
async fn refused(response: reqwest::Response) -> Value {
    assert_eq!(response.status(), 400);
    let error: Value = response.json().await.expect("JSON");
    error["param"].clone()
}

#[tokio::test]
async fn a_model_judges_and_the_report_says_so() {
    let models = FakeModels::default().with_chat(ScriptedChat::saying(&["2"]));
    let server = Server::with_documents_and(Arc::new(models), "manuals").await;
    let run = finished_run(&server).await;
    let judge = format!("{RUNS}/{run}/judge");
    let response = server.post(&judge, &json!({"model": "scripted"})).await;
    assert_eq!(response.status(), 200);
    let told = events(&response.text().await.expect("text"));
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["begun", "graded", "graded", "done"], "{told:?}");
    assert_eq!(told[0].1, json!({"passages": 2}));
    // What people have judged comes first.
    let first = (&told[1].1["document"], &told[1].1["grade"]);
    assert_eq!(first, (&json!("ports.md"), &json!(2)));
    assert_eq!(told[2].1["document"], "cakes.md");
    let agreement = &told[3].1["agreement"];
    assert_eq!(
        (&agreement["graded"], &agreement["both"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(agreement["calibrated"], false);

    let report = async || server.get_json(&format!("{RUNS}/{run}/report")).await;
    assert_eq!(report().await["judges"], json!([]));
    let recount = format!("{RUNS}/{run}/recount");
    let counted = server
        .post(&format!("{recount}?judge=scripted"), &json!({}))
        .await;
    assert_eq!(counted.status(), 200);
    let with_grades = report().await;
    assert_eq!(with_grades["judges"][0]["counted"], 1, "{with_grades}");
    let headline = with_grades["headline"]["en"].as_str().expect("a text");
    assert!(headline.contains("it is not calibrated"), "{headline}");
    assert_eq!(server.post(&recount, &json!({})).await.status(), 200);
    assert_eq!(report().await["judges"], json!([]));

    let unknown = server.post(&judge, &json!({"model": "nobody"})).await;
    assert_eq!(refused(unknown).await, "model");
    let none = server
        .post(&judge, &json!({"model": "scripted", "count": 0}))
        .await;
    assert_eq!(refused(none).await, "count");
    let ungraded = server
        .post(&format!("{recount}?judge=nobody"), &json!({}))
        .await;
    assert_eq!(refused(ungraded).await, "judge");
    server.stop().await;
}
