use riddle_models::{HubKind, Location, ModelFileError, PullOptions, Trust};
use riddle_testkit::hub::{Hub, Reply, Request};

use crate::setup::{
    NAME, config, files_in, fixture, hub_fixture, options, pinned_hub_fixture, sha256, tokenizer,
    weights,
};

const PREFIX: &str = "/owner/tiny/resolve/abc/";

/// A hub that has everything but the optional file.
pub(crate) fn answer(request: &Request) -> Reply {
    match request.path.strip_prefix(PREFIX) {
        Some("config.json") => Reply::file(request, &config(), "c1"),
        Some("tokenizer.json") => Reply::file(request, &tokenizer(), "t1"),
        Some("model.safetensors") => Reply::file(request, &weights(), "w1"),
        _ => Reply::status(404),
    }
}

fn is_weights(request: &Request) -> bool {
    request.path.ends_with("model.safetensors")
}

async fn failure(
    store: &riddle_models::ModelStore,
    options: &PullOptions,
) -> (ModelFileError, String) {
    let error = store.pull(NAME, options).await.unwrap_err();
    let message = error.to_string();
    (error, message)
}

#[tokio::test]
async fn a_model_is_downloaded_recorded_and_verified() {
    let server = Hub::start(|request, _| answer(request)).await;
    let fixture = hub_fixture(Some(&sha256(&weights())));
    let (options, progress) = options(Some(&server.address));
    assert!(matches!(
        fixture.store.locate(NAME).unwrap(),
        Location::Missing { remedy } if remedy.contains("riddle models pull tiny")
    ));

    let pulled = fixture.store.pull(NAME, &options).await.unwrap();

    assert!(!pulled.already_here);
    assert_eq!(std::fs::read(&pulled.model.weights).unwrap(), weights());
    assert_eq!(
        files_in(&fixture.folder),
        [
            "config.json",
            "manifest.json",
            "model.safetensors",
            "sub",
            "tokenizer.json"
        ]
    );
    let total = weights().len() as u64;
    let last = progress.lock().unwrap().last().cloned().unwrap();
    assert_eq!(last, ("model.safetensors".to_owned(), total, Some(total)));
    let report = fixture.store.verify(NAME).unwrap();
    assert!(report.is_ok(), "{report:?}");
    let trust: Vec<_> = report
        .files
        .iter()
        .map(|file| file.trust.unwrap())
        .collect();
    assert_eq!(trust, [Trust::FirstUse, Trust::FirstUse, Trust::Catalogue]);

    let requests = server.requests().len();
    assert!(
        fixture
            .store
            .pull(NAME, &options)
            .await
            .unwrap()
            .already_here
    );
    assert_eq!(
        server.requests().len(),
        requests,
        "nothing is asked for again"
    );
}

