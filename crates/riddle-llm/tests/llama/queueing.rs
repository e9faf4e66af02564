//! Several requests at one model, and requests that nobody waits for.

use futures_util::StreamExt;
use riddle_core::{ChatDelta, ChatError, ChatModel, ChatStream, FinishReason};
use riddle_llm::LlamaCpp;

use super::models::{tiny, tiny_options};
use super::reading::{ask, read};

/// Continued without end by the tiny model.
const ENDLESS: &str = "a search engine";
/// More tokens than any test waits for.
const MANY: u32 = 30_000;

/// An answer that is surely in work.
async fn started(model: &LlamaCpp) -> anyhow::Result<ChatStream> {
    let mut stream = model.complete_raw(ENDLESS, MANY);
    let first = stream.next().await;
    anyhow::ensure!(matches!(first, Some(Ok(ChatDelta::Text(_)))), "{first:?}");
    Ok(stream)
}

#[tokio::test]
async fn dropping_a_stream_stops_the_work() -> anyhow::Result<()> {
    let model = tiny()?;
    let stream = started(&model).await?;
    drop(stream);
    // The next request begins when the one before has stopped, so the counter stands still in between.
    let next = read(model.complete_raw(ENDLESS, 1)).await?;
    assert_eq!(next.finish, FinishReason::Length);
    let decoded = model.counters().decode_calls;
    assert!(decoded < u64::from(MANY) / 2, "{decoded} decode calls");
    Ok(())
}

#[tokio::test]
async fn a_prompt_is_left_between_two_batches() -> anyhow::Result<()> {
    let mut options = tiny_options();
    options.batch = 16;
    options.context_tokens = 32_768;
    let model = LlamaCpp::load(&options)?;
    let before = started(&model).await?;
    let prompt = "q".repeat(20_000);
    let batches = prompt.len() as u64 / 16;
    let mut long = model.complete_raw(&prompt, 5);
    drop(before);
    let start = model.counters().decode_calls;
    // Polling once shows that nothing is ready: the prompt is being read, or waits to be.
    let polled = futures_util::poll!(long.next());
    assert!(polled.is_pending());
    while model.counters().decode_calls < start + 4 {
        tokio::task::yield_now().await;
    }
    drop(long);
    read(model.complete_raw(ENDLESS, 1)).await?;
    let decoded = model.counters().decode_calls - start;
    assert!(decoded < batches / 2, "{decoded} of {batches} batches");
    Ok(())
}

#[tokio::test]
async fn requests_queue_and_say_how_long() -> anyhow::Result<()> {
    let model = tiny()?;
    let first = started(&model).await?;
    let mut second = model.chat(ask("And then?"));
    assert_eq!(model.waiting(), 1);
    assert!(futures_util::poll!(second.next()).is_pending());
    drop(first);
    let third = model.complete_raw(ENDLESS, 300);
    let (second, third) = tokio::join!(read(second), read(third));
    let (second, third) = (second?, third?);
    assert_eq!(second.finish, FinishReason::Stop);
    assert_eq!(third.usage.completion_tokens, 300);
    assert!(second.usage.queue_ms > 0.0, "{second:?}");
    Ok(())
}

#[tokio::test]
async fn a_full_queue_is_busy_and_the_gone_make_room() -> anyhow::Result<()> {
    let mut options = tiny_options();
    options.queue = 2;
    let model = LlamaCpp::load(&options)?;
    let working = started(&model).await?;
    let waiting = [model.chat(ask("one")), model.chat(ask("two"))];
    assert_eq!(model.waiting(), 2);
    let refused = read(model.chat(ask("three"))).await.unwrap_err();
    assert_eq!(refused, ChatError::Busy);

    let [one, two] = waiting;
    drop(two);
    let four = model.chat(ask("four"));
    assert_eq!(model.waiting(), 2);
    drop(working);
    assert_eq!(read(one).await?.finish, FinishReason::Stop);
    assert_eq!(read(four).await?.finish, FinishReason::Stop);
    Ok(())
}

#[tokio::test]
async fn a_reader_that_does_not_read_holds_up_nobody() -> anyhow::Result<()> {
    let model = tiny()?;
    let unread = model.complete_raw(ENDLESS, 2000);
    assert_eq!(
        read(model.chat(ask("next"))).await?.finish,
        FinishReason::Stop
    );
    assert_eq!(read(unread).await?.usage.completion_tokens, 2000);
    Ok(())
}

#[tokio::test]
async fn dropping_the_model_ends_its_streams_with_an_error() -> anyhow::Result<()> {
    let model = tiny()?;
    let working = started(&model).await?;
    let waiting = model.chat(ask("one"));
    drop(model);
    for stream in [working, waiting] {
        let error = read(stream).await.unwrap_err();
        assert!(error.to_string().contains("ask again"), "{error}");
    }
    Ok(())
}
