use riddle_core::{Pair, Reranker, ScoreOptions};
use tokio::sync::oneshot;

use super::Failed;
use super::slice::Texts;

/// A request to know which passages the model would read whole. It takes a tokenizer's time, so it goes before all
/// that is scored.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) texts: Texts,
    pub(super) options: ScoreOptions,
    pub(super) answer: oneshot::Sender<Result<Vec<bool>, Failed>>,
}

impl Check {
    /// Asks the model and tells whoever waits. A panic of the tokenizer fails this request alone.
    pub(super) fn run(self, reranker: &mut dyn Reranker) {
        if self.answer.is_closed() {
            return;
        }
        let pair = |passage| Pair {
            query: &self.texts.query,
            passage,
        };
        let passages = self.texts.passages.iter().map(String::as_str);
        let pairs: Vec<Pair<'_>> = passages.map(pair).collect();
        let options = &self.options;
        let told = Failed::in_call(|| reranker.read_whole(&pairs, options));
        // A caller that has gone wants no answer.
        let _ = self.answer.send(told);
    }
}
