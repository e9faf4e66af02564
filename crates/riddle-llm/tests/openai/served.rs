//! A server whose model nobody named.

use riddle_core::{ChatDelta, ChatError, ChatModel};
use riddle_llm::OpenAiCompatible;

use super::server::{Server, collect, question, text_event};

fn unnamed(server: &Server) -> anyhow::Result<OpenAiCompatible> {
    let mut options = server.options()?;
    options.model = None;
    Ok(OpenAiCompatible::new(options)?)
}

/// Answers the request for the list of models, then two questions, and returns the models that these named.
async fn models_asked(status: &str, list: &str) -> anyhow::Result<Vec<String>> {
    let server = Server::start().await?;
    let client = unnamed(&server)?;
    assert_eq!(client.info().name, "default");
    let served = async {
        let exchange = server.accept().await?;
        assert!(
            exchange.head.starts_with("get /v1/models "),
            "{}",
            exchange.head
        );
        exchange.answer(status, list).await?;
        let mut models = Vec::new();
        for _ in 0..2 {
            let mut exchange = server.accept().await?;
            exchange.begin().await?;
            exchange.send(&text_event("So.")).await?;
            exchange.send("data: [DONE]\n\n").await?;
            models.push(exchange.body["model"].as_str().unwrap_or("none").to_owned());
        }
        anyhow::Ok(models)
    };
    let asked = async {
        let first = collect(client.chat(question("Why?"))).await;
        let second = collect(client.chat(question("How?"))).await;
        [first, second]
    };
    let (answers, models) = tokio::join!(asked, served);
    for mut answer in answers {
        let first = answer.remove(0);
        assert!(
            matches!(&first, Ok(ChatDelta::Text(text)) if text == "So."),
            "{first:?}"
        );
    }
    models
}

#[tokio::test]
async fn the_only_model_of_a_server_is_asked_for_once() -> anyhow::Result<()> {
    let list = r#"{"object":"list","data":[{"id":"tiny-llama","object":"model"}]}"#;
    assert_eq!(
        models_asked("200 OK", list).await?,
        ["tiny-llama", "tiny-llama"]
    );
    Ok(())
}

#[tokio::test]
async fn a_server_without_a_list_answers_with_what_it_runs() -> anyhow::Result<()> {
    assert_eq!(
        models_asked("404 Not Found", "").await?,
        ["default", "default"]
    );
    assert_eq!(
        models_asked("200 OK", "hello").await?,
        ["default", "default"]
    );
    Ok(())
}

#[tokio::test]
async fn none_and_several_are_said_with_what_to_do() -> anyhow::Result<()> {
    for (list, said) in [
        (r#"{"data":[]}"#, "has no model"),
        (
            r#"{"data":[{"id":"a"},{"id":"b"}]}"#,
            "several models (a, b); name the one that answers as `chat.model`",
        ),
    ] {
        let server = Server::start().await?;
        let client = unnamed(&server)?;
        let served = async { server.accept().await?.answer("200 OK", list).await };
        let (mut answer, served) = tokio::join!(collect(client.chat(question("Why?"))), served);
        served?;
        let error = answer.remove(0).expect_err("no model");
        assert!(matches!(error, ChatError::Remote { .. }), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_has_another_model_by_now_is_asked_again() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let client = unnamed(&server)?;
    let served = async {
        let list = |name: &str| format!(r#"{{"data":[{{"id":"{name}"}}]}}"#);
        server
            .accept()
            .await?
            .answer("200 OK", &list("old"))
            .await?;
        server.accept().await?.answer("404 Not Found", "").await?;
        server
            .accept()
            .await?
            .answer("200 OK", &list("new"))
            .await?;
        let exchange = server.accept().await?;
        let model = exchange.body["model"].clone();
        exchange.answer("404 Not Found", "").await?;
        anyhow::Ok(model)
    };
    let asked = async {
        for _ in 0..2 {
            let answer = collect(client.chat(question("Why?"))).await;
            assert!(answer[0].is_err(), "{answer:?}");
        }
    };
    let ((), model) = tokio::join!(asked, served);
    assert_eq!(model?, serde_json::json!("new"));
    Ok(())
}
