//! Numbers of the configuration that mean something. Others would make a server that starts and serves nobody.

use std::ops::RangeInclusive;

use anyhow::ensure;
use riddle_engine::bounds::MAX_ANSWER_TOKENS;

use super::{Limits, OcrConfig};

const MOST_MIB: u64 = 1 << 20;
/// Below that no document is read.
const LEAST_PROCESS_MIB: u64 = 64;
const MOST_SECONDS: u64 = 7 * 24 * 3_600;
const MOST_MS: u64 = 3_600_000;
const MOST_AT_ONCE: u64 = 100_000;
const MOST_THREADS: u64 = 1_024;
const MOST_PROMPT_TOKENS: u64 = 10_000_000;
const MOST_PAGES: u64 = 1_000_000;
const MOST_MEGAPIXELS: u64 = 10_000;

/// A key, its value, and what it may be.
type Bounded = (&'static str, u64, RangeInclusive<u64>);

pub(super) fn check_limits(limits: &Limits) -> anyhow::Result<()> {
    let per_address = limits.max_connections_per_address.unwrap_or(1);
    check(
        "limits",
        [
            ("max_upload_mib", limits.max_upload_mib, 1..=MOST_MIB),
            (
                "parser_memory_mib",
                limits.parser_memory_mib,
                LEAST_PROCESS_MIB..=MOST_MIB,
            ),
            ("parser_seconds", limits.parser_seconds, 1..=MOST_SECONDS),
            (
                "parse_workers",
                limits.parse_workers as u64,
                0..=MOST_THREADS,
            ),
            ("rerank_deadline_ms", limits.rerank_deadline_ms, 0..=MOST_MS),
            (
                "stand_in_deadline_ms",
                limits.stand_in_deadline_ms,
                0..=MOST_MS,
            ),
            (
                "prompt_budget_tokens",
                limits.prompt_budget_tokens.into(),
                1..=MOST_PROMPT_TOKENS,
            ),
            (
                "max_answer_tokens",
                limits.max_answer_tokens.into(),
                1..=MAX_ANSWER_TOKENS.into(),
            ),
            (
                "max_concurrent_queries",
                limits.max_concurrent_queries as u64,
                0..=MOST_AT_ONCE,
            ),
            (
                "max_connections",
                limits.max_connections as u64,
                1..=MOST_AT_ONCE,
            ),
            (
                "max_connections_per_address",
                per_address as u64,
                1..=MOST_AT_ONCE,
            ),
        ],
    )
}

pub(super) fn check_ocr(ocr: &OcrConfig) -> anyhow::Result<()> {
    check(
        "ocr",
        [
            ("max_pages", ocr.max_pages.into(), 0..=MOST_PAGES),
            ("max_megapixels", ocr.max_megapixels, 1..=MOST_MEGAPIXELS),
            ("page_seconds", ocr.page_seconds, 1..=MOST_SECONDS),
            ("document_seconds", ocr.document_seconds, 1..=MOST_SECONDS),
            ("memory_mib", ocr.memory_mib, LEAST_PROCESS_MIB..=MOST_MIB),
            ("threads", ocr.threads.into(), 0..=MOST_THREADS),
        ],
    )
}

pub(super) fn check_models(
    threads: Option<usize>,
    gpu_memory_mib: Option<usize>,
) -> anyhow::Result<()> {
    check(
        "models",
        [
            ("threads", threads.unwrap_or(0) as u64, 0..=MOST_THREADS),
            (
                "gpu_memory_mib",
                gpu_memory_mib.unwrap_or(0) as u64,
                0..=MOST_MIB,
            ),
        ],
    )
}

fn check<const N: usize>(section: &str, values: [Bounded; N]) -> anyhow::Result<()> {
    for (key, value, range) in values {
        ensure!(
            range.contains(&value),
            "`{section}.{key}` is {value}; write a number from {} to {}",
            range.start(),
            range.end()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_serve_nobody_are_refused_with_what_may_be_written() {
        assert!(check_limits(&Limits::default()).is_ok());
        assert!(check_ocr(&OcrConfig::default()).is_ok());
        for (written, told) in [
            ("max_upload_mib = 9007199254740992", "from 1 to 1048576"),
            ("parser_memory_mib = 0", "`limits.parser_memory_mib` is 0"),
            ("parser_seconds = 0", "from 1 to 604800"),
            (
                "max_concurrent_queries = 4611686018427387904",
                "from 0 to 100000",
            ),
            ("max_connections = 0", "from 1 to 100000"),
            ("max_connections_per_address = 0", "from 1 to 100000"),
            ("max_answer_tokens = 0", "from 1 to 32768"),
        ] {
            let limits: Limits = toml::from_str(written).expect("limits");
            let problem = check_limits(&limits).expect_err(written).to_string();
            assert!(problem.contains(told), "{problem}");
        }
        let ocr: OcrConfig = toml::from_str("memory_mib = 1").expect("settings");
        let problem = check_ocr(&ocr).expect_err("too little").to_string();
        assert!(problem.contains("`ocr.memory_mib` is 1"), "{problem}");
        let problem = check_models(Some(100_000), None).expect_err("too many");
        assert!(
            problem.to_string().contains("`models.threads`"),
            "{problem}"
        );
    }
}
