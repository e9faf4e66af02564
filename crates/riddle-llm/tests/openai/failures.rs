//! Servers that fail, and what the user is told.

use std::time::Duration;

use riddle_client::ApiKey;
use riddle_core::{ChatDelta, ChatError, ChatModel};
use riddle_llm::OpenAiCompatible;
use tokio::net::TcpListener;

use super::server::{Server, collect, question, text_event};

/// The error of a request that is answered with `status` and `body`.
async fn error_of(status: &str, body: &str) -> anyhow::Result<ChatError> {
    let server = Server::start().await?;
    let client = server.client()?;
    let stream = client.chat(question("a secret question"));
    let served = async { server.accept().await?.answer(status, body).await };
    let (mut deltas, served) = tokio::join!(collect(stream), served);
    served?;
    assert_eq!(deltas.len(), 1, "{deltas:?}");
    let Err(error) = deltas.remove(0) else {
        anyhow::bail!("{status} gave text");
    };
    assert!(!error.to_string().contains("secret"), "{error}");
    Ok(error)
}

/// The last item of an answer whose body is `body`.
async fn end_of(body: &str) -> anyhow::Result<Result<ChatDelta, ChatError>> {
    let server = Server::start().await?;
    let client = server.client()?;
    let stream = client.chat(question("Why?"));
    let served = async {
        let mut exchange = server.accept().await?;
        exchange.begin().await?;
        exchange.send(body).await
    };
    let (mut deltas, served) = tokio::join!(collect(stream), served);
    served?;
    deltas
        .pop()
        .ok_or_else(|| anyhow::anyhow!("an empty stream"))
}

#[tokio::test]
async fn refusals_say_what_to_do() -> anyhow::Result<()> {
    let cases = [
        ("401 Unauthorized", "check the key"),
        ("403 Forbidden", "check the key"),
        ("404 Not Found", "model \"qwen3:0.6b\""),
        ("302 Found", "final address"),
        ("400 Bad Request", "streaming"),
        ("500 Internal Server Error", "see its log"),
        ("503 Service Unavailable", "loading its model"),
    ];
    for (status, remedy) in cases {
        let body = "{\"error\":{\"message\":\"a secret question\",\"type\":\"x\"}}";
        let error = error_of(status, body).await?;
        let text = error.to_string();
        assert!(matches!(error, ChatError::Remote { .. }), "{error}");
        assert!(
            text.contains(&status[..3]) && text.contains(remedy),
            "{status}: {text}"
        );
    }
    let busy = error_of("429 Too Many Requests", "").await?;
    assert_eq!(busy, ChatError::Busy);
    Ok(())
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_told_apart() -> anyhow::Result<()> {
    let body = "{\"error\":{\"message\":\"This model's maximum context length is 4096 tokens\",\"code\":400}}";
    let error = error_of("400 Bad Request", body).await?;
    assert!(
        matches!(
            error,
            ChatError::PromptTooLong {
                context_tokens: 4096,
                ..
            }
        ),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn nobody_there_is_said_so() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let mut options = server.options()?;
    // A port that was free a moment ago and that nobody listens at.
    let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    options.base_url = format!("http://{address}/v1");
    let client = OpenAiCompatible::new(options)?;
    let deltas = collect(client.chat(question("Why?"))).await;
    let text = deltas[0].as_ref().unwrap_err().to_string();
    assert!(text.contains("check that it is running"), "{text}");
    assert!(!text.contains("127.0.0.1"), "{text}");
    Ok(())
}

#[tokio::test]
async fn silence_ends_in_an_error() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let mut options = server.options()?;
    options.read_timeout = Duration::from_millis(200);
    let client = OpenAiCompatible::new(options)?;
    let stream = client.chat(question("Why?"));
    let (deltas, exchange) = tokio::join!(collect(stream), server.accept());
    let text = deltas[0].as_ref().unwrap_err().to_string();
    assert!(text.contains("was silent for 0.2 s"), "{text}");
    assert!(exchange?.closed().await);
    Ok(())
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() -> anyhow::Result<()> {
    let end = end_of(&text_event("half")).await?;
    let text = end.unwrap_err().to_string();
    assert!(text.contains("before the answer was complete"), "{text}");
    Ok(())
}

#[tokio::test]
async fn errors_inside_the_stream_are_errors() -> anyhow::Result<()> {
    for event in [
        "data: {\"error\":{\"message\":\"out of memory\",\"code\":500}}\n\n",
        "data: <html>\n\n",
    ] {
        let end = end_of(&format!("{}{event}", text_event("half"))).await?;
        assert!(matches!(end, Err(ChatError::Remote { .. })), "{end:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_is_refused() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let mut options = server.options()?;
    options.api_key = Some(ApiKey::new("sk-\nsecret"));
    let error = OpenAiCompatible::new(options).unwrap_err().to_string();
    assert!(
        error.contains("line breaks") && !error.contains("secret"),
        "{error}"
    );
    Ok(())
}
