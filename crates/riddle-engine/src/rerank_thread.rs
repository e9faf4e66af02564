//! One OS thread opens one reranker and owns it. It scores in batches of pairs, so that no request keeps the model to
//! itself.

mod batch;
mod check;
mod queue;
mod schedule;
#[cfg(test)]
mod tests;
mod windows;

use std::sync::Arc;
use std::thread::Builder;
use std::time::{Duration, Instant};

use riddle_core::{
    MODEL_STACK_BYTES, ModelError, PairScore, Reranker, RerankerInfo, RerankerOwner, ScoreOptions,
};
use riddle_owner_thread::{Owner, OwnerThread, Panicked, PushError, Served, StartError};
use tokio::sync::oneshot;
use tokio::time::timeout_at;
use tracing::Span;

use crate::error::{EngineError, InternalCause};
use batch::Texts;
use check::Check;
use queue::{RerankCall, RerankQueue, Work};
use schedule::ScoreRequest;
use windows::WideWindows;

/// What the thread does, for the log.
const RERANKING: &str = "reranking";
/// When to try again after a full queue.
const RETRY_AFTER_S: u32 = 2;
/// How long after its deadline a request waits for the running batch, if its own pairs are in it.
const GRACE: Duration = Duration::from_millis(100);

/// A reranker on its own thread. Dropping it ends the thread after the running batch.
pub(crate) struct RerankThread {
    info: Arc<RerankerInfo>,
    thread: OwnerThread<RerankQueue>,
}

/// The scores of one request.
#[derive(Debug)]
pub(crate) struct PairScores {
    /// One for each passage, in the order given. `None` if the deadline came first, or if the model's score is not
    /// finite.
    pub(crate) scores: Vec<Option<PairScore>>,
    /// Time in which the model worked for others.
    pub(crate) waited: Duration,
}

/// What the thread tells of its reranker.
struct Opened {
    info: Arc<RerankerInfo>,
    /// Pairs that it computes at once.
    parallel: usize,
}

