//! Against a small HTTP server that answers as a test tells it.

#![expect(
    clippy::expect_used,
    reason = "a test fails by panicking, its helpers included"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use riddle_client::ApiKey;
use riddle_core::{
    Embedder, LanguageCoverage, ModelError, Pair, Purpose, Reranker, ScoreOptions, ScoreScale,
};
use riddle_remote::{
    RemoteEmbedder, RemoteEmbedderSpec, RemoteReranker, RemoteRerankerSpec, RemoteServer, RerankApi,
};

/// What the server says to one request, and how long it takes.
#[derive(Clone)]
struct Reply {
    status: u16,
    body: String,
    after: Duration,
}

/// A request: its head in small letters, and its body.
type Request = (String, String);

fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply {
        status,
        body: body.into(),
        after: Duration::ZERO,
    }
}

/// Answers one request after the other as told, the last reply again and again.
fn serve(replies: Vec<Reply>) -> (RemoteServer, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        let mut replies = replies.into_iter();
        let mut last = reply(500, "");
        for stream in listener.incoming() {
            last = replies.next().unwrap_or(last);
            let Ok(stream) = stream else { return };
            // A client that has gone is what some tests want.
            let _ = answer(&stream, &last, &sender);
        }
    });
    let server = RemoteServer {
        name: "far".to_owned(),
        base_url: format!("http://{address}/v1"),
        model: "their-name".to_owned(),
        api_key: Some(ApiKey::new("secret")),
    };
    (server, requests)
}

fn answer(stream: &TcpStream, reply: &Reply, seen: &Sender<Request>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let head = head.to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    // The test may have ended.
    let _ = seen.send((head, body));
    std::thread::sleep(reply.after);
    let Reply { status, body, .. } = reply;
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn reranker(server: RemoteServer) -> RemoteReranker {
    let spec = RemoteRerankerSpec {
        server,
        api: RerankApi::Jina,
        max_tokens: 512,
        scale: ScoreScale::Similarity,
        default_weight: 0.5,
    };
    RemoteReranker::open(spec).expect("nothing is sent yet")
}

fn embedder(server: RemoteServer) -> Result<Box<dyn Embedder>, ModelError> {
    let spec = RemoteEmbedderSpec {
        server,
        max_tokens: 512,
        query_prefix: "query: ".to_owned(),
        passage_prefix: String::new(),
        languages: LanguageCoverage::Multilingual,
    };
    RemoteEmbedder::open(spec).map(|loaded| loaded.embedder)
}

fn in_time() -> ScoreOptions {
    ScoreOptions::until(Instant::now() + Duration::from_secs(30))
}

const PAIRS: [Pair<'static>; 2] = [
    Pair {
        query: "q",
        passage: "first",
    },
    Pair {
        query: "q",
        passage: "second",
    },
];

fn raw(scores: &[Option<riddle_core::PairScore>]) -> Vec<Option<f32>> {
    scores.iter().map(|score| score.map(|s| s.raw)).collect()
}

#[test]
fn a_reranker_is_asked_by_its_name_and_key() {
    let scores = r#"{"results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.2}]}"#;
    let (server, requests) = serve(vec![reply(200, scores)]);
    let scored = reranker(server).score(&PAIRS, &in_time()).expect("scores");
    assert_eq!(raw(&scored), [Some(0.2), Some(0.9)]);
    let (head, body) = requests.recv().expect("a request");
    assert!(head.starts_with("post /v1/rerank "), "{head}");
    assert!(head.contains("authorization: bearer secret"), "{head}");
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body["model"], "their-name");
    assert_eq!(body["documents"], serde_json::json!(["first", "second"]));
}

#[test]
fn pairs_of_two_questions_are_two_requests() {
    let one = r#"{"results": [{"index": 0, "relevance_score": 0.5}]}"#;
    let (server, requests) = serve(vec![reply(200, one)]);
    let pairs = [
        PAIRS[0],
        Pair {
            query: "other",
            ..PAIRS[1]
        },
    ];
    let scored = reranker(server).score(&pairs, &in_time()).expect("scores");
    assert_eq!(raw(&scored), [Some(0.5), Some(0.5)]);
    let asked = requests
        .try_iter()
        .map(|(_, body)| body)
        .collect::<Vec<_>>();
    assert!(
        asked[0].contains("first") && asked[1].contains("other"),
        "{asked:?}"
    );
}

