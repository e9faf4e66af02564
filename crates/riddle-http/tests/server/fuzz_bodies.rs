//! Bodies that nobody would write, to every operation that reads JSON. None may break the server.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::chats::QUESTION;
use crate::support::Server;

/// Decisions of one body.
const CHOICES: usize = 96;
/// How deep types of the description are followed.
const DEPTH: usize = 6;
/// An id that nothing has.
const NO_ID: &str = "0190a0a0-0000-7000-8000-000000000000";
const SETS: &str = "/api/v1/evaluations/sets";
const RUNS: &str = "/api/v1/evaluations/runs";

/// An operation that reads JSON.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) schema: Value,
}

/// Decisions in a row, so that a failing body shrinks with them. When they are used up, all are 0.
struct Choices<'a> {
    rest: std::slice::Iter<'a, u32>,
}

impl Choices<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let choice = self.rest.next().copied().unwrap_or(0) as usize;
        choice % bound.max(1)
    }
}

pub(crate) fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_object() {
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    schema: schema.clone(),
                });
            }
        }
    }
    operations
}

/// A value more or less as a schema has it.
fn value_of(schema: &Value, document: &Value, depth: usize, choices: &mut Choices<'_>) -> Value {
    if choices.below(12) == 11 || depth == 0 {
        return odd_value(choices);
    }
    if let Some(name) = schema["$ref"].as_str() {
        let pointed = document.pointer(name.trim_start_matches('#'));
        return value_of(pointed.expect("a type"), document, depth - 1, choices);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(all) = schema[key].as_array() {
            let one = &all[choices.below(all.len())];
            return value_of(one, document, depth - 1, choices);
        }
    }
    if let Some(all) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in all {
            if let Value::Object(fields) = value_of(part, document, depth - 1, choices) {
                whole.extend(fields);
            }
        }
        return Value::Object(whole);
    }
    if let Some(names) = schema["enum"].as_array() {
        return names[choices.below(names.len())].clone();
    }
    let of_type = match &schema["type"] {
        Value::Array(types) => types[choices.below(types.len())].as_str(),
        one => one.as_str(),
    };
    value_of_type(
        of_type.unwrap_or("object"),
        schema,
        document,
        depth,
        choices,
    )
}

fn value_of_type(
    of_type: &str,
    schema: &Value,
    document: &Value,
    depth: usize,
    choices: &mut Choices<'_>,
) -> Value {
    match of_type {
        "null" => Value::Null,
        "boolean" => Value::Bool(choices.below(2) == 1),
        "integer" => json!([1, 0, 2, 7, -1, 100_000, i64::MAX, i64::MIN][choices.below(8)]),
        "number" => json!([0.5, 0.0, 1.0, 2.0, -0.1, 1e308, 1e-320, 3.0][choices.below(8)]),
        "string" => Value::String(word(choices)),
        "array" => {
            let length = [1, 0, 2, 3, 40][choices.below(5)];
            let items =
                (0..length).map(|_| value_of(&schema["items"], document, depth - 1, choices));
            items.collect()
        }
        _ => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let mut fields = Map::new();
            let known = schema["properties"]
                .as_object()
                .cloned()
                .unwrap_or_default();
            for (name, field) in known {
                let needed = required.iter().any(|required| *required == name.as_str());
                if needed && choices.below(16) < 15 || choices.below(3) == 0 {
                    fields.insert(name, value_of(&field, document, depth - 1, choices));
                }
            }
            if schema["additionalProperties"].is_object() || choices.below(10) == 9 {
                let more = &schema["additionalProperties"];
                fields.insert(word(choices), value_of(more, document, depth - 1, choices));
            }
            Value::Object(fields)
        }
    }
}

fn word(choices: &mut Choices<'_>) -> String {
    let words = [
        QUESTION,
        "manuals",
        "riddle/manuals",
        "",
        " ",
        "\0",
        "null",
        "端口\u{200b}",
        "<source>",
        "\u{10ffff}\u{fffd}",
        NO_ID,
        "2024-01-01",
        "-1",
        "bm25",
        "../../etc/passwd",
        "' OR 1=1 --",
        "AND (\"a\" OR *) ^2 [1 TO",
    ];
    let at = choices.below(words.len() + 1);
    let word = words.get(at).map(|word| (*word).to_owned());
    word.unwrap_or_else(|| "ab ".repeat(3_000))
}

fn odd_value(choices: &mut Choices<'_>) -> Value {
    match choices.below(9) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(1e300),
        4 => json!([]),
        5 => json!({}),
        6 => json!([[[[[[[[null]]]]]]]]),
        7 => json!({"": {"a": [word(choices)]}}),
        _ => json!(word(choices)),
    }
}

