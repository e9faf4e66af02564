//! The queue of an embedder: questions first, then other requests, then ingestion.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use riddle_owner_thread::{Owner, OwnerThread, Panicked, PushError, Queue};
use tokio::sync::oneshot;
use tracing::Span;

use crate::error::{EngineError, InternalCause};

/// When to try again after a full queue.
const RETRY_AFTER_S: u32 = 2;

/// Which of several calls goes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Priority {
    /// A question to embed. It is little work, and a search waits for it.
    Question,
    /// A request that somebody waits for.
    Interactive,
    /// Ingestion.
    Background,
}

/// A model on its own thread. Dropping it ends the thread after the call in work.
pub(crate) struct ModelThread<M: 'static> {
    thread: OwnerThread<PriorityQueues<M>>,
}

impl<M: Send + 'static> ModelThread<M> {
    /// Moves `model` to a thread called `name`. Each priority queues at most `capacity` calls.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn spawn(name: &str, capacity: usize, mut model: M) -> std::io::Result<Self> {
        let serve = move |owner: Owner<PriorityQueues<M>, ()>| {
            let call = |model: &mut M, call: &mut QueuedCall<M>| call.work.run(model);
            Ok::<_, std::convert::Infallible>(owner.serve((), &mut model, call, |_model| {}))
        };
        let builder = std::thread::Builder::new().name(name.to_owned());
        let (thread, ()) = OwnerThread::spawn(builder, PriorityQueues::new(capacity), serve)
            .map_err(std::io::Error::other)?;
        Ok(Self { thread })
    }

    /// Runs `call` on the model. Returns its result and how long it waited. Dropping the future before its turn takes
    /// it out of the queue. `doing` names the call in the log.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`] when the queue is full, [`EngineError::Internal`] when the call panicked and
    /// when the thread has ended: [`InternalCause::Gone`] if it ended with this call in work, else
    /// [`InternalCause::NotBegun`].
    pub(crate) async fn run<R, F>(
        &self,
        doing: &'static str,
        priority: Priority,
        call: F,
    ) -> Result<(R, Duration), EngineError>
    where
        R: Send + 'static,
        F: FnOnce(&mut M) -> R + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let begun = Arc::<AtomicBool>::default();
        let work = Box::new(Call {
            queued_at: Instant::now(),
            begun: Arc::clone(&begun),
            call: Some(call),
            made: None,
            answer,
        });
        let queued = QueuedCall {
            priority,
            span: Span::current(),
            work,
        };
        let gone = || {
            let cause = match begun.load(Ordering::SeqCst) {
                true => InternalCause::Gone,
                false => InternalCause::NotBegun,
            };
            EngineError::internal(doing, cause)
        };
        self.thread.push(queued).map_err(|refused| match refused {
            PushError::Full(_) => EngineError::Overloaded {
                retry_after_s: RETRY_AFTER_S,
            },
            PushError::Ended(_) => gone(),
        })?;
        let told = answered.await.map_err(|_closed| gone())?;
        told.map_err(|panicked| EngineError::internal(doing, panicked.into()))
    }

    /// Calls waiting now, of all priorities.
    pub(crate) fn waiting(&self) -> usize {
        let waiting = self.thread.with_queue(|queues| queues.waiting());
        waiting.unwrap_or_default()
    }

    /// Whether the thread has ended by itself; the model is lost.
    pub(crate) fn has_ended(&self) -> bool {
        self.thread.has_ended()
    }
}

/// A call that waits, whatever it returns.
struct QueuedCall<M> {
    priority: Priority,
    span: Span,
    work: Box<dyn Work<M>>,
}

trait Work<M>: Send {
    fn is_wanted(&self) -> bool;
    fn run(&mut self, model: &mut M);
    fn answer(self: Box<Self>, outcome: Result<(), Panicked>);
}

struct Call<F, R> {
    queued_at: Instant,
    begun: Arc<AtomicBool>,
    call: Option<F>,
    made: Option<(R, Duration)>,
    answer: oneshot::Sender<Result<(R, Duration), Panicked>>,
}

