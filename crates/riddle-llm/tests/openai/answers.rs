//! What arrives of an answer.

use futures_util::StreamExt;
use riddle_core::{ChatDelta, ChatModel, ChatRequest, ChatUsage, FinishReason};
use riddle_llm::OpenAiCompatible;
use serde_json::json;

use super::server::{Server, collect, question, text_event};

const FINISH: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\n";
const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":21,\"completion_tokens\":3},\"timings\":{\"prompt_ms\":1.5,\"predicted_ms\":2.5}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

#[tokio::test]
async fn a_request_says_all_that_was_asked() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let mut options = server.options()?;
    options.thinking_switch = true;
    let client = OpenAiCompatible::new(options)?;
    let stream = client.chat(question("Why?"));
    let served = async {
        let mut exchange = server.accept().await?;
        exchange.begin().await?;
        exchange
            .send(&format!("{}{DONE}", text_event("So.")))
            .await?;
        anyhow::Ok((exchange.head.clone(), exchange.body.clone()))
    };
    let (deltas, served) = tokio::join!(collect(stream), served);
    let (head, body) = served?;
    assert!(
        head.starts_with("post /v1/chat/completions http/1.1\r\n"),
        "{head}"
    );
    assert!(
        head.contains("authorization: bearer sk-secret\r\n"),
        "{head}"
    );
    assert_eq!(
        body,
        json!({
            "model": "qwen3:0.6b",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Why?"},
            ],
            "max_tokens": 64,
            "temperature": 0.0,
            "seed": 7,
            "stream": true,
            "stream_options": {"include_usage": true},
            "chat_template_kwargs": {"enable_thinking": false},
        })
    );
    assert_eq!(deltas.len(), 2);
    assert!(!format!("{client:?}").contains("sk-secret"), "{client:?}");
    Ok(())
}

#[tokio::test]
async fn thinking_that_no_tag_opens_is_taken_back_and_then_expected() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let client = server.client()?;
    let body = format!(
        "{}{}{}{FINISH}{DONE}",
        text_event("Source 1 says noon.\n</thi"),
        text_event("nk>\n\nAt"),
        text_event(" noon [1]."),
    );
    let text = |text: &str| Ok(ChatDelta::Text(text.to_owned()));
    let first = [
        text("Source 1 says noon.\n"),
        Ok(ChatDelta::Restart),
        text("At"),
        text(" noon [1]."),
    ];
    for expected in [&first[..], &first[2..]] {
        let stream = client.chat(question("When?"));
        let served = async {
            let mut exchange = server.accept().await?;
            exchange.begin().await?;
            exchange.send_bytes(body.as_bytes()).await
        };
        let (mut deltas, served) = tokio::join!(collect(stream), served);
        served?;
        let end = deltas.pop();
        assert!(matches!(end, Some(Ok(ChatDelta::End { .. }))), "{end:?}");
        assert_eq!(deltas, expected);
    }
    Ok(())
}

#[tokio::test]
async fn parts_with_thinking_are_left_out() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let client = server.client()?;
    let parts = r#"data: {"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"yes"}]}}]}"#;
    let body = format!("{parts}\n\n{FINISH}{DONE}");
    let stream = client.chat(question("Why?"));
    let served = async {
        let mut exchange = server.accept().await?;
        exchange.begin().await?;
        exchange.send_bytes(body.as_bytes()).await
    };
    let (deltas, served) = tokio::join!(collect(stream), served);
    served?;
    assert_eq!(deltas[0], Ok(ChatDelta::Text("yes".to_owned())));
    Ok(())
}

