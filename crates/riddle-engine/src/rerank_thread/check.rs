use riddle_core::{ModelError, Pair, Reranker, ScoreOptions};
use riddle_owner_thread::Panicked;
use tokio::sync::oneshot;
use tracing::Span;

use super::Failed;
use super::slice::Texts;

/// A request to know which passages the model would read whole.
#[derive(Debug)]
pub(super) struct Check {
    texts: Texts,
    options: ScoreOptions,
    pub(super) span: Span,
    told: Option<Result<Vec<bool>, ModelError>>,
    answer: oneshot::Sender<Result<Vec<bool>, Failed>>,
}

impl Check {
    pub(super) fn new(
        texts: Texts,
        options: ScoreOptions,
        answer: oneshot::Sender<Result<Vec<bool>, Failed>>,
    ) -> Self {
        Self {
            texts,
            options,
            span: Span::current(),
            told: None,
            answer,
        }
    }

    pub(super) fn is_wanted(&self) -> bool {
        !self.answer.is_closed()
    }

    /// Asks the model.
    pub(super) fn run(&mut self, reranker: &mut dyn Reranker) {
        let pair = |passage| Pair {
            query: &self.texts.query,
            passage,
        };
        let passages = self.texts.passages.iter().map(String::as_str);
        let pairs: Vec<Pair<'_>> = passages.map(pair).collect();
        self.told = Some(reranker.read_whole(&pairs, &self.options));
    }

    /// Tells whoever waits. A panic of the tokenizer fails this request alone.
    pub(super) fn answer(self, outcome: Result<(), Panicked>) {
        // A caller that has gone wants no answer.
        let _ = self.answer.send(Failed::or(self.told, outcome));
    }
}