#[tokio::test]
async fn a_dropped_connection_is_resumed() {
    let server = Hub::start(|request, _| {
        let reply = answer(request);
        let whole = is_weights(request) && !request.headers.contains_key("range");
        Reply {
            drop_after: whole.then_some(1_000_000),
            ..reply
        }
    })
    .await;
    let fixture = hub_fixture(Some(&sha256(&weights())));
    let (options, _) = options(Some(&server.address));

    let pulled = fixture.store.pull(NAME, &options).await.unwrap();

    assert_eq!(std::fs::read(pulled.model.weights).unwrap(), weights());
    let asked: Vec<_> = server
        .requests()
        .into_iter()
        .filter(is_weights)
        .map(|r| {
            (
                r.headers.get("range").cloned(),
                r.headers.get("if-range").cloned(),
            )
        })
        .collect();
    assert_eq!(
        asked,
        [
            (None, None),
            (Some("bytes=1000000-".to_owned()), Some("\"w1\"".to_owned()))
        ]
    );
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_starts_anew() {
    let server = Hub::start(|request, before| {
        if !is_weights(request) {
            return answer(request);
        }
        let first = !request.headers.contains_key("range");
        Reply {
            drop_after: first.then_some(500_000),
            ..Reply::file(request, &weights(), &format!("w{before}"))
        }
    })
    .await;
    let fixture = hub_fixture(Some(&sha256(&weights())));
    let (options, _) = options(Some(&server.address));
    let pulled = fixture.store.pull(NAME, &options).await.unwrap();
    assert_eq!(std::fs::read(pulled.model.weights).unwrap(), weights());
}

#[tokio::test]
async fn cancelling_leaves_a_partial_file_that_is_resumed() {
    let server = Hub::start(|request, _| {
        let reply = answer(request);
        let whole = is_weights(request) && !request.headers.contains_key("range");
        Reply {
            stall_after: whole.then_some(2_000_000),
            ..reply
        }
    })
    .await;
    let fixture = hub_fixture(Some(&sha256(&weights())));
    let (mut first, _) = options(Some(&server.address));
    let cancel = first.cancel.clone();
    first.progress = Some(std::sync::Arc::new(move |progress| {
        if progress.file == "model.safetensors" && progress.received == 2_000_000 {
            cancel.cancel();
        }
    }));
    let (error, message) = failure(&fixture.store, &first).await;
    assert!(
        matches!(error, ModelFileError::Cancelled { .. }),
        "{message}"
    );
    let partial = fixture.folder.join("model.safetensors.partial");
    assert_eq!(std::fs::metadata(&partial).unwrap().len(), 2_000_000);
    assert!(matches!(
        fixture.store.locate(NAME).unwrap(),
        Location::Missing { .. }
    ));

    let (second, progress) = options(Some(&server.address));
    fixture.store.pull(NAME, &second).await.unwrap();
    assert!(!partial.exists());
    assert_eq!(progress.lock().unwrap()[0].1, 2_000_000);
    let config_requests = server
        .requests()
        .iter()
        .filter(|r| r.path.ends_with("config.json"))
        .count();
    assert_eq!(
        config_requests, 1,
        "files that are here are not fetched again"
    );
}

#[tokio::test]
async fn a_wrong_hash_is_refused_and_leaves_nothing() {
    let server = Hub::start(|request, _| answer(request)).await;
    let fixture = hub_fixture(Some(&sha256(b"another file")));
    let (options, _) = options(Some(&server.address));
    let (error, message) = failure(&fixture.store, &options).await;
    assert!(matches!(&error, ModelFileError::BadFile { file, .. } if file == "model.safetensors"));
    assert!(message.contains("where the catalogue says"), "{message}");
    assert!(
        !files_in(&fixture.folder)
            .iter()
            .any(|f| f.contains("safetensors"))
    );
}

#[tokio::test]
async fn a_hash_that_the_hub_announces_is_checked_before_and_after() {
    let announce = |hash: String| {
        move |request: &Request, _| {
            let reply = answer(request);
            if is_weights(request) {
                reply
                    .with("x-linked-etag", format!("\"{hash}\""))
                    .with("x-linked-size", weights().len().to_string())
            } else {
                reply
            }
        }
    };
    let honest = Hub::start(announce(sha256(&weights()))).await;
    let fixture = hub_fixture(None);
    let (with_honest, _) = options(Some(&honest.address));
    fixture.store.pull(NAME, &with_honest).await.unwrap();
    let report = fixture.store.verify(NAME).unwrap();
    assert_eq!(report.files[2].trust, Some(Trust::Announced));

    let liar = Hub::start(announce(sha256(b"other"))).await;
    let (with_liar, _) = options(Some(&liar.address));
    let (_, message) = failure(&hub_fixture(None).store, &with_liar).await;
    assert!(message.contains("where the hub says"), "{message}");

    let early = hub_fixture(Some(&sha256(&weights())));
    let (_, message) = failure(&early.store, &with_liar).await;
    assert!(message.contains("where the catalogue says"), "{message}");
    let asked = liar.requests().into_iter().filter(is_weights).count();
    assert_eq!(asked, 2, "a file announced with another hash is not read");
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    for (status, token, expected) in [
        (
            404,
            None,
            "127.0.0.1 answered 404; there is no such repository, revision or file",
        ),
        (
            403,
            None,
            "accept the model's licence on its page and set a hub token",
        ),
        (403, Some("t"), "the token may not read this repository"),
        (401, None, "does not exist or wants a login"),
    ] {
        let server = Hub::start(move |_, _| Reply::status(status)).await;
        let (mut options, _) = options(Some(&server.address));
        options.token = token.map(str::to_owned);
        let (_, message) = failure(&hub_fixture(None).store, &options).await;
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("hub repository owner/tiny@abc, file `config.json`"));
        assert_eq!(server.requests().len(), 1, "a refusal is final");
    }
}

#[tokio::test]
async fn trouble_of_the_server_passes() {
    let server = Hub::start(|request, before| {
        if before == 0 {
            Reply::status(503).with("retry-after", "0".to_owned())
        } else {
            answer(request)
        }
    })
    .await;
    let (options, _) = options(Some(&server.address));
    let fixture = hub_fixture(None);
    let pulled = fixture.store.pull(NAME, &options).await.unwrap();
    assert_eq!(std::fs::read(pulled.model.weights).unwrap(), weights());
    let requests = server.requests();
    let same = requests.iter().filter(|r| r.path == requests[0].path);
    assert_eq!(same.count(), 2, "what was refused is asked for again");
}

