//! Live comparisons over the real server: questions of a chat that are searched in another way too.

use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Server, riddle};

const LIVE: &str = "/api/v1/evaluations/live";
/// The fallback has the time that a busy machine needs: where it is late, another order is served than is searched
/// again.
const CONFIG: &str =
    "[evaluation.live]\nshare = 1.0\nkeep_days = 7\n\n[limits]\nstand_in_deadline_ms = 20000\n";
/// How long it may take until questions are searched again.
const PATIENCE: Duration = Duration::from_secs(120);
const TEXTS: &[(&str, &str)] = &[
    (
        "boats.md",
        "# Boats\n\nThe boat to the island leaves at seven from pier nine.",
    ),
    (
        "trains.md",
        "# Trains\n\nThe train to the coast leaves at eight from track two.",
    ),
    (
        "tickets.md",
        "# Tickets\n\nA ticket for the boat costs nine euros, one for the train twelve.",
    ),
    (
        "luggage.md",
        "# Luggage\n\nLuggage is left at the counter beside the pier.",
    ),
];

async fn chat_with_texts(server: &Server) -> String {
    server.create("travel").await;
    for (name, text) in TEXTS {
        server.add_text("travel", name, text, json!({})).await;
    }
    server.settle().await;
    let body = json!({"knowledge_bases": ["travel"]});
    let chat = server.post("/api/v1/chats", body).await;
    format!("/api/v1/chats/{}", chat["id"].as_str().expect("an id"))
}

/// Asks and gives the message of the answer.
async fn ask(server: &Server, chat: &str, question: &str) -> Value {
    let path = format!("{chat}/messages");
    let events = server.events(&path, json!({"question": question})).await;
    let (name, data) = events.last().expect("events");
    assert_eq!(name, "done", "{events:?}");
    let done: Value = serde_json::from_str(data).expect("JSON");
    done["message"].clone()
}

/// The only comparison, once it has so many questions.
async fn once(server: &Server, questions: u64) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let live = server.get(LIVE).await;
        let comparison = live["comparisons"][0].clone();
        if comparison["questions"].as_u64() >= Some(questions) {
            return comparison;
        }
        assert!(Instant::now() < end, "{live}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn eval(data_dir: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = riddle(data_dir).arg("eval").args(arguments).output();
    let output = output.expect("the binary runs");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8(said).expect("UTF-8"),
    )
}

#[tokio::test]
async fn what_rerank_changes_is_counted_while_people_ask_and_nothing_of_it_outlives_its_chat() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("riddle.toml"), CONFIG).expect("a file");
    let server = Server::start(folder.path()).await;
    let live = server.get(LIVE).await;
    assert_eq!(
        (&live["share"], &live["keep_days"], &live["comparisons"]),
        (&json!(1.0), &json!(7), &json!([]))
    );
    let chat = chat_with_texts(&server).await;
    let answer = ask(&server, &chat, "When does the boat leave?").await;
    ask(&server, &chat, "What does a ticket for the train cost?").await;
    let id = answer["id"].as_str().expect("an id");
    let feedback = json!({"verdict": "up"});
    let path = format!("{chat}/messages/{id}/feedback");
    let (status, _) = server.call(Method::PUT, &path, Some(feedback)).await;
    assert!(status.is_success(), "{status}");

    let comparison = once(&server, 2).await;
    assert_eq!(comparison["knowledge_base"]["name"], json!("travel"));
    assert_eq!(comparison["other"]["name"], json!("without rerank"));
    for share in ["replaced", "first_changed"] {
        let interval = &comparison[share]["interval"];
        let bound = |side: &str| interval[side].as_f64().expect("a bound");
        let share = comparison[share]["share"].as_f64().expect("a share");
        assert!(
            (bound("low")..=bound("high")).contains(&share),
            "{comparison}"
        );
    }
    for times in ["present_ms", "other_ms"] {
        assert!(
            comparison[times]["p50"].as_f64() > Some(0.0),
            "{comparison}"
        );
    }
    let counts = ["feedback_replaced", "feedback_same"];
    let ups = counts.map(|counts| comparison[counts]["up"].as_u64().expect("a count"));
    assert_eq!(ups.iter().sum::<u64>(), 1);

    let all = server.get(&format!("{LIVE}/questions")).await;
    assert_eq!(all["questions"].as_array().map(Vec::len), Some(2), "{all}");
    assert_eq!(all["share"], json!(1.0));
    let own = server.get(&format!("{LIVE}/questions?message={id}")).await;
    let own = &own["questions"][0];
    assert_eq!(own["question"], json!("When does the boat leave?"));
    assert_eq!(own["verdict"], json!("up"));
    // What was searched again as it is set is what the answer was written from.
    let contexts = answer["answer"]["contexts"].as_array().expect("sources");
    let served: Vec<&Value> = contexts
        .iter()
        .map(|one| &one["hit"]["document"]["name"])
        .collect();
    let present = own["present"].as_array().expect("sources").iter();
    let present: Vec<&Value> = present.map(|source| &source["document"]).collect();
    assert_eq!(served, present, "{own}\n{answer}");

    let (code, said) = eval(folder.path(), &["live"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("travel against without rerank · 2 questions"),
        "{said}"
    );

    let (status, _) = server.call(Method::DELETE, &chat, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(
        server.get(&format!("{LIVE}/questions")).await["questions"],
        json!([])
    );
    assert_eq!(server.get(LIVE).await["comparisons"], json!([]));
}

#[tokio::test]
async fn it_is_deleted_by_request_and_off_by_default() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("riddle.toml");
    std::fs::write(&config, CONFIG).expect("a file");
    let server = Server::start(folder.path()).await;
    let chat = chat_with_texts(&server).await;
    ask(&server, &chat, "When does the boat leave?").await;
    once(&server, 1).await;
    let (code, said) = eval(folder.path(), &["live", "--delete"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--yes"), "{said}");
    assert_eq!(once(&server, 1).await["questions"], json!(1));
    let (code, said) = eval(folder.path(), &["live", "--delete", "--yes"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(server.get(LIVE).await["comparisons"], json!([]));
    server.stop();

    std::fs::remove_file(&config).expect("it is there");
    let server = Server::start(folder.path()).await;
    ask(&server, &chat, "When does the train leave?").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let live = server.get(LIVE).await;
    assert_eq!((&live["share"], &live["waiting"]), (&json!(0.0), &json!(0)));
    let (_, said) = eval(folder.path(), &["live"]);
    assert!(said.contains("[evaluation.live]"), "{said}");
}
