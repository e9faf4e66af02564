//! Whole answers about a run of an evaluation, with the masks of the other [`snapshots`](crate::snapshots).

use std::time::Duration;

use serde_json::{Value, json};

use crate::snapshots::{mask, server};
use crate::support::Server;

const RUNS: &str = "/api/v1/evaluations/runs";
/// Units of times, in English and Chinese.
const UNITS: [&str; 4] = ["ms", "s", "毫秒", "秒"];
/// Between two looks at whether a run has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A server with a finished run of two questions, and the path of that run.
async fn measured() -> (Server, String) {
    let server = server().await;
    let questions = [
        ("port", "Which port does the server listen on?", "ports.md"),
        ("cake", "How long does a cake bake?", "cakes.md"),
    ];
    let lines = questions.map(|(id, question, document)| {
        json!({"id": id, "question": question, "relevant": [{"document": document}]}).to_string()
    });
    let set = json!({
        "name": "office", "knowledge_base": "manuals", "format": "jsonl",
        "files": [{"name": "questions.jsonl", "content": lines.join("\n")}]
    });
    let made = server.post("/api/v1/evaluations/sets", &set).await;
    assert_eq!(made.status(), 201);
    let words = json!({"name": "words", "mode": "bm25", "top_k": 10, "top_n": 1, "rerank": null});
    let run = json!({"set": "office", "name": "first", "arms": [words]});
    let begun = server.post(RUNS, &run).await;
    assert_eq!(begun.status(), 202);
    let begun: Value = begun.json().await.expect("JSON");
    let path = format!("{RUNS}/{}", begun["id"].as_str().expect("an id"));
    loop {
        let run = server.get_json(&path).await;
        match run["status"].as_str() {
            Some("queued" | "running") => tokio::time::sleep(LOOK_AGAIN).await,
            ended => {
                assert_eq!(ended, Some("finished"), "{run}");
                return (server, path);
            }
        }
    }
}

/// An answer without what differs from run to run.
async fn shown(server: &Server, path: &str) -> String {
    let mut body = server.get_json(path).await;
    if let Some(arms) = body.get_mut("arms").and_then(Value::as_array_mut) {
        arms.iter_mut().for_each(|arm| mask_cost(&mut arm["cost"]));
    }
    for language in ["en", "zh"] {
        let sentence = &mut body["headline"][language];
        *sentence = json!(without_times(sentence.as_str().expect("a sentence")));
    }
    mask("", &mut body);
    serde_json::to_string_pretty(&body).expect("serializes")
}

fn mask_cost(cost: &mut Value) {
    for figures in cost.as_object_mut().expect("an object").values_mut() {
        match figures {
            Value::Array(stages) => stages.iter_mut().for_each(mask_times),
            Value::Object(_) => mask_times(figures),
            // Numbers of tokens stay.
            _ => {}
        }
    }
}

/// All but whose times they are, and of how many questions. Few questions have no interval.
fn mask_times(figures: &mut Value) {
    for (name, figure) in figures.as_object_mut().expect("an object") {
        if name != "stage" && name != "n" {
            *figure = json!("[time]");
        }
    }
}

/// A sentence with a name in brackets in the place of each time.
fn without_times(sentence: &str) -> String {
    let is_number = |word: &String| word.parse::<f64>().is_ok();
    let mut words: Vec<String> = Vec::new();
    for word in sentence.split(' ') {
        let rests = UNITS.iter().filter_map(|unit| word.strip_prefix(unit));
        let mut rest = rests.filter(|rest| !rest.starts_with(char::is_alphanumeric));
        match rest
            .next_back()
            .filter(|_| words.last().is_some_and(is_number))
        {
            Some(rest) => {
                words.pop();
                words.push(format!("[time]{rest}"));
            }
            None => words.push(word.to_owned()),
        }
    }
    words.join(" ")
}

#[test]
fn times_of_a_sentence_are_masked() {
    for (sentence, masked) in [
        (
            "2 sources; 0.1 ms of reranking.",
            "2 sources; [time] of reranking.",
        ),
        (
            "12 s of reranking at the median",
            "[time] of reranking at the median",
        ),
        ("中位数 0.1 毫秒。", "中位数 [time]。"),
    ] {
        assert_eq!(without_times(sentence), masked);
    }
}

#[tokio::test]
async fn an_evaluation_run() {
    let (server, path) = measured().await;
    insta::assert_snapshot!(shown(&server, &path).await);
    server.stop().await;
}

#[tokio::test]
async fn a_report_of_an_evaluation_run() {
    let (server, path) = measured().await;
    insta::assert_snapshot!(shown(&server, &format!("{path}/report")).await);
    server.stop().await;
}
