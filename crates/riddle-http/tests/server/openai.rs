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
