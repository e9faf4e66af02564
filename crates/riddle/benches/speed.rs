//! Speed and memory of the real server, as `make bench` prints them.
//!
//! Every figure that depends on the machine stands beside its yardstick from the same run.
#![expect(clippy::print_stdout, reason = "the figures are the result")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot run ends with what is wrong"
)]

#[path = "../../../tests/support.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod support;

mod speed {
    pub(crate) mod embedding;
    pub(crate) mod ingest;
    pub(crate) mod search;
    pub(crate) mod sharing;
    pub(crate) mod start;
    pub(crate) mod text;
}

use riddle_test_support::variable;

#[tokio::main]
async fn main() {
    let chosen = variable("RIDDLE_BENCH");
    let wanted = |name: &str| {
        chosen
            .as_ref()
            .is_none_or(|chosen| chosen.split(',').any(|part| part == name))
    };
    if wanted("embedding") {
        speed::embedding::measure().await;
    }
    if wanted("ingest") {
        speed::ingest::measure().await;
    }
    if wanted("start") {
        speed::start::measure().await;
    }
    if wanted("sharing") {
        speed::sharing::measure().await;
    }
    if wanted("search") {
        speed::search::measure().await;
    }
}