#[tokio::test]
async fn redirects_are_followed_without_the_token() {
    let storage = Hub::start(|request, _| answer(request)).await;
    let elsewhere = storage.address.clone();
    let hub = Hub::start(move |request, _| {
        if is_weights(request) {
            Reply::redirect(format!("{elsewhere}{}", request.path))
                .with("x-linked-etag", format!("\"{}\"", sha256(&weights())))
        } else if request.path.starts_with("/moved") {
            answer(&Request {
                path: request.path.replace("/moved", ""),
                ..request.clone()
            })
        } else {
            Reply::redirect(format!("/moved{}", request.path))
        }
    })
    .await;
    let fixture = hub_fixture(None);
    let (mut options, _) = options(Some(&hub.address));
    options.token = Some("secret-token".to_owned());
    assert!(!format!("{options:?}").contains("secret-token"));
    fixture.store.pull(NAME, &options).await.unwrap();
    let authorised = |r: &Request| r.headers.get("authorization").cloned();
    assert!(
        hub.requests()
            .iter()
            .all(|r| authorised(r).as_deref() == Some("Bearer secret-token"))
    );
    assert_eq!(storage.requests().len(), 1);
    assert_eq!(authorised(&storage.requests()[0]), None);
    assert_eq!(
        fixture.store.verify(NAME).unwrap().files[2].trust,
        Some(Trust::Announced)
    );
}

#[tokio::test]
async fn damaged_files_are_fetched_again_and_sound_ones_adopted() {
    let server = Hub::start(|request, _| answer(request)).await;
    let fixture = hub_fixture(None);
    let (options, _) = options(Some(&server.address));
    std::fs::create_dir_all(&fixture.folder).unwrap();
    let put = |name: &str, content: &[u8]| {
        std::fs::write(fixture.folder.join(name), content).unwrap();
    };
    put("config.json", &config());
    put("tokenizer.json", &tokenizer());
    put(
        "model.safetensors",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    );
    let fetched = || -> Vec<String> {
        let paths = server.requests().into_iter().map(|request| request.path);
        paths.map(|path| path.replace(PREFIX, "")).collect()
    };

    let pulled = fixture.store.pull(NAME, &options).await.unwrap();
    assert!(!pulled.already_here);
    assert_eq!(pulled.model.weights_sha256, Some(sha256(&weights())));
    assert_eq!(fetched(), ["sub/extra.json", "model.safetensors"]);

    let mut flipped = weights();
    *flipped.last_mut().unwrap() ^= 1;
    put("model.safetensors", &flipped);
    assert!(!fixture.store.verify(NAME).unwrap().is_ok());
    fixture.store.pull(NAME, &options).await.unwrap();
    assert!(fixture.store.verify(NAME).unwrap().is_ok());
    assert_eq!(fetched()[2..], ["sub/extra.json", "model.safetensors"]);
}

#[tokio::test]
async fn circles_end() {
    let server = Hub::start(|request, _| Reply::redirect(request.path.clone())).await;
    let (options, _) = options(Some(&server.address));
    let (_, message) = failure(&hub_fixture(None).store, &options).await;
    assert!(message.contains("redirects in circles"), "{message}");
}

#[tokio::test]
async fn offline_mode_opens_no_connection() {
    let server = Hub::start(|request, _| answer(request)).await;
    let fixture = hub_fixture(None);
    let (mut options, _) = options(Some(&server.address));
    options.offline = true;
    let (error, message) = failure(&fixture.store, &options).await;
    assert!(matches!(error, ModelFileError::Offline { .. }));
    assert!(
        message.contains("offline mode refuses the network"),
        "{message}"
    );
    assert!(
        message.contains("riddle models pull tiny --from FOLDER"),
        "{message}"
    );
    assert!(server.requests().is_empty());
    assert!(!fixture.folder.exists());
}

#[tokio::test]
async fn a_mirror_below_a_path_is_used() {
    let server = Hub::start(|request, _| match request.path.strip_prefix("/mirror/hf") {
        Some(path) => answer(&Request {
            path: path.to_owned(),
            ..request.clone()
        }),
        None => Reply::status(404),
    })
    .await;
    let (options, _) = options(Some(&format!("{}/mirror/hf/", server.address)));
    let fixture = hub_fixture(None);
    let pulled = fixture.store.pull(NAME, &options).await.unwrap();
    assert_eq!(std::fs::read(pulled.model.weights).unwrap(), weights());
    for request in server.requests() {
        assert!(request.path.starts_with("/mirror/hf/"), "{}", request.path);
    }
}

