//! One OS thread owns one reranker and scores requests in slices of pairs, so that none keeps the model to itself.

mod check;
mod pieces;
mod schedule;
mod slice;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use riddle_core::{ModelError, PairScore, Reranker, RerankerInfo, ScoreOptions};
use tokio::sync::oneshot;
use tokio::time::timeout_at;

use crate::error::{EngineError, InternalCause, caught};
use crate::pace::{Pace, Room};
use check::Check;
use pieces::Pieces;
use schedule::{Request, Schedule};
use slice::{Slice, Texts};

/// What the thread does, for the log.
const RERANKING: &str = "reranking";
/// When to try again after a full queue.
const RETRY_AFTER_S: u32 = 2;
/// How long after its deadline a request waits for the slice in work, where its own pairs are in it.
const GRACE: Duration = Duration::from_millis(100);

/// A reranker on its own thread. Dropping it ends the thread after the slice in work.
pub(crate) struct RerankThread {
    info: Arc<RerankerInfo>,
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
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
    Internal(InternalCause),
}

struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct State {
    schedule: Schedule,
    checks: VecDeque<Check>,
    closed: bool,
}

/// What the thread does next.
enum Work {
    Check(Check),
    Score(Slice),
}

impl RerankThread {
    /// Moves `reranker` to a thread of its own. At most `capacity` requests wait.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn spawn(capacity: usize, mut reranker: Box<dyn Reranker>) -> std::io::Result<Self> {
        let info = Arc::new(reranker.info().clone());
        let queue = Arc::new(Queue {
            state: Mutex::default(),
            wake: Condvar::new(),
            capacity,
        });
        let worker = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name("reranker".to_owned())
            .spawn(move || worker.serve(reranker.as_mut()))?;
        Ok(Self {
            info,
            queue,
            thread: Some(thread),
        })
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
        let id = self.queue.push(request)?;
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
        if outcome.is_err() && self.queue.lock().schedule.works_for(id) {
            outcome = timeout_at((deadline + GRACE).into(), &mut answered).await;
        }
        let received = match outcome {
            Ok(received) => received,
            Err(_late) => {
                let taken = self.queue.lock().schedule.take(id);
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
        self.queue.push_check(Check {
            texts: Texts { query, passages },
            options,
            answer,
        })?;
        let told = answered.await.map_err(|_closed| gone())?;
        told.map_err(Failed::into_error)
    }

    /// Requests that wait for their turn now.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.lock().schedule.waiting()
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock, so a poisoned state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, request: Request) -> Result<u64, EngineError> {
        let mut state = self.lock();
        state.schedule.forget_gone();
        if state.schedule.waiting() >= self.capacity {
            return Err(EngineError::Overloaded {
                retry_after_s: RETRY_AFTER_S,
            });
        }
        let id = state.schedule.push(request);
        drop(state);
        self.wake.notify_one();
        Ok(id)
    }

    fn push_check(&self, check: Check) -> Result<(), EngineError> {
        let mut state = self.lock();
        state.checks.retain(|check| !check.answer.is_closed());
        if state.checks.len() >= self.capacity {
            return Err(EngineError::Overloaded {
                retry_after_s: RETRY_AFTER_S,
            });
        }
        state.checks.push_back(check);
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    fn serve(&self, reranker: &mut dyn Reranker) {
        let mut pace = Pace::default();
        while let Some(work) = self.next(&pace, reranker.parallel()) {
            let slice = match work {
                Work::Check(check) => {
                    check.run(reranker);
                    continue;
                }
                Work::Score(slice) => slice,
            };
            let started = Instant::now();
            let outcome = score(reranker, &slice);
            let elapsed = started.elapsed();
            pace.learn(slice.tokens, elapsed);
            self.lock().schedule.finish(&slice, outcome, elapsed);
        }
    }

    fn next(&self, pace: &Pace, texts: usize) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(check) = state.checks.pop_front() {
                return Some(Work::Check(check));
            }
            let now = Instant::now();
            let only = state.schedule.only_deadline();
            let tokens = only.map_or(pace.budget(), |deadline| pace.alone(now, deadline));
            if let Some(slice) = state.schedule.next(Room { tokens, texts }, now) {
                return Some(Work::Score(slice));
            }
            let woken = self.wake.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// One call of the model. A panic fails the requests of this slice; the others still want the model.
fn score(reranker: &mut dyn Reranker, slice: &Slice) -> Result<Vec<Option<PairScore>>, Failed> {
    let pairs = slice.pairs();
    Failed::in_call(|| reranker.score(&pairs, &slice.options))
}

impl Failed {
    /// Runs a call of the model; a panic in it is a failure of its own kind.
    fn in_call<R>(call: impl FnOnce() -> Result<R, ModelError>) -> Result<R, Self> {
        caught(call).map_err(Self::Internal)?.map_err(Self::Model)
    }

    fn into_error(self) -> EngineError {
        match self {
            Self::Model(error) => EngineError::Model(error),
            Self::Internal(cause) => EngineError::internal(RERANKING, cause),
        }
    }
}

fn gone() -> EngineError {
    EngineError::internal(RERANKING, InternalCause::Gone)
}

impl Drop for RerankThread {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            // Panics of the model are caught within the thread.
            let _ = thread.join();
        }
    }
}