/// Why the model gave no result.
#[derive(Clone, Debug)]
enum CallFailure {
    Model(ModelError),
    Panicked(Panicked),
    BrokenPromise(&'static str),
}

impl RerankThread {
    /// Has `open` load the reranker of this name on a thread of its own, and waits until it is there. At most
    /// `capacity` requests wait for it.
    ///
    /// # Errors
    /// There is no thread, or `open` failed or panicked.
    pub(crate) fn spawn(
        name: String,
        capacity: usize,
        open: impl FnOnce(RerankerOwner<'_>) -> Result<(), ModelError> + Send + 'static,
    ) -> Result<Self, StartError<ModelError>> {
        let loading = Span::current();
        let own = move |owner: Owner<RerankQueue, Opened>| {
            let loading = loading.entered();
            let mut served = None;
            open(Box::new(|reranker| {
                // What is scored belongs to its request.
                drop(loading);
                served = Some(serve(owner, reranker));
            }))?;
            served.ok_or_else(|| ModelError::Failed {
                model: name,
                message: "it was not opened".to_owned(),
            })
        };
        let builder = Builder::new()
            .name("reranker".to_owned())
            .stack_size(MODEL_STACK_BYTES);
        let (thread, opened) = OwnerThread::spawn(builder, RerankQueue::new(capacity), own)?;
        let info = opened.info;
        thread.with_queue(|queue| queue.parallel = opened.parallel);
        Ok(Self { info, thread })
    }

    pub(crate) fn info(&self) -> &Arc<RerankerInfo> {
        &self.info
    }

    /// Scores the passages against the query, in the order given. Returns at about the deadline of the options, even if
    /// the model is busy. Dropping the future takes the request out of the queue. A very long passage that is scored in
    /// windows is cut, so that others have the model in between.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`] when the queue is full, [`EngineError::Model`] when the model failed,
    /// [`EngineError::Internal`] when it panicked or did not tell of every pair, and when the thread has ended.
    pub(crate) async fn score(
        &self,
        query: String,
        passages: Vec<String>,
        options: ScoreOptions,
    ) -> Result<PairScores, EngineError> {
        let (answer, answered) = oneshot::channel();
        let max_tokens = self.info.max_tokens;
        let (windows, passages) = WideWindows::cut(passages, options.long_passages, max_tokens);
        let texts = Texts { query, passages };
        let request = ScoreRequest::new(texts, options, max_tokens, answer);
        let id = self.push(RerankCall::Scores(request))?;
        let scored = self.answer(id, answered, options.deadline).await?;
        Ok(PairScores {
            scores: windows.join(&scored.scores),
            ..scored
        })
    }

    /// The answer of the thread, or after the deadline what is scored by then. The model may be late, because it scores
    /// a long pair of another request or opens another layer.
    async fn answer(
        &self,
        id: u64,
        mut answered: oneshot::Receiver<Result<PairScores, CallFailure>>,
        deadline: Instant,
    ) -> Result<PairScores, EngineError> {
        let mut outcome = timeout_at(deadline.into(), &mut answered).await;
        let works_for = |queue: &mut RerankQueue| queue.schedule.works_for(id);
        if outcome.is_err() && self.thread.with_queue(works_for).unwrap_or_default() {
            outcome = timeout_at((deadline + GRACE).into(), &mut answered).await;
        }
        let received = match outcome {
            Ok(received) => received,
            Err(_late) => {
                let taken = self.thread.with_queue(|queue| queue.schedule.take(id));
                match taken.flatten() {
                    Some(scored) => return Ok(scored),
                    // The answer or the end came between the timeout and here.
                    None => answered.await,
                }
            }
        };
        received
            .map_err(|_closed| gone())?
            .map_err(CallFailure::into_error)
    }

    /// Whether each passage fits the model beside the query, so that truncation would cut nothing.
    ///
    /// # Errors
    /// As [`Self::score`].
    pub(crate) async fn read_whole(
        &self,
        query: String,
        passages: Vec<String>,
        options: ScoreOptions,
    ) -> Result<Vec<bool>, EngineError> {
        let (answer, answered) = oneshot::channel();
        let texts = Texts { query, passages };
        self.push(RerankCall::Check(Check::new(texts, options, answer)))?;
        let told = answered.await.map_err(|_closed| gone())?;
        told.map_err(CallFailure::into_error)
    }

    /// Requests that wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        let waiting = self.thread.with_queue(|queue| queue.schedule.waiting());
        waiting.unwrap_or_default()
    }

    /// Whether the thread has ended by itself; the reranker is lost.
    pub(crate) fn has_ended(&self) -> bool {
        self.thread.has_ended()
    }

    fn push(&self, call: RerankCall) -> Result<u64, EngineError> {
        self.thread.push(call).map_err(|refused| match refused {
            PushError::Full(_) => EngineError::Overloaded {
                retry_after_s: RETRY_AFTER_S,
            },
            PushError::Ended(_) => gone(),
        })
    }
}

impl CallFailure {
    /// What a call made of `count` pairs, unless it panicked.
    fn or<R>(
        made: Option<Result<Vec<R>, ModelError>>,
        count: usize,
        outcome: Result<(), Panicked>,
    ) -> Result<Vec<R>, Self> {
        outcome.map_err(Self::Panicked)?;
        // A call that ended without a panic has a result.
        let made = made.ok_or_else(|| Self::Panicked(Panicked::of(&"it made nothing")))?;
        let made = made.map_err(Self::Model)?;
        if made.len() != count {
            return Err(Self::BrokenPromise("one result for each pair"));
        }
        Ok(made)
    }

    fn into_error(self) -> EngineError {
        match self {
            Self::Model(error) => EngineError::Model(error),
            Self::Panicked(panicked) => EngineError::internal(RERANKING, panicked.into()),
            Self::BrokenPromise(promise) => {
                EngineError::internal(RERANKING, InternalCause::BrokenPromise(promise))
            }
        }
    }
}

fn serve(owner: Owner<RerankQueue, Opened>, reranker: &mut dyn Reranker) -> Served {
    let opened = Opened {
        info: Arc::new(reranker.info().clone()),
        parallel: reranker.parallel(),
    };
    owner.serve(
        opened,
        reranker,
        |reranker, work: &mut Work| work.run(reranker),
        |reranker| reranker.recover(),
    )
}

fn gone() -> EngineError {
    EngineError::internal(RERANKING, InternalCause::Gone)
}