impl<M, R, F> Work<M> for Call<F, R>
where
    R: Send,
    F: FnOnce(&mut M) -> R + Send,
{
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed()
    }

    fn run(&mut self, model: &mut M) {
        self.begun.store(true, Ordering::SeqCst);
        let waited = self.queued_at.elapsed();
        self.made = self.call.take().map(|call| (call(model), waited));
    }

    fn answer(self: Box<Self>, outcome: Result<(), Panicked>) {
        let told = match (outcome, self.made) {
            (Err(panicked), _) => Err(panicked),
            (Ok(()), Some(made)) => Ok(made),
            // A call that ended without a panic has a result.
            (Ok(()), None) => return,
        };
        // A caller that has gone wants no result.
        let _ = self.answer.send(told);
    }
}

/// One queue for each priority.
struct PriorityQueues<M> {
    questions: VecDeque<QueuedCall<M>>,
    interactive: VecDeque<QueuedCall<M>>,
    background: VecDeque<QueuedCall<M>>,
    capacity: usize,
}

impl<M> PriorityQueues<M> {
    fn new(capacity: usize) -> Self {
        Self {
            questions: VecDeque::new(),
            interactive: VecDeque::new(),
            background: VecDeque::new(),
            capacity,
        }
    }

    fn waiting(&self) -> usize {
        self.questions.len() + self.interactive.len() + self.background.len()
    }

    fn first(&mut self) -> Option<QueuedCall<M>> {
        let questions = self.questions.pop_front();
        let interactive = || self.interactive.pop_front();
        let first = questions.or_else(interactive);
        first.or_else(|| self.background.pop_front())
    }
}

impl<M: 'static> Queue for PriorityQueues<M> {
    type Request = QueuedCall<M>;
    type Ticket = ();
    type Work = QueuedCall<M>;
    type Outcome = ();

    fn push(&mut self, call: QueuedCall<M>) -> Result<(), QueuedCall<M>> {
        let queue = match call.priority {
            Priority::Question => &mut self.questions,
            Priority::Interactive => &mut self.interactive,
            Priority::Background => &mut self.background,
        };
        if queue.len() >= self.capacity {
            return Err(call);
        }
        queue.push_back(call);
        Ok(())
    }

    fn next(&mut self) -> Option<QueuedCall<M>> {
        loop {
            let call = self.first()?;
            if call.work.is_wanted() {
                return Some(call);
            }
        }
    }

    fn finish(&mut self, call: QueuedCall<M>, outcome: Result<(), Panicked>) {
        call.work.answer(outcome);
    }

    /// What somebody waits for is still done.
    fn close(&mut self) {
        self.background.clear();
    }

    fn span(call: &QueuedCall<M>) -> &Span {
        &call.span
    }
}

#[cfg(test)]
mod tests {
    use std::panic::resume_unwind;

    use tracing::Instrument;

    use super::*;
    use crate::testing::log::Log;

    #[tokio::test]
    async fn a_call_runs_under_the_span_of_its_caller() {
        let (log, _recording) = Log::of_this_thread();
        let thread = ModelThread::spawn("test", 1, ()).expect("a thread");
        for (name, span) in [
            ("search", tracing::info_span!("search")),
            ("ingest", tracing::info_span!("ingest")),
        ] {
            assert!(!log.is_entered_elsewhere(name));
            let call = thread.run("testing", Priority::Question, |()| ());
            call.instrument(span).await.expect("runs");
            assert!(log.is_entered_elsewhere(name));
        }
    }

