use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use riddle_testkit::{ChatScript, FakeModels, ScriptedChat};
use serde_json::{Value, json};

use crate::support::{Server, events};

const COMPARE: &str = "/api/v1/knowledge-bases/manuals/compare";
const COMPARISONS: &str = "/api/v1/comparisons";
/// Questions that the server of these tests has in work at once.
const PERMITS: usize = 4;

fn scripted(breaks: bool) -> Arc<ScriptedChat> {
    ScriptedChat::new(ChatScript {
        rewritten: Err(()),
        answer: &["The", " port", " is", " 7180", " [1]."],
        breaks,
    })
}

async fn server_with(models: &Arc<ScriptedChat>) -> Server {
    Server::with_documents_and(
        Arc::new(FakeModels::default().with_chat(Arc::clone(models))),
        "manuals",
    )
    .await
}

fn body(order: &str) -> Value {
    json!({"question": "Which port does the server listen on?", "order": order, "stream": true})
}

/// The events of a stream up to the first for which `enough` holds of those seen.
async fn read_until(
    stream: &mut BoxStream<'_, reqwest::Result<Bytes>>,
    enough: impl Fn(&[(String, Value)]) -> bool,
) -> Vec<(String, Value)> {
    let mut seen = String::new();
    loop {
        let whole = seen.rfind("\n\n").map_or("", |end| &seen[..end]);
        let so_far = events(whole);
        if enough(&so_far) {
            return so_far;
        }
        let piece = stream.next().await.expect("more").expect("bytes");
        seen.push_str(&String::from_utf8_lossy(&piece));
    }
}

/// The variants that have written something.
fn writing(events: &[(String, Value)]) -> BTreeSet<&str> {
    let tokens = events.iter().filter(|(name, _)| name == "token");
    tokens
        .filter_map(|(_, data)| data["arm"].as_str())
        .collect()
}

async fn kept(server: &Server) -> Vec<Value> {
    let page = server.get_json(COMPARISONS).await;
    page["comparisons"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn events_of_both_arms_come_in_order_and_end_with_what_is_kept() {
    let server = server_with(&scripted(false)).await;
    let response = server.post(COMPARE, &body("one_after_other")).await;
    assert_eq!(
        response.headers()["content-type"],
        "text/event-stream; charset=utf-8"
    );
    let events = events(&response.text().await.expect("text"));
    let (last, variants) = events.split_last().expect("events");
    let names: Vec<(&str, &str)> = variants
        .iter()
        .map(|(name, data)| (data["arm"].as_str().expect("a variant"), name.as_str()))
        .collect();
    let half = names.len() / 2;
    for (variant, names) in [
        ("without_rerank", &names[..half]),
        ("with_rerank", &names[half..]),
    ] {
        assert!(names.iter().all(|(of, _)| *of == variant), "{names:?}");
        let names: Vec<&str> = names.iter().map(|(_, name)| *name).collect();
        assert_eq!(names.first(), Some(&"retrieval"));
        assert_eq!(names.last(), Some(&"answer"));
        assert!(names.contains(&"citation"), "{names:?}");
        let texts = variants
            .iter()
            .filter(|(name, data)| name == "token" && data["arm"] == variant);
        let text: String = texts
            .filter_map(|(_, data)| data["text"].as_str())
            .collect();
        assert_eq!(text, "The port is 7180 [1].");
    }
    let (name, done) = last;
    assert_eq!(name, "done");
    assert_eq!(done["order"], "one_after_other");
    assert_eq!(done["preference"], Value::Null);
    for (_, data) in variants.iter().filter(|(name, _)| name == "answer") {
        let variant = data["arm"].as_str().expect("a variant");
        assert_eq!(data["answer"], done[variant]);
    }
    let id = done["id"].as_str().expect("an id");
    assert_eq!(&server.get_json(&format!("{COMPARISONS}/{id}")).await, done);
    server.stop().await;
}

#[tokio::test]
async fn arms_in_parallel_write_at_the_same_time_and_otherwise_not() {
    let models = scripted(false);
    let server = server_with(&models).await;
    models.allow(2);
    let response = server.post(COMPARE, &body("parallel")).await;
    let mut stream = response.bytes_stream().boxed();
    let seen = read_until(&mut stream, |seen| writing(seen).len() == 2).await;
    assert!(seen.iter().all(|(name, _)| name != "answer"), "{seen:?}");
    models.allow(usize::MAX);
    let rest = read_until(&mut stream, |seen| {
        seen.last().is_some_and(|(name, _)| name == "done")
    })
    .await;
    drop(stream);
    let (_, done) = rest.last().expect("the end");
    assert_eq!(done["order"], "parallel");
    for variant in ["without_rerank", "with_rerank"] {
        assert_eq!(done[variant]["answer"], "The port is 7180 [1].");
    }

    models.allow(2);
    let response = server.post(COMPARE, &body("one_after_other")).await;
    let mut stream = response.bytes_stream().boxed();
    let tokens = |seen: &[(String, Value)]| seen.iter().filter(|(name, _)| name == "token").count();
    let seen = read_until(&mut stream, |seen| tokens(seen) == 2).await;
    assert_eq!(writing(&seen), BTreeSet::from(["without_rerank"]));
    // It is held up there: the other variant has not even its passages.
    let more = tokio::time::timeout(Duration::from_millis(300), stream.next()).await;
    assert!(more.is_err(), "{more:?}");
    drop(stream);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_goes_takes_the_work_with_it_and_nothing_is_kept() {
    let models = scripted(false);
    let server = server_with(&models).await;
    for order in ["one_after_other", "parallel"] {
        models.allow(1);
        // More than may be in work at once: each gives its permit back.
        for _ in 0..6 {
            let response = begin(&server, order).await;
            let mut stream = response.bytes_stream().boxed();
            read_until(&mut stream, |seen| !writing(seen).is_empty()).await;
        }
        // As many as may be in work at once: when all of them have begun, none of the abandoned is left.
        let mut begun = Vec::new();
        for _ in 0..PERMITS {
            begun.push(begin(&server, order).await);
        }
        models.allow(usize::MAX);
        for response in begun {
            let events = events(&response.text().await.expect("text"));
            assert_eq!(events.last().expect("events").0, "done");
        }
    }
    let kept = kept(&server).await;
    let of = |order: &str| kept.iter().filter(|one| one["order"] == order).count();
    assert_eq!(
        (of("one_after_other"), of("parallel"), kept.len()),
        (PERMITS, PERMITS, 2 * PERMITS)
    );
    server.stop().await;
}

/// Begins a comparison as soon as the server has noticed that enough clients have gone.
async fn begin(server: &Server, order: &str) -> reqwest::Response {
    loop {
        let response = server.post(COMPARE, &body(order)).await;
        if response.status() == 200 {
            return response;
        }
        assert_eq!(response.status(), 429);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_arm_that_fails_ends_the_comparison_with_an_error() {
    let server = server_with(&scripted(true)).await;
    for order in ["one_after_other", "parallel"] {
        let response = server.post(COMPARE, &body(order)).await;
        let events = events(&response.text().await.expect("text"));
        let (name, error) = events.last().expect("events");
        assert_eq!(
            (name.as_str(), &error["code"]),
            ("error", &json!("model_failed"))
        );
    }
    assert_eq!(kept(&server).await, Vec::<Value>::new());
    server.stop().await;
}
