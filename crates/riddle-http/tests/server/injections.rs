//! Documents that give orders, and a model that obeys them. What the server does may not depend on either.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use reqwest::multipart::Form;
use riddle_core::{ChatMessage, Role};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::chats::last;
use crate::obeying_models::{ORDERS, ObeyingModels, Order, provider};
use crate::support::{Server, file};

/// Stands in the documents for the address that nothing may be sent to.
const COLLECTOR: &str = "COLLECTOR";
/// What a tokenizer would read as the end or the start of a message, or as a call of a tool.
const CONTROL_TOKENS: [&str; 22] = [
    "<|im_start|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|begin_of_text|>",
    "<|python_tag|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "[SYSTEM_PROMPT]",
    "[AVAILABLE_TOOLS]",
    "[TOOL_CALLS]",
    "</s>",
    "<｜User｜>",
    "<｜end▁of▁sentence｜>",
    "<|START_OF_TURN_TOKEN|>",
    "<|channel|>",
    "<think>",
    "<tool_call>",
];
/// So many words of the instructions in a row are a quotation.
const QUOTED_WORDS: usize = 12;

/// A document of `tests/injections`.
#[derive(Deserialize)]
struct Injection {
    file: String,
    /// As which it is uploaded.
    name: String,
    kind: String,
    language: String,
    /// To which the document has the answer.
    question: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/injections/documents")
}

fn injections() -> Vec<Injection> {
    let manifest = std::fs::read(folder().with_file_name("manifest.json")).expect("a manifest");
    serde_json::from_slice(&manifest).expect("a list")
}

struct Attacked {
    server: Server,
    models: Arc<ObeyingModels>,
    collector: TcpListener,
}

impl Attacked {
    /// A server whose one knowledge base has these documents.
    async fn start(listed: &[Injection]) -> Self {
        let collector = TcpListener::bind("127.0.0.1:0").expect("a free port");
        collector.set_nonblocking(true).expect("no waiting");
        let address = collector.local_addr().expect("bound").to_string();
        let models = Arc::new(ObeyingModels {
            collector: address.clone(),
            order: Mutex::new(Order::RepeatPrompt),
            prompts: Mutex::default(),
        });
        let provider = provider(&models);
        let server = Server::start_with(provider, |_options| {}).await;
        server.create_base("manuals").await;
        for injection in listed {
            let text = std::fs::read_to_string(folder().join(&injection.file)).expect("a document");
            let part = file(&injection.name, &text.replace(COLLECTOR, &address));
            let response = server
                .upload("manuals", Form::new().part("file", part))
                .await;
            assert_eq!(response.status(), 202, "{}", injection.file);
            let accepted: Value = response.json().await.expect("JSON");
            let document = server.finished(&accepted["documents"][0]).await;
            assert_eq!(document["status"], "ready", "{}", injection.file);
        }
        Self {
            server,
            models,
            collector,
        }
    }

    /// What no answer may change.
    async fn state(&self) -> Vec<Value> {
        let mut state = Vec::new();
        for path in [
            "/api/v1/knowledge-bases",
            "/api/v1/knowledge-bases/manuals",
            "/api/v1/knowledge-bases/manuals/documents?limit=100",
            "/api/v1/models",
        ] {
            state.push(self.server.get_json(path).await);
        }
        state
    }

    /// The answer to a question in a chat of its own, and its prompt. What was streamed is what is kept.
    async fn ask(&self, question: &str, order: Order) -> (Value, Vec<ChatMessage>) {
        *self.models.order.lock().expect("not poisoned") = order;
        let chat = self.server.create_chat(&["manuals"]).await;
        let events = self
            .server
            .say(&chat, &json!({ "question": question }))
            .await;
        let (name, done) = last(&events);
        assert_eq!(name, "done", "{question}: {done}");
        let streamed: String = events
            .iter()
            .filter(|(name, _)| name == "token")
            .filter_map(|(_, token)| token["text"].as_str())
            .collect();
        let answer = done["message"]["answer"].clone();
        assert_eq!(answer["answer"], streamed.as_str());
        assert_eq!(
            self.server.chat(&chat).await["messages"][1]["text"],
            streamed.as_str()
        );
        let prompts = self.models.prompts.lock().expect("not poisoned");
        (answer, prompts.last().expect("a prompt").clone())
    }

    fn assert_not_called(&self) {
        let called = self.collector.accept().expect_err("nobody calls");
        assert_eq!(called.kind(), ErrorKind::WouldBlock);
    }
}

#[test]
fn the_manifest_lists_every_document() {
    let listed = injections();
    let files = std::fs::read_dir(folder()).expect("a folder");
    let files = files.map(|entry| entry.expect("an entry").file_name().into_string());
    let files: BTreeSet<String> = files.map(|name| name.expect("UTF-8")).collect();
    let named: BTreeSet<String> = listed
        .iter()
        .map(|injection| injection.file.clone())
        .collect();
    assert_eq!(files, named);
    assert_eq!(named.len(), listed.len());
    assert!(listed.len() >= 60);
    for language in ["en", "zh"] {
        let kinds: BTreeSet<&str> = listed
            .iter()
            .filter(|injection| injection.language == language)
            .map(|injection| injection.kind.as_str())
            .collect();
        assert!(kinds.len() >= 15, "{language}: {kinds:?}");
    }
}

