//! The handbook answers its readers without a language model: the questions that ship with it, over the real server.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Server, root};

/// Of the forty questions, how many answers must hold a right answer.
const ANSWERED: usize = 36;
/// Of the ten that the handbook cannot answer, how many must be refused.
const REFUSED: usize = 9;

#[tokio::test]
async fn the_handbook_answers_its_readers() {
    let data = tempfile::tempdir().expect("a folder");
    let server = Server::start(data.path()).await;
    server.create("handbook").await;
    for language in ["en", "zh"] {
        let folder = root().join("handbook").join(language);
        for entry in std::fs::read_dir(folder).expect("chapters") {
            let path = entry.expect("a chapter").path();
            add(&server, language, &path).await;
        }
    }
    server.settle().await;
    let (mut answered, mut refused, mut faults) = (0, 0, Vec::new());
    let mut lengths = Vec::new();
    for question in questions() {
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
    eprintln!("{told}");
    assert_eq!(lengths.len(), 40, "questions with an answer");
    assert!(answered >= ANSWERED && refused >= REFUSED, "{told}");
    server.stop();
}

fn questions() -> Vec<Value> {
    let path = root().join("scripts/handbook/questions.jsonl");
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
    let questions = questions();
    assert_eq!(questions.len(), 50);
    for question in &questions {
        for judged in question["relevant"].as_array().into_iter().flatten() {
            let name = judged["document"].as_str().expect("a name");
            let text = std::fs::read_to_string(root().join(name));
            let quote = judged["quote"].as_str().expect("a quote");
            assert!(
                text.expect("a chapter").contains(quote),
                "{name} does not say {quote}"
            );
        }
    }
}
