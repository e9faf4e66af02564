//! The handbook answers its readers without a language model: the questions that ship with it, over the real server.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Server, root};

/// Of the forty questions, how many answers must hold a right answer.
const ANSWERED: usize = 36;
/// Of the ten that the handbook cannot answer, how many must be refused.
const REFUSED: usize = 9;

#[tokio::test]
async fn the_handbook_answers_its_readers() {
    let data = tempfile::tempdir().expect("a folder");
    let server = with_handbook(data.path()).await;
    let (mut answered, mut refused, mut faults) = (0, 0, Vec::new());
    let mut lengths = Vec::new();
    for question in lines("questions.jsonl") {
        let path = "/api/v1/knowledge-bases/handbook/ask";
        let answer = server
            .post(path, json!({"question": question["question"]}))
            .await;
        let text = answer["answer"].as_str().expect("an answer");
        let is_refused = answer["found"] == json!(false);
        let is_right = match question["answers"].as_array() {
            Some(answers) => {
                lengths.push(text.chars().count());
                let right = answers.iter().filter_map(Value::as_str);
                let right = right.into_iter().any(|gold| holds(text, gold));
                answered += usize::from(right);
                right
            }
            None => {
                refused += usize::from(is_refused);
                is_refused
            }
        };
        if !is_right {
            faults.push(format!("{}: {text}", question["question"]));
        }
    }
    let mean = lengths.iter().sum::<usize>() / lengths.len();
    let told = format!(
        "{answered} answered, {refused} refused, {mean} characters on average\n{}",
        faults.join("\n")
    );
    eprintln!("{told}\n{}", near_questions(&server).await);
    assert_eq!(lengths.len(), 40, "questions with an answer");
    assert!(answered >= ANSWERED && refused >= REFUSED, "{told}");
    server.stop();
}

/// How many are refused of the questions about Riddle that the handbook does not answer. No number is demanded:
/// passages have most words of such a question.
async fn near_questions(server: &Server) -> String {
    let (mut refused, mut answered) = (0, Vec::new());
    for question in lines("near.jsonl") {
        let asked = json!({"question": question["question"]});
        let path = "/api/v1/knowledge-bases/handbook/ask";
        let answer = server.post(path, asked).await;
        match answer["found"] == json!(false) {
            true => refused += 1,
            false => answered.push(format!("{}: {}", question["question"], answer["answer"])),
        }
    }
    let answered = answered.join("\n");
    format!("{refused} near questions refused\n{answered}")
}

/// Follow-ups find the passages that answer them among the first three at least as often rewritten as typed.
#[tokio::test]
async fn follow_ups_lose_nothing_by_being_rewritten() {
    let data = tempfile::tempdir().expect("a folder");
    let server = with_handbook(data.path()).await;
    let (mut typed, mut rewritten, mut faults) = (0, 0, Vec::new());
    for question in lines("follow_ups.jsonl") {
        let follow_up = question["follow_up"].as_str().expect("a question");
        let searched = rewriting(&server, &question).await;
        let found = finds(&server, follow_up, &question).await;
        let found_rewritten = match &searched {
            Some(searched) => finds(&server, searched, &question).await,
            None => found,
        };
        typed += usize::from(found);
        rewritten += usize::from(found_rewritten);
        if found && !found_rewritten {
            faults.push(format!("{follow_up} → {}", searched.unwrap_or_default()));
        }
    }
    let told = format!("{typed} as typed, {rewritten} rewritten; lost: {faults:?}");
    eprintln!("{told}");
    assert!(rewritten > typed, "{told}");
    server.stop();
}

/// What is searched for the follow-up in a chat, if that is another question.
async fn rewriting(server: &Server, question: &Value) -> Option<String> {
    let chat = json!({"knowledge_bases": ["handbook"]});
    let chat = server.post("/api/v1/chats", chat).await;
    let path = format!("/api/v1/chats/{}", chat["id"].as_str().expect("an id"));
    for turn in ["first", "follow_up"] {
        let asked = json!({"question": question[turn]});
        server.events(&format!("{path}/messages"), asked).await;
    }
    let kept = server.get(&path).await;
    kept["messages"][2]["rewritten"].as_str().map(str::to_owned)
}

/// Whether one of the first three hits has the quote that answers.
async fn finds(server: &Server, query: &str, question: &Value) -> bool {
    let path = "/api/v1/knowledge-bases/handbook/search";
    let found = server.post(path, json!({"query": query, "top_n": 3})).await;
    let quote = squeezed(question["relevant"][0]["quote"].as_str().expect("a quote"));
    let hits = found["hits"].as_array().expect("hits");
    hits.iter()
        .filter_map(|hit| hit["text"].as_str())
        .any(|text| squeezed(text).contains(&quote))
}

/// A text without what differs between the formats of a document.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

async fn with_handbook(data: &Path) -> Server {
    let server = Server::start(data).await;
    server.create("handbook").await;
    for language in ["en", "zh"] {
        let folder = root().join("handbook").join(language);
        for entry in std::fs::read_dir(folder).expect("chapters") {
            let path = entry.expect("a chapter").path();
            add(&server, language, &path).await;
        }
    }
    server.settle().await;
    server
}

fn lines(name: &str) -> Vec<Value> {
    let path = root().join("scripts/handbook").join(name);
    let lines = std::fs::read_to_string(path).expect("the questions");
    let parsed = lines.lines().map(serde_json::from_str);
    parsed.collect::<Result<_, _>>().expect("JSON")
}

async fn add(server: &Server, language: &str, path: &Path) {
    let name = path.file_name().expect("a name").to_string_lossy();
    let bytes = std::fs::read(path).expect("readable");
    server
        .add_file("handbook", &format!("handbook/{language}/{name}"), bytes)
        .await;
}

fn holds(text: &str, gold: &str) -> bool {
    text.to_lowercase().contains(&gold.to_lowercase())
}

/// So that an evaluation can use the questions: what they call relevant stands in the chapters that they name.
#[test]
fn the_questions_quote_the_chapters() {
    let (questions, follow_ups) = (lines("questions.jsonl"), lines("follow_ups.jsonl"));
    assert_eq!((questions.len(), follow_ups.len()), (50, 40));
    assert_eq!(lines("near.jsonl").len(), 10);
    for question in questions.iter().chain(&follow_ups) {
        for judged in question["relevant"].as_array().into_iter().flatten() {
            let name = judged["document"].as_str().expect("a name");
            let text = std::fs::read_to_string(source(name));
            let quote = judged["quote"].as_str().expect("a quote");
            assert!(
                text.expect("a chapter").contains(quote),
                "{name} does not say {quote}"
            );
        }
    }
}

/// The text that a chapter is made of.
fn source(name: &str) -> PathBuf {
    let path = root().join(name);
    let stem = path.file_stem().expect("a name").to_string_lossy();
    match path.extension().is_some_and(|extension| extension == "md") {
        true => path,
        false => root().join(format!("scripts/handbook/{stem}.md")),
    }
}
