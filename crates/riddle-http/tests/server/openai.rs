use std::sync::Arc;

use riddle_testkit::{FakeModels, ScriptedChat};
use serde_json::{Value, json};

use crate::support::{Server, events};

const PATH: &str = "/v1/chat/completions";

/// That the tokens are counted and add up.
fn assert_usage(usage: &Value) {
    let tokens = |field: &str| usage[field].as_u64().expect("a count");
    let sum = tokens("prompt_tokens") + tokens("completion_tokens");
    assert_eq!(tokens("total_tokens"), sum, "{usage}");
}

#[tokio::test]
async fn knowledge_bases_answer_as_models() {
    let server = Server::with_documents("manuals").await;
    let models = server.get_json("/v1/models").await;
    assert_eq!(models["data"][0]["id"], "riddle/manuals");

    let mut body = json!({
        "model": "riddle/manuals",
        "messages": [{"role": "user", "content": "Which port does the server listen on?"}],
    });
    let whole: Value = server.post(PATH, &body).await.json().await.expect("JSON");
    assert_eq!(whole["object"], "chat.completion");
    let message = &whole["choices"][0]["message"];
    let content = message["content"].as_str().expect("text");
    assert!(content.contains("7180"), "{whole}");
    assert_eq!(
        message["riddle"]["citations"][0]["document"]["name"],
        "ports.md"
    );
    assert_eq!(whole["choices"][0]["finish_reason"], "stop");
    assert_usage(&whole["usage"]);

    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    let text = server.post(PATH, &body).await.text().await.expect("text");
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    let chunks: Vec<Value> = events(&text).into_iter().map(|(_, data)| data).collect();
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    let streamed: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(streamed, content);
    let [.., last, usage, _done] = &chunks[..] else {
        panic!("{text}")
    };
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    let citations = |message: &Value| message["riddle"]["citations"].clone();
    assert_eq!(citations(&last["choices"][0]["delta"]), citations(message));
    assert_eq!(usage["choices"], json!([]));
    assert_eq!(usage["usage"], whole["usage"]);
    let first = chunks[0]["id"].clone();
    assert!(
        chunks
            .iter()
            .filter(|chunk| chunk.is_object())
            .all(|chunk| chunk["id"] == first)
    );
    server.stop().await;
}

#[tokio::test]
async fn errors_are_those_of_openai() {
    let server = Server::start(|_options| {}).await;
    let absent = json!({"model": "riddle/absent", "messages": [{"role": "user", "content": "Hi"}]});
    let response = server.post(PATH, &absent).await;
    assert_eq!(response.status(), 404);
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(body["error"]["code"], "knowledge_base_not_found");
    assert_eq!(body["error"]["type"], "invalid_request_error");
    server.stop().await;
}

/// A server whose language model answers in these words.
async fn saying(answer: &'static [&'static str]) -> Server {
    let models = FakeModels::default().with_chat(ScriptedChat::saying(answer));
    Server::with_documents_and(Arc::new(models), "manuals").await
}

/// A question with more fields.
fn asking(more: Value) -> Value {
    let mut body = json!({
        "model": "riddle/manuals",
        "messages": [{"role": "user", "content": "Which port does the server listen on?"}],
    });
    let fields = more.as_object().expect("an object").clone();
    body.as_object_mut().expect("an object").extend(fields);
    body
}

/// The text, the finish reason and the numbers of the citations, whole or put together from a stream.
async fn answered(server: &Server, mut body: Value) -> (String, Value, Vec<u64>) {
    let numbers = |message: &Value| {
        let citations = message["riddle"]["citations"].as_array().expect("a list");
        let numbers = citations.iter().filter_map(|c| c["number"].as_u64());
        numbers.collect::<Vec<u64>>()
    };
    let response = server.post(PATH, &body).await;
    assert_eq!(response.status(), 200, "{body}");
    let whole: Value = response.json().await.expect("JSON");
    let choice = &whole["choices"][0];
    let content = choice["message"]["content"].as_str().expect("text");
    let answered = (
        content.to_owned(),
        choice["finish_reason"].clone(),
        numbers(&choice["message"]),
    );

    body["stream"] = json!(true);
    let text = server.post(PATH, &body).await.text().await.expect("text");
    let chunks: Vec<Value> = events(&text).into_iter().map(|(_, data)| data).collect();
    let choices = || chunks.iter().map(|chunk| &chunk["choices"][0]);
    let streamed = choices().filter_map(|choice| choice["delta"]["content"].as_str());
    assert_eq!(streamed.collect::<String>(), answered.0, "{body}");
    let last = choices().find(|choice| !choice["finish_reason"].is_null());
    let last = last.expect("an end");
    assert_eq!(last["finish_reason"], answered.1);
    assert_eq!(numbers(&last["delta"]), answered.2);
    answered
}

