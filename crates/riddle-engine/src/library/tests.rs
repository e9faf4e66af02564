use futures_util::StreamExt;
use riddle_core::{AddRequest, LibraryError};
use riddle_testkit::{FakeLibrary, FakeModels};

use super::{Download, DownloadState, LibraryModelState};
use crate::error::EngineError;
use crate::testing::TestEngine;

async fn with(library: FakeLibrary) -> TestEngine {
    TestEngine::with(FakeModels::default(), library).await
}

/// Waits for the end of the model's download.
async fn end_of(test: &TestEngine, name: &str) -> Download {
    let events = test.engine.download_events(name).expect("a download");
    events.collect::<Vec<_>>().await.pop().expect("an event")
}

/// A model's latest download as the list shows it, and its state.
async fn listed(test: &TestEngine, name: &str) -> (LibraryModelState, Option<Download>) {
    let listing = test.engine.list_library().await.expect("a list");
    let mut models = listing.models.into_iter();
    let model = models.find(|model| model.entry.name == name);
    let model = model.expect("it is listed");
    (model.state, model.download)
}

#[tokio::test]
async fn a_model_is_fetched_once_however_many_ask() {
    let test = with(FakeLibrary::of(&["a"])).await;
    test.library.hold(true);
    let asking = (0..3).map(|_| test.engine.fetch_model("a"));
    for download in futures_util::future::join_all(asking).await {
        assert_eq!(download.expect("it runs").state, DownloadState::Running);
    }
    assert_eq!(listed(&test, "a").await.0, LibraryModelState::Downloading);
    test.library.hold(false);
    assert_eq!(end_of(&test, "a").await.state, DownloadState::Done);
    assert_eq!(test.library.fetches("a"), 1);
    test.engine.stop().await;
}

#[tokio::test]
async fn a_cancelled_download_ends_and_can_be_begun_again() {
    let test = with(FakeLibrary::of(&["a"])).await;
    test.library.hold(true);
    test.engine.fetch_model("a").await.expect("it runs");
    test.engine.cancel_download("a").await.expect("cancelled");
    let (_, download) = listed(&test, "a").await;
    let download = download.expect("its outcome stays");
    assert_eq!(
        (download.state, download.error),
        (DownloadState::Cancelled, None)
    );
    test.library.hold(false);
    test.engine.fetch_model("a").await.expect("it runs");
    assert_eq!(end_of(&test, "a").await.state, DownloadState::Done);
    assert_eq!(test.library.fetches("a"), 2);
    test.engine.stop().await;
}

#[tokio::test]
async fn why_a_download_failed_is_told_until_the_next_one() {
    let test = with(FakeLibrary::of(&["a"])).await;
    let broken = LibraryError::Source("the server sent half a file".to_owned());
    test.library.plan("a", [Err(broken.clone())]);
    test.engine.fetch_model("a").await.expect("it runs");
    let end = end_of(&test, "a").await;
    assert_eq!(
        (end.state, end.error),
        (DownloadState::Failed, Some(broken))
    );
    for _ in 0..2 {
        let (_, download) = listed(&test, "a").await;
        let download = download.expect("its outcome stays");
        assert_eq!(download.state, DownloadState::Failed);
        assert_eq!(
            (download.done_bytes, download.total_bytes),
            (500, Some(1_000))
        );
    }
    test.engine.fetch_model("a").await.expect("it runs");
    let end = end_of(&test, "a").await;
    assert_eq!((end.state, end.error), (DownloadState::Done, None));
    test.engine.stop().await;
}

#[tokio::test]
async fn a_fourth_download_waits_for_one_of_three() {
    let names = ["a", "b", "c", "d"];
    let test = with(FakeLibrary::of(&names)).await;
    test.library.hold(true);
    for name in &names[..3] {
        test.engine.fetch_model(name).await.expect("it runs");
    }
    let refused = test.engine.fetch_model("d").await;
    let limit = matches!(refused, Err(EngineError::TooManyDownloads { limit: 3 }));
    assert!(limit, "{refused:?}");
    test.engine.cancel_download("b").await.expect("cancelled");
    test.engine.fetch_model("d").await.expect("it runs");
    test.engine.stop().await;
}

#[tokio::test]
async fn a_stop_ends_downloads_and_refuses_new_ones() {
    let test = with(FakeLibrary::of(&["a", "b"])).await;
    test.library.hold(true);
    test.engine.fetch_model("a").await.expect("it runs");
    test.engine.stop().await;
    assert_eq!(end_of(&test, "a").await.state, DownloadState::Cancelled);
    let refused = test.engine.fetch_model("b").await;
    assert!(matches!(refused, Err(EngineError::Stopping)), "{refused:?}");
    assert_eq!(test.library.fetches("b"), 0);
}

#[tokio::test]
async fn what_is_not_in_the_catalogue_is_named() {
    let test = with(FakeLibrary::of(&["a"])).await;
    let unknown = test.engine.fetch_model("z").await;
    assert!(unknown.is_err_and(|error| error.to_string().contains("`z`")));
    let none = test.engine.download_events("a").map(drop);
    assert!(matches!(none, Err(EngineError::NoDownload(_))), "{none:?}");
}

