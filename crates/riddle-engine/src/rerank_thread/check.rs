use riddle_core::{ModelError, Pair, Reranker, ScoreOptions};
use riddle_owner_thread::Panicked;
use tokio::sync::oneshot;
use tracing::Span;

use super::CallFailure;
use super::batch::Texts;

/// Asks which passages fit the model beside the query.
#[derive(Debug)]
pub(super) struct Check {
    texts: Texts,
    options: ScoreOptions,
    pub(super) span: Span,
    result: Option<Result<Vec<bool>, ModelError>>,
    answer: oneshot::Sender<Result<Vec<bool>, CallFailure>>,
}

impl Check {
    pub(super) fn new(
        texts: Texts,
        options: ScoreOptions,
        answer: oneshot::Sender<Result<Vec<bool>, CallFailure>>,
    ) -> Self {
        Self {
            texts,
            options,
            span: Span::current(),
            result: None,
            answer,
        }
    }

    pub(super) fn is_wanted(&self) -> bool {
        !self.answer.is_closed()
    }

    pub(super) fn run(&mut self, reranker: &mut dyn Reranker) {
        let pair = |passage| Pair {
            query: &self.texts.query,
            passage,
        };
        let passages = self.texts.passages.iter().map(String::as_str);
        let pairs: Vec<Pair<'_>> = passages.map(pair).collect();
        self.result = Some(reranker.read_whole(&pairs, &self.options));
    }

    /// Answers the caller. A panic of the tokenizer fails this request alone.
    pub(super) fn answer(self, outcome: Result<(), Panicked>) {
        let count = self.texts.passages.len();
        let told = CallFailure::or(self.result, count, outcome);
        // A caller that has gone wants no answer.
        let _ = self.answer.send(told);
    }
}
