//! One OS thread owns one reranker and scores requests in slices of pairs, so that none keeps the model to itself.

mod check;
mod pieces;
mod queue;
mod schedule;
mod slice;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_core::{ModelError, PairScore, Reranker, RerankerInfo, ScoreOptions};
use riddle_owner_thread::{Owner, OwnerThread, Panicked};
use tokio::sync::oneshot;
use tokio::time::timeout_at;

use crate::error::{EngineError, InternalCause};
use check::Check;
use pieces::Pieces;
use queue::{RerankQueue, Wanted, Work};
use schedule::Request;
use slice::Texts;

/// What the thread does, for the log.
const RERANKING: &str = "reranking";
/// When to try again after a full queue.
const RETRY_AFTER_S: u32 = 2;
/// How long after its deadline a request waits for the slice in work, where its own pairs are in it.
const GRACE: Duration = Duration::from_millis(100);

/// A reranker on its own thread. Dropping it ends the thread after the slice in work.
pub(crate) struct RerankThread {
    info: Arc<RerankerInfo>,
    thread: OwnerThread<RerankQueue>,
}

/// What became of one request.
#[derive(Debug)]
pub(crate) struct Scored {
    /// One for each passage, in the order given; `None` for what the deadline left unscored and for what the model
    /// gave no finite score.
    pub(crate) scores: Vec<Option<PairScore>>,
    /// Time in which the model worked for others.
    pub(crate) waited: Duration,
}

/// Why a call gave nothing.
#[derive(Clone, Debug)]
enum Failed {
    Model(ModelError),
    Panicked(Panicked),
}

impl RerankThread {
    /// Moves `reranker` to a thread of its own. At most `capacity` requests wait.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn spawn(capacity: usize, mut reranker: Box<dyn Reranker>) -> std::io::Result<Self> {
        let info = Arc::new(reranker.info().clone());
        let queue = RerankQueue::new(capacity, reranker.parallel());
        let serve = move |owner: Owner<RerankQueue, ()>| {
            let call = |reranker: &mut Box<dyn Reranker>, work: &mut Work| {
                work.run(reranker.as_mut());
            };
            Ok::<_, std::convert::Infallible>(owner.serve((), &mut reranker, call, |_reranker| {}))
        };
        let builder = std::thread::Builder::new().name("reranker".to_owned());
        let (thread, ()) =
            OwnerThread::spawn(builder, queue, serve).map_err(std::io::Error::other)?;
        Ok(Self { info, thread })
    }

    /// What the model is.
    pub(crate) fn info(&self) -> &Arc<RerankerInfo> {
        &self.info
    }

    /// Scores each passage against the query, those given first first, until the deadline of the options, whatever the
    /// model does then. Dropping the future takes the request out of the queue. A very long passage that is scored in
    /// windows is cut into pieces, so that others have the model in between.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`] when the queue is full, [`EngineError::Model`] when the model failed,
    /// [`EngineError::Internal`] when it panicked.
    pub(crate) async fn score(
        &self,
        query: String,
        passages: Vec<String>,
        options: ScoreOptions,
    ) -> Result<Scored, EngineError> {
        let (answer, answered) = oneshot::channel();
        let max_tokens = self.info.max_tokens;
        let (pieces, passages) = Pieces::cut(passages, options.long_passages, max_tokens);
        let texts = Texts { query, passages };
        let request = Request::new(texts, options, max_tokens, answer);
        let id = self.push(Wanted::Scores(request))?;
        let scored = self.answer(id, answered, options.deadline).await?;
        Ok(Scored {
            scores: pieces.join(&scored.scores),
            ..scored
        })
    }

    /// The answer of the thread, or after the deadline what is scored by then: the model may be held up by a long pair
    /// of another request, or by opening another layer.
    async fn answer(
        &self,
        id: u64,
        mut answered: oneshot::Receiver<Result<Scored, Failed>>,
        deadline: Instant,
    ) -> Result<Scored, EngineError> {
        let mut outcome = timeout_at(deadline.into(), &mut answered).await;
        if outcome.is_err() && self.thread.with_queue(|queue| queue.schedule.works_for(id)) {
            outcome = timeout_at((deadline + GRACE).into(), &mut answered).await;
        }
        let received = match outcome {
            Ok(received) => received,
            Err(_late) => {
                let taken = self.thread.with_queue(|queue| queue.schedule.take(id));
                match taken {
                    Some(scored) => return Ok(scored),
                    // It was answered just now.
                    None => answered.await,
                }
            }
        };
        received
            .map_err(|_closed| gone())?
            .map_err(Failed::into_error)
    }

    /// Whether each passage would be read whole beside the query, under truncation.
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
        self.push(Wanted::Check(Check::new(texts, options, answer)))?;
        let told = answered.await.map_err(|_closed| gone())?;
        told.map_err(Failed::into_error)
    }

    /// Requests that wait for their turn now.
    pub(crate) fn waiting(&self) -> usize {
        self.thread.with_queue(|queue| queue.schedule.waiting())
    }

    fn push(&self, wanted: Wanted) -> Result<u64, EngineError> {
        let pushed = self.thread.push(wanted);
        pushed.map_err(|_full| EngineError::Overloaded {
            retry_after_s: RETRY_AFTER_S,
        })
    }
}

impl Failed {
    /// What a call has made, unless it panicked.
    fn or<R>(
        made: Option<Result<R, ModelError>>,
        outcome: Result<(), Panicked>,
    ) -> Result<R, Self> {
        outcome.map_err(Self::Panicked)?;
        // A call that came to its end has made something.
        let made = made.ok_or_else(|| Self::Panicked(Panicked::of(&"it made nothing")))?;
        made.map_err(Self::Model)
    }

    fn into_error(self) -> EngineError {
        match self {
            Self::Model(error) => EngineError::Model(error),
            Self::Panicked(panicked) => EngineError::internal(RERANKING, panicked.into()),
        }
    }
}

fn gone() -> EngineError {
    EngineError::internal(RERANKING, InternalCause::Gone)
}