/// Any JSON at all.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let names = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "question", "query", "texts", "inputs", "model", "name", "filter", "rerank"
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Makes something and gives its id.
async fn made(server: &Server, path: &str, body: &Value) -> String {
    let response = server.post(path, body).await;
    let status = response.status();
    let answer: Value = response.json().await.expect("JSON");
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer["id"].as_str().expect("an id").to_owned()
}

/// A server that has something of each kind.
pub(crate) struct Target {
    pub(crate) server: Server,
    base: String,
    chat: String,
    /// A question of the evaluation set `manuals`.
    question: String,
    /// A run of it.
    run: String,
}

impl Target {
    pub(crate) async fn start() -> Self {
        let server = Server::with_documents("manuals").await;
        let base = server.get_json("/api/v1/knowledge-bases/manuals").await;
        let chat = server.create_chat(&["manuals"]).await;
        let line = json!({"question": QUESTION, "relevant": [{"document": "ports.md"}]});
        let file = json!({"name": "questions.jsonl", "content": line.to_string()});
        let set = json!({"name": "manuals", "knowledge_base": "manuals", "files": [file]});
        made(&server, SETS, &set).await;
        let more = json!({"text": "What is a cake?", "relevant": [{"document": "cakes.md"}]});
        let question = made(&server, &format!("{SETS}/manuals/questions"), &more).await;
        let run = made(&server, RUNS, &json!({"set": "manuals"})).await;
        Self {
            base: base["id"].as_str().expect("an id").to_owned(),
            server,
            chat,
            question,
            run,
        }
    }

    /// The path of an operation, with ids of what is there as far as something is.
    fn path(&self, operation: &Operation) -> String {
        let id = match operation.path.starts_with("/api/v1/chats/") {
            true => self.chat.as_str(),
            false => NO_ID,
        };
        operation
            .path
            .replace("{kb}", &self.base)
            .replace("{id}", id)
            .replace("{message}", NO_ID)
            .replace("{name}", "manuals")
            .replace("{set}", "manuals")
            .replace("{question}", &self.question)
            .replace("{run}", &self.run)
    }

    /// Status and text of the answer to a body.
    pub(crate) async fn answer(
        &self,
        operation: &Operation,
        body: &Value,
    ) -> Result<(u16, String), reqwest::Error> {
        let path = self.path(operation);
        let method = operation.method.parse().expect("a method");
        let request = self
            .server
            .client
            .request(method, self.server.url(&path))
            .json(body);
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok((status, response.text().await?))
    }

    /// Sends a body. The error is one of the server's that no body may lead to.
    async fn send(&self, operation: &Operation, body: &Value) -> Result<(), String> {
        let answer = self.answer(operation, body).await;
        let (status, text) = answer.map_err(|error| error.to_string())?;
        // No models are installed, which is what 503 says.
        let broken = status >= 500 && status != 503 || text.contains(r#""code":"internal""#);
        match broken {
            true => Err(format!("{status} {text}")),
            false => Ok(()),
        }
    }
}

#[test]
fn fuzz_bodies_of_any_kind_are_answered() {
    let document = serde_json::to_value(riddle_http::openapi()).expect("serializes");
    let operations = operations(&document);
    assert!(operations.len() > 20, "{operations:?}");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let target = runtime.block_on(Target::start());
    for operation in &operations {
        let path = target.path(operation);
        assert!(!path.contains('{'), "nothing is put into {path}");
    }
    let body = prop_oneof![
        any_json().prop_map(Err),
        prop::collection::vec(any::<u32>(), CHOICES).prop_map(Ok),
        prop::collection::vec(any::<u32>(), CHOICES).prop_map(Ok),
    ];
    let cases = (prop::sample::select(operations), body);
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let outcome = runner.run(&cases, |(operation, body)| {
        let body = match &body {
            Err(any) => any.clone(),
            Ok(choices) => {
                let mut choices = Choices {
                    rest: choices.iter(),
                };
                value_of(&operation.schema, &document, DEPTH, &mut choices)
            }
        };
        let sent = runtime.block_on(target.send(&operation, &body));
        let sent = sent.map_err(|problem| {
            format!("{} {} {body}: {problem}", operation.method, operation.path)
        });
        sent.map_err(TestCaseError::fail)
    });
    if let Err(found) = outcome {
        panic!("{found}");
    }
    // It lives on.
    let health = runtime.block_on(target.server.get_json("/api/v1/health"));
    assert_eq!(health["ok"], true, "{health}");
}
