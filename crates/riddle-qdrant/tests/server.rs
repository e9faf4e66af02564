//! Calls to a server of the test's process.

#![expect(
    clippy::expect_used,
    reason = "a helper of a test fails as the test itself does"
)]

use riddle_qdrant::{
    Condition, Distance, Failure, Field, NewCollection, Point, Purpose, Quantization, Server,
    ServerOptions,
};
use riddle_test_qdrant::{Code, Fault, TestQdrant};
use serde_json::{Map, json};
use uuid::Uuid;

const NAME: &str = "points";
/// More than go into one call of any kind.
const MANY: u128 = 4_500;

fn options(url: String) -> ServerOptions {
    ServerOptions {
        quantization: Quantization::Binary,
        ..ServerOptions::at(url)
    }
}

/// A server with an empty collection.
fn with_collection(qdrant: &TestQdrant) -> Server {
    let server = Server::new(options(qdrant.url())).expect("an address");
    server
        .create(NewCollection {
            name: NAME,
            dimensions: 2,
            distance: Distance::Cosine,
            graph_m: 16,
            graph_ef_construct: 100,
            purpose: Purpose::Search,
        })
        .expect("made");
    server
        .index_field(NAME, "parity", Field::Terms)
        .expect("made");
    server
}

fn point(n: u128) -> Point {
    let angle = n as f32 / MANY as f32;
    let mut payload = Map::new();
    payload.insert("parity".to_owned(), json!(parity(n)));
    Point {
        id: Uuid::from_u128(n + 1),
        vector: vec![angle.cos(), angle.sin()],
        payload,
    }
}

fn parity(n: u128) -> &'static str {
    match n % 2 {
        0 => "even",
        _ => "odd",
    }
}

fn is(parity: &str) -> Vec<Condition> {
    vec![Condition::AnyOf {
        key: "parity".to_owned(),
        values: vec![parity.to_owned()],
    }]
}

#[test]
fn more_than_one_call_holds_is_written_read_and_removed_whole() {
    let qdrant = TestQdrant::start();
    let server = with_collection(&qdrant);
    let before = qdrant.calls();
    server
        .upsert(NAME, (0..MANY).map(point).collect())
        .expect("written");
    assert_eq!(qdrant.calls() - before, 5, "a thousand in each");

    let mut ids = server.ids(NAME, &[], usize::MAX).expect("read");
    ids.sort_unstable();
    let all: Vec<Uuid> = (0..MANY).map(|n| Uuid::from_u128(n + 1)).collect();
    assert_eq!(ids, all);
    let few = server.ids(NAME, &is("odd"), 3).expect("read");
    assert_eq!(few.len(), 3);

    server.delete(NAME, &all).expect("removed");
    let left = server.ids(NAME, &[], usize::MAX).expect("read");
    assert!(left.is_empty(), "{} are left", left.len());
}

#[test]
fn the_nearest_that_fulfil_the_conditions_come_first() {
    let qdrant = TestQdrant::start();
    let server = with_collection(&qdrant);
    let points = (0..50).map(point).collect();
    server.upsert(NAME, points).expect("written");
    let hits = server.search(NAME, &[1.0, 0.0], &is("odd"), 2, 64);
    let hits = hits.expect("searched");
    let ids: Vec<Uuid> = hits.iter().map(|hit| hit.id).collect();
    assert_eq!(ids, [Uuid::from_u128(2), Uuid::from_u128(4)]);
    assert!(hits[0].score >= hits[1].score);

    let payload = server.payload(NAME, Uuid::from_u128(1)).expect("read");
    assert_eq!(payload.expect("there")["parity"], "even");
    let none = server.payload(NAME, Uuid::from_u128(99)).expect("read");
    assert_eq!(none, None);
}

#[test]
fn what_is_not_there_is_told_and_may_be_dropped() {
    let qdrant = TestQdrant::start();
    let server = with_collection(&qdrant);
    assert!(server.collections().expect("listed").contains(NAME));
    for _ in 0..2 {
        server.drop_collection(NAME).expect("dropped");
    }
    assert_eq!(server.upsert(NAME, vec![point(1)]), Err(Failure::Missing));
    assert_eq!(server.ids(NAME, &[], 1), Err(Failure::Missing));
}

#[test]
fn an_address_that_cannot_be_meant_is_refused() {
    for url in ["qdrant:6334", "ftp://qdrant", "http://me:secret@qdrant"] {
        let refused = Server::new(options(url.to_owned())).err();
        let refused = refused.expect("refused").to_string();
        assert!(
            refused.contains("vectors.url") && !refused.contains("secret"),
            "{refused}"
        );
    }
}

/// The engine may drop its index on a thread of its runtime.
#[tokio::test]
async fn a_server_may_be_dropped_by_a_task() {
    let qdrant = TestQdrant::stopped();
    drop(Server::new(options(qdrant.url())).expect("an address"));
}

#[test]
fn a_server_that_stays_busy_is_not_asked_for_ever() {
    let qdrant = TestQdrant::start();
    let server = with_collection(&qdrant);
    qdrant.plan(Some(Fault::Refuse(Code::ResourceExhausted, usize::MAX)));
    let before = qdrant.calls();
    let busy = server.collections();
    assert_eq!(busy, Err(Failure::Busy { retry_after: None }));
    assert_eq!(qdrant.calls() - before, 4, "four tries");
}