    #[tokio::test]
    async fn questions_overtake_interactive_calls_and_these_background_ones() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let thread = Arc::new(ModelThread::spawn("test", 8, Vec::<&str>::new()).expect("a thread"));
        let (started, is_started) = tokio::sync::oneshot::channel();
        let blocked = Arc::clone(&thread);
        let first = tokio::spawn(async move {
            let wait = move |_: &mut Vec<&str>| {
                started.send(()).expect("the test waits");
                held.recv()
            };
            blocked.run("testing", Priority::Background, wait).await
        });
        is_started.await.expect("the thread is busy");
        let background = thread.run("testing", Priority::Background, |log| {
            log.push("background")
        });
        let interactive = thread.run("testing", Priority::Interactive, |log| {
            log.push("interactive")
        });
        let question = thread.run("testing", Priority::Question, |log| log.push("question"));
        let release = async { hold.send(()).expect("the first call waits") };
        let (background, interactive, question, ()) =
            tokio::join!(background, interactive, question, release);
        background.expect("runs");
        question.expect("runs");
        interactive.expect("runs");
        first
            .await
            .expect("joins")
            .expect("runs")
            .0
            .expect("was released");
        let (log, _) = thread
            .run("testing", Priority::Interactive, |log| log.clone())
            .await
            .expect("runs");
        assert_eq!(log, ["question", "interactive", "background"]);
    }

    /// Panics where it is dropped, which ends the model's thread where no caller has taken it.
    struct Untaken;

    impl Drop for Untaken {
        fn drop(&mut self) {
            panic!("as told");
        }
    }

    #[tokio::test]
    async fn a_thread_that_has_ended_lets_nobody_wait() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let thread = ModelThread::spawn("test", 8, ()).expect("a thread");
        let leave = move |(): &mut ()| {
            // A test that has failed lets it pass.
            let _ = held.recv();
            Untaken
        };
        let mut gone = Box::pin(thread.run("testing", Priority::Interactive, leave));
        assert!(futures_util::poll!(&mut gone).is_pending());
        while thread.waiting() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut waits = Box::pin(thread.run("testing", Priority::Interactive, |()| ()));
        assert!(futures_util::poll!(&mut waits).is_pending());
        drop(gone);
        assert!(!thread.has_ended());
        hold.send(()).expect("the first call waits");
        let is_told = |told: Result<((), Duration), EngineError>| {
            let cause = InternalCause::NotBegun;
            matches!(told, Err(EngineError::Internal { source, .. }) if source == cause)
        };
        assert!(is_told(waits.await));
        let late = thread.run("testing", Priority::Interactive, |()| ()).await;
        assert!(is_told(late));
        assert!(thread.has_ended());
        assert_eq!(thread.waiting(), 0);
    }

    #[tokio::test]
    async fn the_call_that_a_thread_ends_with_is_told_apart_from_those_that_it_never_began() {
        fn ends((): &mut ()) {
            resume_unwind(Box::new(Untaken))
        }
        let thread = ModelThread::spawn("test", 8, ()).expect("a thread");
        let told = thread.run("testing", Priority::Background, ends).await;
        let cause = InternalCause::Gone;
        assert!(matches!(told, Err(EngineError::Internal { source, .. }) if source == cause));
        assert!(thread.has_ended());
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_a_gone_caller_is_skipped() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let (running, is_running) = std::sync::mpsc::channel::<()>();
        let thread = Arc::new(ModelThread::spawn("test", 1, 0_u32).expect("a thread"));
        let blocked = Arc::clone(&thread);
        let first = tokio::spawn(async move {
            blocked
                .run("testing", Priority::Interactive, move |_| {
                    running.send(()).expect("the test waits");
                    held.recv()
                })
                .await
        });
        tokio::task::spawn_blocking(move || is_running.recv())
            .await
            .expect("joins")
            .expect("runs");
        let mut gone = Box::pin(thread.run("testing", Priority::Interactive, |count| *count += 1));
        assert!(futures_util::poll!(&mut gone).is_pending());
        let refused = thread
            .run("testing", Priority::Interactive, |count| *count += 1)
            .await;
        assert!(matches!(refused, Err(EngineError::Overloaded { .. })));
        drop(gone);
        hold.send(()).expect("the first call waits");
        first
            .await
            .expect("joins")
            .expect("runs")
            .0
            .expect("was released");
        while thread.waiting() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let (count, _) = thread
            .run("testing", Priority::Interactive, |count| *count)
            .await
            .expect("runs");
        assert_eq!(count, 0);
    }
}