#[tokio::test]
async fn an_answer_ends_before_a_stop_string() {
    let server = saying(&[
        "The server lis",
        "tens on port 71",
        "80 [1]. Backups ",
        "leave [1].",
    ])
    .await;
    let whole = "The server listens on port 7180 [1]. Backups leave [1].";
    for (stop, text, citations) in [
        (json!(null), whole, 2),
        (json!([]), whole, 2),
        (json!(""), whole, 2),
        (json!("absent"), whole, 2),
        (json!("[1]. Back!"), whole, 2),
        (json!("listens"), "The server ", 0),
        (json!(["7180"]), "The server listens on port ", 0),
        (
            json!([" Backups", "leave"]),
            "The server listens on port 7180 [1].",
            1,
        ),
        (
            json!(["leave", "Backups"]),
            "The server listens on port 7180 [1]. ",
            1,
        ),
        (json!("[1]"), "The server listens on port 7180 ", 0),
        (json!("1]. B"), "The server listens on port 7180 [", 0),
        (json!(["a", "b", "c", "The"]), "", 0),
    ] {
        let (content, finish, numbers) = answered(&server, asking(json!({"stop": stop}))).await;
        assert_eq!(content, text, "{stop}");
        assert_eq!(
            (finish, numbers.len()),
            (json!("stop"), citations),
            "{stop}"
        );
    }
    for stop in [
        json!(1),
        json!([1]),
        json!({}),
        json!(["a", "b", "c", "d", "e"]),
    ] {
        let response = server.post(PATH, &asking(json!({"stop": stop}))).await;
        assert_eq!(response.status(), 400, "{stop}");
        let error: Value = response.json().await.expect("JSON");
        assert_eq!(error["error"]["param"], "stop");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_extractive_answer_ends_before_a_stop_string_too() {
    let server = Server::with_documents("manuals").await;
    let (whole, ..) = answered(&server, asking(json!({}))).await;
    assert!(whole.contains("port 7180"), "{whole}");
    let (content, finish, _) = answered(&server, asking(json!({"stop": "7180"}))).await;
    assert!(
        whole.starts_with(&content) && !content.contains("7180"),
        "{content}"
    );
    assert_eq!(finish, "stop");
    server.stop().await;
}

#[tokio::test]
async fn a_history_with_tools_is_read_without_them() {
    let chat = ScriptedChat::saying(&["Port 7180 [1]."]);
    let models = FakeModels::default().with_chat(Arc::clone(&chat));
    let server = Server::with_documents_and(Arc::new(models), "manuals").await;
    let question = json!({"role": "user", "content": "Which port does the server listen on?"});
    let call =
        json!({"id": "c1", "type": "function", "function": {"name": "clock", "arguments": "{}"}});
    let picture = json!({"type": "image_url", "image_url": {"url": "data:"}});
    let messages = json!([
        {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
        {"role": "user", "name": "ana", "content": ["What", {"type": "text", "text": "time is it?"}]},
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "half past nine"}]},
        {"role": "assistant", "function_call": {"name": "clock", "arguments": "{}"}},
        {"role": "function", "name": "clock", "content": null},
        {"role": "system", "content": null},
        {"role": "user", "content": null},
        {"role": "assistant", "content": "Half past.", "refusal": null},
        {"role": "user", "content": [picture, {"type": "text", "text": "A picture."}]},
        {"role": "assistant", "content": [{"type": "text", "text": "I see."}, {"type": "refusal", "refusal": "no"}]},
        question,
    ]);
    let response = server
        .post(PATH, &asking(json!({"messages": messages})))
        .await;
    assert_eq!(response.status(), 200);
    let answer: Value = response.json().await.expect("JSON");
    assert_eq!(answer["choices"][0]["message"]["content"], "Port 7180 [1].");
    let prompt: Vec<String> = chat
        .prompts()
        .pop()
        .expect("it was asked")
        .into_iter()
        .map(|m| m.content)
        .collect();
    for said in ["What\ntime is it?", "Half past.", "A picture.", "I see."] {
        assert!(
            prompt.iter().any(|message| message.contains(said)),
            "{said}: {prompt:?}"
        );
    }
    assert!(
        prompt
            .iter()
            .all(|message| !message.is_empty() && !message.contains("half past nine"))
    );

    for (messages, param) in [
        (
            json!([question, {"role": "tool", "content": "x"}]),
            "messages",
        ),
        (
            json!([question, {"role": "assistant", "content": "At"}]),
            "messages",
        ),
        (json!([]), "messages"),
        (
            json!([{"role": "bard", "content": "x"}, question]),
            "messages[0].role",
        ),
        (
            json!([{"role": "user", "content": null}]),
            "messages[0].content",
        ),
        (
            json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]),
            "messages[0].content",
        ),
    ] {
        let response = server
            .post(PATH, &asking(json!({"messages": messages})))
            .await;
        assert_eq!(response.status(), 400, "{messages}");
        let error: Value = response.json().await.expect("JSON");
        assert_eq!(error["error"]["param"], param, "{error}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_clients_send_beside_the_question_is_taken_or_refused_by_name() {
    let server = Server::with_documents("manuals").await;
    let optional = [
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "n",
        "stop",
        "seed",
        "user",
        "logit_bias",
        "logprobs",
        "top_logprobs",
        "presence_penalty",
        "frequency_penalty",
        "response_format",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "functions",
        "function_call",
        "metadata",
        "store",
        "modalities",
        "audio",
        "prediction",
        "service_tier",
        "reasoning_effort",
        "riddle",
    ];
    let nulls: serde_json::Map<String, Value> = optional
        .iter()
        .map(|field| ((*field).to_owned(), Value::Null))
        .collect();
    for more in [
        Value::Object(nulls),
        json!({"n": 1, "user": "u", "seed": 7, "logit_bias": {"50256": -100}, "store": true, "metadata": {}}),
        json!({"response_format": {"type": "text"}, "logprobs": false, "modalities": ["text"]}),
        json!({"stream": false, "stream_options": {"include_usage": null}}),
        json!({"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "auto"}),
        json!({"function_call": "none", "functions": []}),
        json!({"top_p": 1, "presence_penalty": 0.5, "frequency_penalty": 0, "verbosity": "low"}),
    ] {
        let response = server.post(PATH, &asking(more.clone())).await;
        assert_eq!(response.status(), 200, "{more}");
    }
    for (more, param) in [
        (json!({"n": 2}), "n"),
        (json!({"logprobs": true}), "logprobs"),
        (
            json!({"response_format": {"type": "json_schema", "json_schema": {}}}),
            "response_format",
        ),
        (
            json!({"tool_choice": {"type": "function", "function": {"name": "f"}}}),
            "tool_choice",
        ),
        (json!({"modalities": ["audio"]}), "modalities"),
    ] {
        let response = server.post(PATH, &asking(more.clone())).await;
        assert_eq!(response.status(), 400, "{more}");
        let error: Value = response.json().await.expect("JSON");
        assert_eq!(error["error"]["param"], param, "{error}");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_model_is_told_which_are_here() {
    let models = Arc::new(FakeModels::default());
    let alias = |options: &mut riddle_http::HttpOptions| {
        options.model_aliases = [("gpt-4o".to_owned(), "riddle/manuals".to_owned())].into();
    };
    let server = Server::start_with(models, alias).await;
    server.add_documents("manuals").await;
    let asked = asking(json!({"model": "gpt-4o"}));
    let response = server.post(PATH, &asked).await;
    assert_eq!(response.status(), 200);
    let answer: Value = response.json().await.expect("JSON");
    assert_eq!(answer["model"], "gpt-4o");
    let listed = server.get_json("/v1/models").await;
    let alias = json!({
        "id": "gpt-4o", "object": "model", "created": 0, "owned_by": "riddle", "root": "riddle/manuals"
    });
    assert_eq!(listed["data"][1], alias);
    assert_eq!(server.get_json("/v1/models/gpt-4o").await, alias);

    for (model, code) in [
        ("gpt-5", "model_not_found"),
        ("riddle/", "model_not_found"),
        ("riddle/absent", "knowledge_base_not_found"),
    ] {
        let response = server.post(PATH, &asking(json!({"model": model}))).await;
        assert_eq!(response.status(), 404, "{model}");
        let error: Value = response.json().await.expect("JSON");
        let error = &error["error"];
        assert_eq!(
            (&error["code"], &error["param"]),
            (&json!(code), &json!("model"))
        );
        let message = error["message"].as_str().expect("a message");
        assert!(
            message.contains("`riddle/manuals`") && message.contains("`gpt-4o`"),
            "{message}"
        );
        assert!(message.contains("`[models.aliases]`"), "{message}");
    }
    let absent = server.get("/v1/models/gpt-5").await;
    assert_eq!(absent.status(), 404);
    let text = absent.text().await.expect("text");
    assert!(text.contains("`riddle/manuals`"), "{text}");
    server.stop().await;
}
