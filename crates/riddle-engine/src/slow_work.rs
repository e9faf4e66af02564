//! Lines of the log of slow queries for work that did not come to its end, and for that of other tools, which has no
//! stages to tell of.

use std::time::Duration;

use crate::error::EngineError;
use crate::options::EngineOptions;
use crate::timing::{Stopwatch, millis};

/// How work ends that nobody has brought to its end.
const LEFT: &str = "left";

/// Work that somebody waits for. It is logged when this is dropped, if it took long by then.
pub(crate) struct SlowWork {
    /// `None` where nothing is to be logged.
    bound: Option<Duration>,
    kind: &'static str,
    watch: Stopwatch,
    knowledge_bases: Option<String>,
    texts: Option<usize>,
    model: Option<String>,
    outcome: &'static str,
}

impl SlowWork {
    /// A query of these knowledge bases.
    pub(crate) fn query(
        options: &EngineOptions,
        kind: &'static str,
        watch: Stopwatch,
        knowledge_bases: String,
    ) -> Self {
        Self {
            bound: options.slow_query,
            kind,
            watch,
            knowledge_bases: Some(knowledge_bases),
            texts: None,
            model: None,
            outcome: LEFT,
        }
    }

    /// Work of a model at so many texts of a tool.
    pub(crate) fn tool(options: &EngineOptions, kind: &'static str, texts: usize) -> Self {
        Self {
            bound: options.slow_query,
            kind,
            watch: Stopwatch::start(),
            knowledge_bases: None,
            texts: Some(texts),
            model: None,
            outcome: LEFT,
        }
    }

    /// Notes how a tool's work has ended, and by which model.
    pub(crate) fn ended<T>(
        mut self,
        end: Result<T, EngineError>,
        model: impl FnOnce(&T) -> &String,
    ) -> Result<T, EngineError> {
        self.model = end.as_ref().ok().map(model).cloned();
        self.outcome = if end.is_ok() { "done" } else { "failed" };
        end
    }

    /// Notes whether a query has failed. One that has not is logged with its stages by whoever has brought it to its
    /// end.
    pub(crate) fn unless_done<T>(mut self, end: Result<T, EngineError>) -> Result<T, EngineError> {
        self.outcome = "failed";
        self.bound = self.bound.filter(|_| end.is_err());
        end
    }
}

impl Drop for SlowWork {
    fn drop(&mut self) {
        let took = self.watch.elapsed();
        if self.bound.is_some_and(|bound| took >= bound) {
            tracing::warn!(
                kind = self.kind,
                outcome = self.outcome,
                knowledge_bases = self.knowledge_bases,
                model = self.model,
                texts = self.texts,
                total_ms = millis(took),
                "slow query"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use riddle_core::{Purpose, RetrievalMode, SearchRequest};
    use riddle_testkit::{EMBEDDER, FakeLibrary, FakeModels};

    use super::*;
    use crate::inference::{EmbedTexts, RerankPairs};
    use crate::testing::log::Log;
    use crate::testing::{TestEngine, named};

    async fn logging() -> TestEngine {
        let adjust = |options| EngineOptions {
            slow_query: Some(Duration::ZERO),
            ..options
        };
        TestEngine::adjusted(FakeModels::default(), FakeLibrary::empty(), adjust).await
    }

    fn count(log: &Log, texts: [&str; 2]) -> usize {
        log.count_of(&texts.map(|text| format!("{text:?} ")).concat())
    }

    #[tokio::test]
    async fn work_of_tools_is_logged_whether_it_succeeds_or_fails() {
        let (log, _recording) = Log::of_this_thread();
        let test = logging().await;
        for (text, outcome) in [("all is well", "done"), ("here it goes boom", "failed")] {
            let pairs = RerankPairs::new("well".to_owned(), vec![text.to_owned()]);
            let reranked = test.engine.rerank(pairs).await;
            assert_eq!(reranked.is_ok(), outcome == "done");
            let texts = EmbedTexts {
                texts: vec![text.to_owned()],
                model: Some(EMBEDDER.to_owned()),
                purpose: Purpose::Passage,
                truncate: true,
                dimensions: None,
                keeps_lengths: false,
            };
            let embedded = test.engine.embed(texts).await;
            assert_eq!(embedded.is_ok(), outcome == "done");
            for kind in ["rerank", "embed"] {
                assert_eq!(count(&log, [kind, outcome]), 1, "{kind} {outcome}");
            }
        }
    }

    #[tokio::test]
    async fn a_search_that_fails_is_logged_once_and_so_is_one_that_its_caller_leaves() {
        let (log, _recording) = Log::of_this_thread();
        let test = logging().await;
        let mut without_embedder = named("words");
        without_embedder.embedder = Some("none".to_owned());
        let made = test.engine.create_knowledge_base(without_embedder).await;
        made.expect("a knowledge base");
        let request = SearchRequest {
            mode: Some(RetrievalMode::Dense),
            rerank: Some(false),
            ..SearchRequest::of("all is well")
        };
        let found = test.engine.search(&["words"], request).await;
        assert!(found.is_err());
        assert_eq!(count(&log, ["search", "failed"]), 1);
        assert_eq!(count(&log, ["search", "left"]), 0);
        let options = &test.engine.rooms.shared.options;
        let watch = Stopwatch::start();
        drop(SlowWork::query(options, "search", watch, String::new()));
        assert_eq!(count(&log, ["search", "left"]), 1);
    }
}