fn wanted(what: &str) -> AddRequest {
    AddRequest {
        what: what.to_owned(),
        ..AddRequest::default()
    }
}

#[tokio::test]
async fn an_added_model_is_listed_on_its_way_and_stays() {
    let test = with(FakeLibrary::of(&["a"])).await;
    test.library.holds("owner/new", "new", 1_000);
    test.library.hold(true);
    let added = test.engine.add_model(wanted("owner/new")).await;
    let (found, download) = added.expect("it runs");
    assert_eq!(
        (&*found.entry.name, download.state),
        ("new", DownloadState::Running)
    );
    assert_eq!(listed(&test, "new").await.0, LibraryModelState::Downloading);
    test.engine.cancel_download("new").await.expect("cancelled");
    let (state, download) = listed(&test, "new").await;
    assert_eq!(state, LibraryModelState::Absent);
    assert_eq!(
        download.expect("its outcome").state,
        DownloadState::Cancelled
    );
    // Fetched again by its name, it is added after all.
    test.library.hold(false);
    test.engine.fetch_model("new").await.expect("it runs");
    assert_eq!(end_of(&test, "new").await.state, DownloadState::Done);
    assert_eq!(test.library.fetches("new"), 2);
    let listing = test.engine.list_library().await.expect("a list");
    let names = listing
        .models
        .iter()
        .filter(|model| model.entry.name == "new");
    assert_eq!(names.count(), 1, "it is of the catalogue now");
    test.engine.stop().await;
}

#[tokio::test]
async fn a_model_that_the_disk_has_no_room_for_is_refused_before_it_is_fetched() {
    let test = with(FakeLibrary::of(&["a"])).await;
    test.library.holds("owner/large", "large", u64::MAX);
    let refused = test.engine.add_model(wanted("owner/large")).await;
    let full = matches!(refused, Err(EngineError::DiskFull { .. }));
    assert!(full, "{refused:?}");
    assert_eq!(test.library.fetches("large"), 0);
    test.engine.stop().await;
}

#[tokio::test]
async fn two_models_on_their_way_do_not_share_a_name() {
    let test = with(FakeLibrary::of(&["a"])).await;
    test.library.holds("one/new", "new", 1_000);
    test.library.holds("other/new", "new", 1_000);
    test.library.hold(true);
    test.engine
        .add_model(wanted("one/new"))
        .await
        .expect("it runs");
    let refused = test.engine.add_model(wanted("other/new")).await;
    let refused = refused.expect_err("its name is taken").to_string();
    assert!(refused.contains("one/new"), "{refused}");
    test.engine.cancel_download("new").await.expect("cancelled");
    test.library.hold(false);
    let added = test.engine.add_model(wanted("other/new")).await;
    added.expect("the name is free again");
    assert_eq!(end_of(&test, "new").await.state, DownloadState::Done);
    let unknown = test.engine.add_model(wanted("no/where")).await;
    assert!(unknown.is_err_and(|error| error.to_string().contains("no/where")));
    test.engine.stop().await;
}

#[tokio::test]
async fn an_addition_that_finds_no_place_can_still_be_resumed() {
    let test = with(FakeLibrary::of(&["a", "b", "c"])).await;
    test.library.holds("owner/new", "new", 1_000);
    test.library.hold(true);
    let added = test.engine.add_model(wanted("owner/new")).await;
    added.expect("it runs");
    test.engine.cancel_download("new").await.expect("cancelled");
    for name in ["a", "b", "c"] {
        test.engine.fetch_model(name).await.expect("it runs");
    }
    let refused = test.engine.fetch_model("new").await;
    let full = matches!(refused, Err(EngineError::TooManyDownloads { limit: 3 }));
    assert!(full, "{refused:?}");
    assert_eq!(listed(&test, "new").await.0, LibraryModelState::Absent);
    test.library.hold(false);
    assert_eq!(end_of(&test, "a").await.state, DownloadState::Done);
    test.engine.fetch_model("new").await.expect("it runs");
    assert_eq!(end_of(&test, "new").await.state, DownloadState::Done);
    test.engine.stop().await;
}

#[tokio::test]
async fn what_is_too_long_or_empty_is_refused_by_its_field() {
    let test = with(FakeLibrary::of(&["a"])).await;
    let long = Some("x".repeat(2_000));
    for (field, request) in [
        ("model", wanted("")),
        ("model", wanted(&"x".repeat(501))),
        (
            "name",
            AddRequest {
                name: long.clone(),
                ..wanted("a/b")
            },
        ),
        (
            "revision",
            AddRequest {
                revision: Some(String::new()),
                ..wanted("a/b")
            },
        ),
        (
            "query_prefix",
            AddRequest {
                query_prefix: long.clone(),
                ..wanted("a/b")
            },
        ),
        (
            "passage_prefix",
            AddRequest {
                passage_prefix: long,
                ..wanted("a/b")
            },
        ),
    ] {
        let refused = test.engine.look_at_model(&request).await;
        match refused {
            Err(EngineError::InvalidRequest(value)) => {
                assert_eq!(value.field.as_deref(), Some(field))
            }
            other => panic!("{field}: {other:?}"),
        }
    }
    test.engine.stop().await;
}