#[tokio::test]
async fn a_web_page_in_place_of_a_file_is_refused() {
    let server = Hub::start(|request, _| Reply {
        body: b"<!DOCTYPE html><html>please log in</html>".to_vec(),
        ..Reply::file(request, b"", "page")
    })
    .await;
    let (options, _) = options(Some(&server.address));
    let (_, message) = failure(&hub_fixture(None).store, &options).await;
    assert!(
        message.contains("file `config.json`: is a web page"),
        "{message}"
    );
}

#[tokio::test]
async fn the_next_source_helps_out() {
    let server = Hub::start(|request, _| match request.path.contains("/gone/") {
        true => Reply::status(404),
        false => answer(request),
    })
    .await;
    let sources = r#"{ kind = "hub", repo = "owner/gone", revision = "abc" }, { kind = "hub", repo = "owner/tiny", revision = "abc" }"#;
    let (options, _) = options(Some(&server.address));
    let both = fixture(sources, None);
    both.store.pull(NAME, &options).await.unwrap();

    let neither = fixture(&sources.replace("owner/tiny", "owner/gone/too"), None);
    let (_, message) = failure(&neither.store, &options).await;
    assert!(
        message.starts_with("no source gave model `tiny`: "),
        "{message}"
    );
}

/// On ModelScope below `/models`, on the hub below nothing.
#[tokio::test]
async fn modelscope_is_asked_for_the_same_name_where_the_hashes_are_known() {
    const THERE: &str = "/models/owner/tiny/resolve/master/";
    let asked = |server: &Hub| -> Vec<bool> {
        let requests = server.requests().into_iter();
        requests
            .map(|request| request.path.starts_with(THERE))
            .collect()
    };
    let chosen = |server: &Hub| PullOptions {
        modelscope_endpoint: Some(server.address.clone()),
        first_hub: Some(HubKind::ModelScope),
        ..options(Some(&server.address)).0
    };
    let both = |request: &Request| match request.path.strip_prefix(THERE) {
        Some(file) => answer(&Request {
            path: format!("{PREFIX}{file}"),
            ..request.clone()
        }),
        None => answer(request),
    };
    let server = Hub::start(move |request, _| both(request)).await;
    let pinned = pinned_hub_fixture();
    pinned.store.pull(NAME, &chosen(&server)).await.unwrap();
    // The file whose hash is not known is not asked for.
    assert_eq!(asked(&server), [true, true, true]);

    // A name that nobody has there, or one of another model.
    let another = br#"{"model_type":"bert","hidden_size":4,"of":"another"}"#;
    for stranger in [None, Some(another)] {
        let server = Hub::start(move |request, _| {
            let there = request.path.starts_with(THERE);
            match stranger.filter(|_| there) {
                Some(content) => Reply::file(request, content, "c2"),
                None if there => Reply::status(404),
                None => answer(request),
            }
        })
        .await;
        let pinned = pinned_hub_fixture();
        let pulled = pinned.store.pull(NAME, &chosen(&server)).await.unwrap();
        assert_eq!(std::fs::read(pulled.model.weights).unwrap(), weights());
        assert_eq!(asked(&server), [true, false, false, false, false]);
    }

    let server = Hub::start(move |request, _| both(request)).await;
    let trusting = hub_fixture(Some(&sha256(&weights())));
    trusting.store.pull(NAME, &chosen(&server)).await.unwrap();
    assert!(!asked(&server).contains(&true), "{:?}", asked(&server));
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let (options, _) = options(Some("hub.example.org"));
    let (_, message) = failure(&hub_fixture(None).store, &options).await;
    assert!(message.contains("set `models.hub_endpoint`"), "{message}");
}

#[tokio::test]
async fn weights_that_a_person_put_there_stay_when_the_model_is_added_again() {
    let server = Hub::start(|request, _| {
        if request.path.ends_with("tokenizer.json") {
            return Reply::status(404);
        }
        answer(request)
    })
    .await;
    let fixture = hub_fixture(Some(&sha256(&weights())));
    let by_hand = fixture.folder.join("model.safetensors");
    std::fs::create_dir_all(&fixture.folder).unwrap();
    std::fs::write(&by_hand, weights()).unwrap();
    let (options, _) = options(Some(&server.address));
    failure(&fixture.store, &options).await;

    let entry = fixture.store.catalogue().find(NAME).unwrap();
    assert!(!fixture.store.make_way(entry).unwrap());
    assert_eq!(std::fs::read(&by_hand).unwrap(), weights());
}
