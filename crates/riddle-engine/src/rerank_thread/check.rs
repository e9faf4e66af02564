use riddle_core::{ModelError, Pair, Reranker, ScoreOptions};
use tokio::sync::oneshot;

use super::slice::Texts;

/// A request to know which passages the model would read whole. It takes a tokenizer's time, so it goes before all
/// that is scored.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) texts: Texts,
    pub(super) options: ScoreOptions,
    pub(super) answer: oneshot::Sender<Result<Vec<bool>, ModelError>>,
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
        let call = std::panic::AssertUnwindSafe(|| reranker.read_whole(&pairs, options));
        let told = std::panic::catch_unwind(call).unwrap_or_else(|_panic| {
            tracing::error!("a reranker panicked while it counted tokens");
            Err(ModelError::Failed {
                model: reranker.info().name.clone(),
                message: "it panicked".to_owned(),
            })
        });
        // A caller that has gone wants no answer.
        let _ = self.answer.send(told);
    }
}
