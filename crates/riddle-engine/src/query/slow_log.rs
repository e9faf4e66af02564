//! The log of slow queries: their stages and sizes, and never the question.

use std::time::Duration;

use riddle_core::{Answer, Comparison, RerankReport, SearchResponse, Timings};

use crate::query::answer::AnswerInput;
use crate::query::ports::QueryPorts;
use crate::query::search_plan::SearchPlan;
use crate::scope::Scope;
use crate::slow_work::SlowWork;
use crate::timing::{Stopwatch, millis};

/// How a query ended whose stages are all known.
const DONE: &str = "done";

/// What a line has beside times.
struct Query<'a> {
    kind: &'static str,
    scope: &'a Scope,
    candidates: u32,
    passages: usize,
    rerank: &'a RerankReport,
    /// The model that wrote the answer, if there is one.
    model: Option<&'a str>,
}

/// Watches a query that may fail, or whose caller may leave it.
pub(super) fn watch(
    ports: QueryPorts<'_>,
    kind: &'static str,
    scope: &Scope,
    watch: Stopwatch,
) -> SlowWork {
    SlowWork::query(ports.options, kind, watch, knowledge_bases(scope))
}

/// Logs a search that took long.
pub(super) fn search(ports: QueryPorts<'_>, plan: &SearchPlan, response: &SearchResponse) {
    if is_slow(ports, response.timings.total_ms) {
        let query = Query {
            kind: "search",
            scope: &plan.scope,
            candidates: response.candidates,
            passages: response.hits.len(),
            rerank: &response.rerank,
            model: None,
        };
        query.log(&response.timings);
    }
}

/// Logs an answer that took long.
pub(super) fn answer(ports: QueryPorts<'_>, input: &AnswerInput, answer: &Answer) {
    if is_slow(ports, answer.timings.total_ms) {
        let query = Query {
            kind: "answer",
            scope: &input.plan.scope,
            candidates: input.search.candidates,
            passages: answer.contexts.len(),
            rerank: &answer.rerank,
            model: Some(&answer.model),
        };
        query.log(&answer.timings);
    }
}

/// Logs a comparison that took long in all.
pub(super) fn comparison(
    ports: QueryPorts<'_>,
    plan: &SearchPlan,
    comparison: &Comparison,
    took: Duration,
) {
    let total_ms = millis(took);
    if !is_slow(ports, total_ms) {
        return;
    }
    let (without, with) = (&comparison.without_rerank, &comparison.with_rerank);
    let (a, b, rerank) = (&without.timings, &with.timings, &with.rerank);
    tracing::warn!(
        kind = "comparison",
        outcome = DONE,
        knowledge_bases = knowledge_bases(&plan.scope),
        embedders = embedders(&plan.scope),
        reranker = rerank.model,
        model = with.model,
        candidates = comparison.candidates,
        total_ms,
        embed_ms = a.embed_ms,
        bm25_ms = a.bm25_ms,
        dense_ms = a.dense_ms,
        fuse_ms = a.fuse_ms,
        without_rerank.queue_ms = a.queue_ms,
        without_rerank.extract_ms = a.extract_ms,
        without_rerank.prefill_ms = a.prefill_ms,
        without_rerank.decode_ms = a.decode_ms,
        without_rerank.total_ms = a.total_ms,
        with_rerank.queue_ms = b.queue_ms,
        with_rerank.rerank_ms = b.rerank_ms,
        with_rerank.pairs = rerank.pairs,
        with_rerank.unscored_pairs = rerank.unscored_pairs,
        with_rerank.extract_ms = b.extract_ms,
        with_rerank.prefill_ms = b.prefill_ms,
        with_rerank.decode_ms = b.decode_ms,
        with_rerank.total_ms = b.total_ms,
        "slow query"
    );
}

impl Query<'_> {
    fn log(&self, timings: &Timings) {
        tracing::warn!(
            kind = self.kind,
            outcome = DONE,
            knowledge_bases = knowledge_bases(self.scope),
            embedders = embedders(self.scope),
            reranker = self.rerank.model,
            model = self.model,
            candidates = self.candidates,
            passages = self.passages,
            pairs = self.rerank.pairs,
            unscored_pairs = self.rerank.unscored_pairs,
            total_ms = timings.total_ms,
            queue_ms = timings.queue_ms,
            rewrite_ms = timings.rewrite_ms,
            embed_ms = timings.embed_ms,
            bm25_ms = timings.bm25_ms,
            dense_ms = timings.dense_ms,
            fuse_ms = timings.fuse_ms,
            rerank_ms = timings.rerank_ms,
            extract_ms = timings.extract_ms,
            prefill_ms = timings.prefill_ms,
            decode_ms = timings.decode_ms,
            first_token_ms = timings.first_token_ms,
            "slow query"
        );
    }
}

fn is_slow(ports: QueryPorts<'_>, total_ms: f64) -> bool {
    let slow_query = ports.options.slow_query;
    slow_query.is_some_and(|slow| total_ms >= millis(slow))
}

fn knowledge_bases(scope: &Scope) -> String {
    let ids: Vec<String> = scope.ids().iter().map(ToString::to_string).collect();
    ids.join(" ")
}

fn embedders(scope: &Scope) -> String {
    let embedders = scope
        .all()
        .filter_map(|base| base.settings.embedder.as_deref());
    let mut embedders: Vec<&str> = embedders.collect();
    embedders.sort_unstable();
    embedders.dedup();
    embedders.join(" ")
}