#[tokio::test]
async fn an_answer_survives_any_cut() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let client = server.client()?;
    let reasoning =
        "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\",\"content\":null}}]}\r\n\r\n";
    let body = format!(
        ": keep-alive\r\n\r\n{reasoning}{}{}: keep-alive\n\n{}{FINISH}{USAGE}{DONE}",
        text_event("<think>hm</th"),
        text_event("ink>\n\n答"),
        text_event("案 [1]"),
    );
    for size in [1, 7, 64, body.len()] {
        let stream = client.chat(question("Why?"));
        let served = async {
            let mut exchange = server.accept().await?;
            exchange.begin().await?;
            for piece in body.as_bytes().chunks(size) {
                exchange.send_bytes(piece).await?;
                tokio::task::yield_now().await;
            }
            anyhow::Ok(())
        };
        let (deltas, served) = tokio::join!(collect(stream), served);
        served?;
        let expected = [
            Ok(ChatDelta::Text("答".to_owned())),
            Ok(ChatDelta::Text("案 [1]".to_owned())),
            Ok(ChatDelta::End {
                finish: FinishReason::Length,
                usage: ChatUsage {
                    prompt_tokens: 21,
                    completion_tokens: 3,
                    prefill_ms: Some(1.5),
                    decode_ms: Some(2.5),
                    queue_ms: 0.0,
                },
            }),
        ];
        assert_eq!(deltas, expected, "pieces of {size} bytes");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_goes_on_beyond_what_was_asked_for_is_left() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let client = server.client()?;
    let stream = client.chat(question("Why?"));
    let served = async {
        let mut exchange = server.accept().await?;
        exchange.begin().await?;
        let words = text_event("word after word ");
        // It never ends by itself.
        while exchange.send(&words).await.is_ok() {}
        anyhow::Ok(())
    };
    let (deltas, served) = tokio::join!(collect(stream), served);
    served?;
    let Some((Ok(ChatDelta::End { finish, .. }), texts)) = deltas.split_last() else {
        panic!("{deltas:?}");
    };
    assert_eq!(*finish, FinishReason::Length);
    let text: usize = texts
        .iter()
        .map(|delta| match delta {
            Ok(ChatDelta::Text(text)) => text.len(),
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!(text, 64 * 16, "16 bytes for each of 64 tokens");
    Ok(())
}

/// What a model thinks is no part of its answer, but is read.
#[tokio::test]
async fn a_server_that_thinks_without_end_is_left() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let client = server.client()?;
    let question = ChatRequest {
        max_tokens: 4,
        ..question("Why?")
    };
    let stream = client.chat(question);
    let served = async {
        let mut exchange = server.accept().await?;
        exchange.begin().await?;
        let thought = format!(
            "data: {{\"choices\":[{{\"delta\":{{\"reasoning_content\":\"{}\",\"content\":null}}}}]}}\n\n",
            "hm ".repeat(1_000)
        );
        let mut sent = 0_usize;
        while exchange.send(&thought).await.is_ok() {
            sent += thought.len();
        }
        anyhow::Ok(sent)
    };
    let (deltas, served) = tokio::join!(collect(stream), served);
    let sent = served?;
    // 16 KiB for each token.
    assert!(sent > 3 * (16 << 10), "{sent}");
    let [Ok(ChatDelta::End { finish, .. })] = &*deltas else {
        panic!("{deltas:?}");
    };
    assert_eq!(*finish, FinishReason::Length);
    Ok(())
}

#[tokio::test]
async fn a_server_that_does_not_count_is_estimated() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let client = server.client()?;
    let stream = client.chat(question("Why?"));
    let served = async {
        let mut exchange = server.accept().await?;
        exchange.begin().await?;
        exchange
            .send(&format!("{}{}{FINISH}", text_event("a"), text_event("b")))
            .await
    };
    let (deltas, served) = tokio::join!(collect(stream), served);
    served?;
    let Some(Ok(ChatDelta::End { usage, finish })) = deltas.last() else {
        panic!("{deltas:?}");
    };
    assert_eq!(*finish, FinishReason::Length);
    assert_eq!(usage.completion_tokens, 2);
    let prompt = client.count_tokens("Be brief.") + client.count_tokens("Why?");
    assert_eq!(usage.prompt_tokens as usize, prompt);
    Ok(())
}

#[tokio::test]
async fn text_arrives_before_the_answer_ends_and_dropping_closes_the_connection()
-> anyhow::Result<()> {
    let server = Server::start().await?;
    let client = server.client()?;
    let mut stream = client.chat(question("Why?"));
    let (first, exchange) = tokio::join!(stream.next(), async {
        let mut exchange = server.accept().await?;
        exchange.begin().await?;
        exchange.send(&text_event("So")).await?;
        anyhow::Ok(exchange)
    });
    assert_eq!(first, Some(Ok(ChatDelta::Text("So".to_owned()))));
    drop(stream);
    assert!(exchange?.closed().await);
    Ok(())
}