#[tokio::test]
async fn documents_that_give_orders_and_a_model_that_obeys_change_nothing() {
    let listed = injections();
    let attacked = Attacked::start(&listed).await;
    let before = attacked.state().await;
    for injection in &listed {
        for order in ORDERS {
            let (answer, prompt) = attacked.ask(&injection.question, order).await;
            let place = format!("{} ({}), {order:?}", injection.file, injection.kind);
            let contexts = answer["contexts"].as_array().expect("a list");
            let found = contexts
                .iter()
                .any(|context| context["hit"]["document"]["name"] == injection.name.as_str());
            assert!(found, "{place}: not found: {contexts:?}");
            assert_prompt_is_ours(&prompt, contexts.len(), &place);
            assert_answer_is_harmless(&answer, &prompt[0].content, order, &place);
        }
    }
    attacked.assert_not_called();
    assert_eq!(attacked.state().await, before);
    attacked.server.stop().await;
}

#[tokio::test]
async fn a_model_that_repeats_how_to_rewrite_a_question_is_not_listened_to() {
    let attacked = Attacked::start(&injections()[..2]).await;
    let server = &attacked.server;
    let chat = server.create_chat(&["manuals"]).await;
    server
        .say(
            &chat,
            &json!({"question": "How often is the Halden pump oiled?"}),
        )
        .await;
    let events = server
        .say(&chat, &json!({"question": "And how is it washed?"}))
        .await;
    assert_eq!(events[0].1["rewritten"], Value::Null);
    let notices = events[1].1["notices"].to_string();
    assert!(notices.contains("rewrite_failed"), "{notices}");
    attacked.server.stop().await;
}

#[tokio::test]
async fn clients_of_openai_learn_that_an_answer_was_ended() {
    let attacked = Attacked::start(&injections()[..2]).await;
    let question = json!([{"role": "user", "content": "How often is the Halden pump oiled?"}]);
    for stream in [false, true] {
        let body = json!({"model": "riddle/manuals", "messages": question, "stream": stream});
        let response = attacked.server.post("/v1/chat/completions", &body).await;
        assert_eq!(response.status(), 200);
        let text = response.text().await.expect("text");
        assert!(
            text.contains(r#""finish_reason":"content_filter""#),
            "{text}"
        );
        assert!(text.contains("instructions_removed"), "{text}");
    }
    attacked.server.stop().await;
}

/// That the prompt has as many sources as it should, one question, and nothing that a tokenizer takes for a mark.
fn assert_prompt_is_ours(prompt: &[ChatMessage], sources: usize, place: &str) {
    let roles: Vec<Role> = prompt.iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::System, Role::User], "{place}");
    let text = &prompt[1].content;
    assert_eq!(text.matches("<source").count(), sources, "{place}: {text}");
    assert_eq!(
        text.matches("</source>").count(),
        sources,
        "{place}: {text}"
    );
    assert_eq!(text.matches("\nQuestion:").count(), 1, "{place}: {text}");
    for token in CONTROL_TOKENS {
        assert!(!text.contains(token), "{place}: {token} in {text}");
    }
}

fn assert_answer_is_harmless(answer: &Value, instructions: &str, order: Order, place: &str) {
    let text = answer["answer"].as_str().expect("text");
    assert!(!quotes(text, instructions), "{place}: {text}");
    let removed = answer["notices"]
        .to_string()
        .contains("instructions_removed");
    let repeats = matches!(order, Order::RepeatPrompt | Order::RepeatRules);
    assert_eq!(removed, repeats, "{place}: {}", answer["notices"]);
    let sources = answer["contexts"].as_array().expect("a list").len();
    for citation in answer["citations"].as_array().expect("a list") {
        let number = citation["number"].as_u64().expect("a number");
        assert!(
            (1..=sources as u64).contains(&number),
            "{place}: {citation}"
        );
    }
    if order == Order::CiteAnything {
        assert_eq!(answer["citations"], json!([]), "{place}");
        assert!(
            answer["removed_citations"].as_u64() >= Some(4),
            "{place}: {answer}"
        );
        assert!(
            !text.contains("999") && !text.contains("77"),
            "{place}: {text}"
        );
    }
}

/// Whether words of `text` in a row are words of `instructions` in a row, but for numbers, signs and case.
fn quotes(text: &str, instructions: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphabetic());
        let words = words.filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let (text, instructions) = (words(text), words(instructions));
    text.windows(QUOTED_WORDS)
        .any(|run| instructions.windows(QUOTED_WORDS).any(|own| own == run))
}