#[test]
fn what_the_deadline_cuts_off_has_no_score_and_is_no_failure() {
    let late = Reply {
        after: Duration::from_secs(20),
        ..reply(200, "{}")
    };
    let (server, _requests) = serve(vec![late]);
    let soon = ScoreOptions::until(Instant::now() + Duration::from_millis(200));
    let scored = reranker(server).score(&PAIRS, &soon).expect("no failure");
    assert_eq!(raw(&scored), [None, None]);
    let passed = ScoreOptions::until(Instant::now());
    let (server, requests) = serve(vec![reply(200, "{}")]);
    let scored = reranker(server).score(&PAIRS, &passed).expect("no failure");
    assert_eq!(raw(&scored), [None, None]);
    assert!(
        requests.try_recv().is_err(),
        "nothing is asked after the deadline"
    );
}

#[test]
fn a_server_that_fails_is_left_alone_for_a_while() {
    let (server, requests) = serve(vec![reply(502, "")]);
    let mut reranker = reranker(server);
    let mut told = Vec::new();
    for _ in 0..5 {
        let error = reranker.score(&PAIRS, &in_time()).expect_err("it fails");
        told.push(error.to_string());
    }
    assert_eq!(requests.try_iter().count(), 3);
    assert!(told[2].contains("failed (502)"), "{told:?}");
    assert!(told[4].contains("left alone"), "{told:?}");
}

#[test]
fn what_is_wrong_says_what_to_check() {
    for (answer, wanted) in [
        (reply(401, ""), "api_key_file"),
        (reply(404, ""), "base_url"),
        (reply(422, ""), "`api`"),
        (reply(302, ""), "base_url"),
        (reply(200, "not JSON"), "of a reranker, `api`"),
        (reply(200, r#"{"results": []}"#), "lacks a score"),
        (reply(200, "x".repeat(1 << 20)), "bytes"),
    ] {
        let (server, _requests) = serve(vec![answer]);
        let error = reranker(server).score(&PAIRS, &in_time());
        let error = error.expect_err(wanted).to_string();
        assert!(error.contains(wanted), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let nowhere = RemoteServer {
        name: "far".to_owned(),
        base_url: "http://127.0.0.1:1".to_owned(),
        model: "m".to_owned(),
        api_key: None,
    };
    let error = reranker(nowhere).score(&PAIRS, &in_time());
    let error = error.expect_err("nobody is there").to_string();
    assert!(error.contains("cannot be reached"), "{error}");
}

#[test]
fn an_embedder_tells_its_length_and_when_its_server_is_away() {
    let vector = r#"{"data": [{"index": 0, "embedding": [3.0, 4.0]}]}"#;
    let replies = vec![
        reply(200, vector),
        reply(503, ""),
        reply(200, vector),
        reply(503, ""),
    ];
    let (server, requests) = serve(replies);
    let mut embedder = embedder(server).expect("it answers");
    assert_eq!(embedder.info().dimensions, 2);
    assert!(!embedder.gives_token_vectors());
    let away = embedder.embed(&["a passage"], Purpose::Passage);
    let away = away.expect_err("at once");
    assert!(matches!(away, ModelError::Away { .. }), "{away}");
    let made = embedder.embed(&["a passage"], Purpose::Passage);
    assert_eq!(made.expect("it is back"), [[0.6, 0.8]]);
    let error = embedder.embed(&["question"], Purpose::Query);
    assert!(
        error
            .expect_err("at once")
            .to_string()
            .contains("busy (503)")
    );
    let bodies: Vec<String> = requests.try_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies.len(), 4);
    assert!(bodies[2].contains(r#""input":["a passage"]"#), "{bodies:?}");
    assert!(
        bodies[3].contains(r#""input":["query: question"]"#),
        "{bodies:?}"
    );
}

#[test]
fn an_embedder_whose_server_is_away_may_be_opened_later() {
    for (status, told) in [(503, "busy"), (401, "api_key_file"), (404, "`model`")] {
        let (server, _requests) = serve(vec![reply(status, "")]);
        let Err(error) = embedder(server) else {
            panic!("no vector has come");
        };
        assert!(matches!(error, ModelError::Away { .. }), "{error}");
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[test]
fn a_slow_server_is_asked_for_fewer_passages_at_once() {
    let vector = r#"{"data": [{"index": 0, "embedding": [3.0, 4.0]}]}"#;
    let (server, requests) = serve(vec![reply(200, vector), reply(504, "")]);
    let mut embedder = embedder(server).expect("it answers");
    let texts = ["a"; 32];
    for _ in 0..2 {
        let error = embedder.embed(&texts, Purpose::Passage);
        error.expect_err("it has no time for them");
    }
    let counts = requests.try_iter().skip(1).map(|(_, body)| {
        let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        body["input"].as_array().map(Vec::len)
    });
    assert_eq!(counts.collect::<Vec<_>>(), [Some(32), Some(16)]);
}
