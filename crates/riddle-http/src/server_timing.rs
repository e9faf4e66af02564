//! Stages and their times, for the `Server-Timing` header and the metrics.

use std::fmt::Write;

use riddle_core::Timings;

/// The stages that ran, in milliseconds, in the order they ran.
pub(crate) fn stages(timings: &Timings) -> impl Iterator<Item = (&'static str, f64)> {
    [
        ("queue", Some(timings.queue_ms)),
        ("rewrite", timings.rewrite_ms),
        ("embed", timings.embed_ms),
        ("bm25", timings.bm25_ms),
        ("dense", timings.dense_ms),
        ("fuse", Some(timings.fuse_ms)),
        ("rerank", timings.rerank_ms),
        ("extract", timings.extract_ms),
        ("prefill", timings.prefill_ms),
        ("decode", timings.decode_ms),
        ("total", Some(timings.total_ms)),
    ]
    .into_iter()
    .filter_map(|(stage, ms)| Some((stage, ms?)))
}

/// The value of a `Server-Timing` header. `prefix` tells the variants of a comparison apart.
pub(crate) fn header_value(prefix: &str, timings: &Timings) -> String {
    let mut value = String::new();
    for (stage, ms) in stages(timings) {
        let separator = if value.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(value, "{separator}{prefix}{stage};dur={ms:.3}");
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_that_did_not_run_are_left_out() {
        let timings = Timings {
            bm25_ms: Some(1.25),
            total_ms: 2.0,
            ..Timings::default()
        };
        assert_eq!(
            header_value("a-", &timings),
            "a-queue;dur=0.000, a-bm25;dur=1.250, a-fuse;dur=0.000, a-total;dur=2.000"
        );
    }
}
